use super::*;
use crate::chip::stm32f746;
use crate::flash::work::ERASE_CYCLES;
use crate::memory::Region;

const BASE: u32 = 0x0800_0000;
const KEYR: u32 = 0x04;
const SR: u32 = 0x0C;
const CR: u32 = 0x10;
const WORD: u32 = 2 << 8;

fn f746() -> StSectors {
    StSectors::new(&stm32f746())
}

/// An F4 with two banks of twelve sectors, as the STM32F429ZI.
fn f429() -> StSectors {
    let bank = [16, 16, 16, 16, 64, 128, 128, 128, 128, 128, 128, 128];
    let mut sectors: Vec<Sector> = Vec::new();
    for kib in bank.into_iter().chain(bank) {
        let offset = sectors.last().map_or(0, |s| s.offset + s.bytes);
        let bytes = kib * 1024;
        sectors.push(Sector { offset, bytes });
    }
    let part = crate::chip::part("STM32F429ZI").expect("modelled");
    let regions = vec![Region::flash(BASE, 2 << 20), Region::ram(0x2000_0000, 1024)];
    StSectors::new(&ChipSpec::new(
        part,
        "STM32F429ZI",
        180_000_000,
        regions,
        sectors,
    ))
}

/// What becomes of a store at an offset whose cells hold `old`, or `None` if it is not carried out.
fn program(flash: &mut StSectors, offset: u32, bytes: u32, old: u32, value: u32) -> Option<u32> {
    let memory = Memory::new(&[Region::flash(BASE, 1 << 20)]);
    let effect = flash.store(&memory, BASE + offset, bytes, value, 0);
    match effect.expect("no bus error") {
        FlashEffect::Program {
            address,
            data,
            length,
        } => {
            assert_eq!((address, length), (BASE + offset, bytes));
            let data = u32::from_le_bytes(data[..4].try_into().expect("four bytes"));
            Some(old & data)
        }
        other => {
            assert_eq!(other, FlashEffect::None);
            None
        }
    }
}

fn erase(sector: Sector) -> FlashEffect {
    FlashEffect::Erase {
        address: BASE + sector.offset,
        bytes: sector.bytes,
    }
}

fn unlock(flash: &mut StSectors) {
    for key in ST_KEYS {
        assert_eq!(flash.write(KEYR, key, 0), Ok(FlashEffect::None));
    }
}

fn unlocked() -> StSectors {
    let mut flash = f746();
    for key in ST_KEYS {
        assert_eq!(flash.write(KEYR, key, 0), Ok(FlashEffect::None));
    }
    assert_eq!(flash.read(CR, 0) & LOCK, 0);
    flash
}

#[test]
fn the_second_bank_has_its_own_numbers_and_mass_erase() {
    let mut flash = f429();
    unlock(&mut flash);
    let sector = |flash: &StSectors, index: usize| erase(flash.sectors[index]);
    for (number, index) in [(0, 0), (11, 11), (16, 12), (27, 23)] {
        let effect = flash.write(CR, SER | number << 3 | STRT, 0);
        assert_eq!(effect, Ok(sector(&flash, index)), "sector {number}");
    }
    flash.write(CR, SER | 12 << 3 | STRT, 0).expect("accepted");
    assert_eq!(flash.read(SR, ERASE_CYCLES), ERSERR, "there is no 12");
    for (control, offset, bytes) in [
        (MER, 0, 1 << 20),
        (MER1, 1 << 20, 1 << 20),
        (MER | MER1, 0, 2 << 20),
    ] {
        let effect = flash.write(CR, control | STRT, 0);
        assert_eq!(effect, Ok(erase(Sector { offset, bytes })));
    }
    assert_eq!(flash.wear().erases, 4 + 12 + 12 + 24);
}

#[test]
fn a_locked_control_register_ignores_writes() {
    let mut flash = f746();
    assert_eq!(flash.write(CR, SER | STRT, 0), Ok(FlashEffect::None));
    assert_eq!(flash.read(CR, 0), LOCK);
    assert_eq!(program(&mut flash, 0, 4, !0, 0), None);
    assert_eq!(flash.read(SR, 0), ERSERR);
}

#[test]
fn a_wrong_key_jams_the_lock_until_reset() {
    let mut flash = f746();
    assert_eq!(flash.write(KEYR, ST_KEYS[1], 0), Err(Refused));
    assert_eq!(flash.write(KEYR, ST_KEYS[0], 0), Err(Refused));
    assert_eq!(flash.read(CR, 0), LOCK);
    flash.reset();
    assert_eq!(flash.write(KEYR, ST_KEYS[0], 0), Ok(FlashEffect::None));
    assert_eq!(flash.write(KEYR, ST_KEYS[1], 0), Ok(FlashEffect::None));
    assert_eq!(flash.read(CR, 0), 0);
}

#[test]
fn setting_lock_closes_it_and_the_keys_open_it_again() {
    let mut flash = unlocked();
    flash.write(CR, LOCK, 0).expect("accepted");
    assert_eq!(flash.read(CR, 0), LOCK);
    for key in ST_KEYS {
        flash.write(KEYR, key, 0).expect("accepted");
    }
    assert_eq!(flash.read(CR, 0), 0);
}

#[test]
fn each_sector_erases_its_own_cells_and_shows_busy() {
    for n in 0..8 {
        let mut flash = unlocked();
        let sector = flash.sectors[n];
        let control = SER | (n as u32) << 3 | STRT;
        assert_eq!(flash.write(CR, control, 100), Ok(erase(sector)));
        assert_eq!(flash.read(SR, 101), BSY);
        assert_eq!(flash.read(SR, 100 + ERASE_CYCLES), 0);
        assert_eq!(flash.read(CR, 0) & STRT, 0, "STRT clears itself");
    }
    let mut flash = unlocked();
    assert_eq!(
        flash.write(CR, SER | 9 << 3 | STRT, 0),
        Ok(FlashEffect::None)
    );
    assert_eq!(flash.read(SR, 0), ERSERR);
}

#[test]
fn mass_erase_takes_everything() {
    let mut flash = unlocked();
    let all = Sector {
        offset: 0,
        bytes: 1 << 20,
    };
    assert_eq!(flash.write(CR, MER | STRT, 0), Ok(erase(all)));
    assert_eq!(flash.wear().erases, 8);
}

#[test]
fn programming_clears_bits_and_never_sets_them() {
    let mut flash = unlocked();
    flash.write(CR, PG | WORD, 0).expect("accepted");
    assert_eq!(
        program(&mut flash, 64, 4, !0, 0x1234_5678),
        Some(0x1234_5678)
    );
    assert_eq!(
        program(&mut flash, 64, 4, 0x1234_5678, !0),
        Some(0x1234_5678)
    );
    assert_eq!(
        program(&mut flash, 64, 4, 0x00FF_00FF, 0x0F0F_0F0F),
        Some(0x000F_000F)
    );
    assert_eq!(flash.wear().programs, 3);
}

#[test]
fn refused_stores_raise_the_flag_that_names_the_cause() {
    let mut flash = unlocked();
    assert_eq!(program(&mut flash, 0, 4, !0, 0), None);
    assert_eq!(flash.read(SR, 0), ERSERR, "PG not set");
    flash.write(SR, ERSERR, 0).expect("accepted");
    assert_eq!(flash.read(SR, 0), 0, "written one clears");

    flash.write(CR, PG | WORD, 0).expect("accepted");
    assert_eq!(program(&mut flash, 0, 1, !0, 0), None);
    assert_eq!(flash.read(SR, 0), PGPERR, "byte store with PSIZE = word");
    flash.write(SR, !0, 0).expect("accepted");
    assert_eq!(program(&mut flash, 14, 4, !0, 0), None);
    assert_eq!(flash.read(SR, 0), PGAERR, "crosses a 128-bit row");
}

#[test]
fn protected_sectors_keep_their_cells() {
    let mut flash = unlocked();
    for key in ST_OPTION_KEYS {
        flash.write(0x08, key, 0).expect("accepted");
    }
    flash
        .write(0x14, 0xC0FF_AAFC & !(1 << 18), 0)
        .expect("accepted");
    assert_eq!(
        flash.write(CR, SER | 2 << 3 | STRT, 0),
        Ok(FlashEffect::None)
    );
    assert_eq!(flash.read(SR, ERASE_CYCLES), WRPERR);
    flash.write(SR, !0, 0).expect("accepted");
    flash.write(CR, PG | WORD, 0).expect("accepted");
    assert_eq!(program(&mut flash, 0x10000, 4, !0, 0), None);
    assert_eq!(flash.read(SR, ERASE_CYCLES), WRPERR);
    assert_eq!(program(&mut flash, 0x18000, 4, !0, 0), Some(0));
}
