use super::*;
use crate::chip::part;
use crate::flash::work::ERASE_CYCLES;
use crate::memory::Region;

const BASE: u32 = 0x0800_0000;
const KEYR: u32 = 0x08;
const SR: u32 = 0x20;
const CR: u32 = 0x28;

/// The controller and the flash of a chip, unlocked.
fn chip(name: &str, bytes: u32) -> (StPages, Memory) {
    let regions = vec![Region::flash(BASE, bytes)];
    let part = part(name).expect("modelled");
    let chip = ChipSpec::new(part, name, 160_000_000, regions, Vec::new());
    let mut flash = StPages::new(&chip);
    assert_eq!(flash.read(CR, 0), LOCK | OPTLOCK);
    for key in ST_KEYS {
        assert_eq!(flash.write(KEYR, key, 0), Ok(FlashEffect::None));
    }
    assert_eq!(flash.read(CR, 0), OPTLOCK);
    (flash, Memory::new(&chip.regions))
}

fn u585() -> (StPages, Memory) {
    chip("STM32U585AI", 2 << 20)
}

fn store(flash: &mut StPages, memory: &Memory, address: u32, value: u32) -> FlashEffect {
    flash
        .store(memory, address, 4, value, 0)
        .expect("no bus error")
}

/// Stores a whole word; what becomes of the last store.
fn program(flash: &mut StPages, memory: &Memory, address: u32, value: u32) -> FlashEffect {
    let words = flash.word_bytes / 4;
    for i in 0..words - 1 {
        store(flash, memory, address + 4 * i, value);
    }
    store(flash, memory, address + 4 * (words - 1), value)
}

#[test]
fn words_have_the_family_s_size() {
    for (name, bytes, word) in [("STM32U585AI", 2 << 20, 16), ("STM32L552ZE", 512 << 10, 8)] {
        let (mut flash, memory) = chip(name, bytes);
        flash.write(CR, PG, 0).expect("accepted");
        for i in 0..word / 4 - 1 {
            assert_eq!(
                store(&mut flash, &memory, BASE + 4 * i, 0x1111_1111),
                FlashEffect::None
            );
            assert_eq!(flash.read(SR, 0), WDW);
        }
        let effect = store(&mut flash, &memory, BASE + word - 4, 0x1111_1111);
        let FlashEffect::Program {
            address,
            data,
            length,
        } = effect
        else {
            panic!("{effect:?}");
        };
        assert_eq!((address, length), (BASE, word));
        assert!(data[..word as usize].iter().all(|&byte| byte == 0x11));
        assert_eq!(flash.read(SR, 1), EOP | BSY);
        assert_eq!(flash.read(SR, PROGRAM_CYCLES), EOP);
    }
}

#[test]
fn words_that_are_not_erased_only_become_zero() {
    let (mut flash, mut memory) = u585();
    flash.write(CR, PG, 0).expect("accepted");
    assert!(memory.program(BASE + 32, &[0xFE]));
    assert_eq!(
        program(&mut flash, &memory, BASE + 32, 1),
        FlashEffect::None
    );
    assert_eq!(flash.read(SR, 0), PROGERR);
    flash.write(SR, PROGERR, 0).expect("accepted");
    assert!(matches!(
        program(&mut flash, &memory, BASE + 32, 0),
        FlashEffect::Program { .. }
    ));
}

#[test]
fn refused_stores_raise_the_flag_that_names_the_cause() {
    let (mut flash, memory) = u585();
    let clear = |flash: &mut StPages| flash.write(SR, !0, 0).expect("accepted");
    store(&mut flash, &memory, BASE, 0);
    assert_eq!(flash.read(SR, 0), PGSERR, "PG not set");
    flash.write(CR, PG, 0).expect("accepted");
    store(&mut flash, &memory, BASE, 0);
    assert_eq!(flash.read(SR, 0), PGSERR, "an error still stands");
    clear(&mut flash);
    flash.store(&memory, BASE, 1, 0, 0).expect("no bus error");
    assert_eq!(flash.read(SR, 0), SIZERR, "a byte");
    clear(&mut flash);
    store(&mut flash, &memory, BASE + 4, 0);
    assert_eq!(flash.read(SR, 0), PGAERR, "begins in the middle");
    clear(&mut flash);
    store(&mut flash, &memory, BASE, 0);
    store(&mut flash, &memory, BASE + 16 + 4, 0);
    assert_eq!(flash.read(SR, 0), PGAERR, "goes on in another word");
}

#[test]
fn pages_banks_and_the_whole_are_erased() {
    let (mut flash, _) = u585();
    let erase = |address, bytes| Ok(FlashEffect::Erase { address, bytes });
    for (control, offset, bytes) in [
        (PER | 5 << 3, 5 * 8192, 8192),
        (PER | BKER | 127 << 3, (1 << 20) + 127 * 8192, 8192),
        (MER1, 0, 1 << 20),
        (MER2, 1 << 20, 1 << 20),
        (MER1 | MER2, 0, 2 << 20),
    ] {
        assert_eq!(
            flash.write(CR, control | STRT, 0),
            erase(BASE + offset, bytes)
        );
        assert_eq!(flash.read(SR, ERASE_CYCLES), EOP);
    }
    assert_eq!(flash.wear().erases, 1 + 1 + 128 + 128 + 256);
    flash.write(SR, !0, 0).expect("accepted");
    flash.write(CR, PER | 128 << 3 | STRT, 0).expect("accepted");
    assert_eq!(flash.read(SR, ERASE_CYCLES), PGSERR, "there is no page 128");
}

#[test]
fn protected_pages_keep_their_cells() {
    let (mut flash, memory) = u585();
    for key in ST_OPTION_KEYS {
        flash.write(0x10, key, 0).expect("accepted");
    }
    flash.write(0x58, 3 << 16 | 2, 0).expect("accepted"); // WRP1AR: pages 2 and 3
    for (page, flag) in [(1, EOP), (2, WRPERR), (3, WRPERR), (4, EOP)] {
        flash.write(SR, !0, 0).expect("accepted");
        flash
            .write(CR, PER | page << 3 | STRT, 0)
            .expect("accepted");
        assert_eq!(flash.read(SR, ERASE_CYCLES), flag, "page {page}");
    }
    flash.write(SR, !0, 0).expect("accepted");
    flash.write(CR, PG, 0).expect("accepted");
    store(&mut flash, &memory, BASE + 2 * 8192, 0);
    assert_eq!(flash.read(SR, ERASE_CYCLES), WRPERR);
}

#[test]
fn a_wrong_key_jams_the_lock_until_reset() {
    let (mut flash, _) = u585();
    flash.write(CR, LOCK, 0).expect("accepted");
    assert_eq!(flash.write(KEYR, 1, 0), Err(Refused));
    assert_eq!(flash.write(KEYR, ST_KEYS[0], 0), Err(Refused));
    flash.reset();
    assert_eq!(flash.write(KEYR, ST_KEYS[0], 0), Ok(FlashEffect::None));
}
