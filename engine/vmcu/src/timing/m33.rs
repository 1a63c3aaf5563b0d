//! `m33-3`: the Cortex-M33 as a single-issue, in-order pipeline of three stages. Arm publishes no cycle table for it;
//! the rules are those of the Cortex-M4 where nothing better is known.

use super::m4::CortexM4;
use super::{Counters, Model, State};
use crate::cpu::decoded::Timed;

/// The model of the Cortex-M33.
pub(crate) enum CortexM33 {}

impl Model for CortexM33 {
    const START: State = CortexM4::START;

    #[inline(always)]
    fn straight(state: &mut State, ins: &Timed, extra: u32) -> u32 {
        CortexM4::straight(state, ins, extra)
    }

    #[inline(always)]
    fn flow(state: &mut State, counters: &mut Counters, ins: &Timed, pc: u32, taken: bool) -> u32 {
        CortexM4::flow(state, counters, ins, pc, taken)
    }

    fn skip(state: &mut State) -> u32 {
        CortexM4::skip(state)
    }
}
