//! The shared models under a few schedules each.
