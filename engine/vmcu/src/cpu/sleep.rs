//! WFI, WFE and SEV: what puts the core to sleep and what wakes it (Armv7-M manual, Wait For Event and Wait For Interrupt).

use super::traps::Trap;
use super::{Cpu, Stop};

impl Cpu {
    /// The hints that do something: 2 is WFE, 3 WFI, 4 SEV.
    pub(super) fn hint(&mut self, number: u32) -> Result<(), Trap> {
        match number {
            2 if std::mem::take(&mut self.system.event) => Ok(()),
            2 => Err(Trap::WaitForEvent),
            3 => Err(Trap::Wait),
            4 => {
                self.system.event = true;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Whether a core that returned [`Stop::Sleep`] goes on: an exception is pending that would be taken (after WFI,
    /// if PRIMASK were clear), or after WFE there was an event.
    pub fn wakes(&self) -> bool {
        let level = if self.waits_for_event {
            self.execution_priority()
        } else {
            self.unmasked_priority()
        };
        self.waits_for_event && self.system.event
            || self
                .candidate()
                .is_some_and(|number| self.system.priority(number, true) < level)
    }

    /// Go on at once if there is a reason, else let time pass until SysTick gives one.
    pub(super) fn wait(&mut self, for_event: bool) -> Option<Stop> {
        self.waits_for_event = for_event;
        loop {
            self.poll_timer();
            if self.wakes() {
                self.system.next_event = 0;
                return None;
            }
            let due = self.system.systick.next(self.clock.cycles);
            match due {
                // Pending already, it changes nothing.
                Some(cycle) if !self.system.is_pending(15) => {
                    self.clock.cycles = self.clock.cycles.max(cycle);
                }
                _ => return Some(Stop::Sleep),
            }
        }
    }
}
