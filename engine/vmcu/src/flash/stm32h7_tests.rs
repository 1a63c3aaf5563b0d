use super::*;
use crate::chip::part;
use crate::flash::Sector;
use crate::flash::work::ERASE_CYCLES;
use crate::memory::Region;

const BASE: u32 = 0x0800_0000;
const KEYR: u32 = 0x04;
const CR: u32 = 0x0C;
const SR: u32 = 0x10;
const CCR: u32 = 0x14;
/// Distance of the second bank's registers.
const SECOND: u32 = 0x100;

fn h743() -> (Stm32H7, Memory) {
    let sectors = (0..16).map(|n| Sector {
        offset: n * SECTOR,
        bytes: SECTOR,
    });
    let regions = vec![Region::flash(BASE, 2 << 20)];
    let part = part("STM32H743ZI").expect("modelled");
    let chip = ChipSpec::new(part, "STM32H743ZI", 480_000_000, regions, sectors.collect());
    (Stm32H7::new(&chip), Memory::new(&chip.regions))
}

fn unlock(flash: &mut Stm32H7, bank: u32) {
    for key in ST_KEYS {
        assert_eq!(
            flash.write(bank * SECOND + KEYR, key, 0),
            Ok(FlashEffect::None)
        );
    }
    assert_eq!(flash.read(bank * SECOND + CR, 0) & LOCK, 0);
}

fn store(flash: &mut Stm32H7, memory: &Memory, address: u32, value: u32) -> FlashEffect {
    flash
        .store(memory, address, 4, value, 0)
        .expect("no bus error")
}

#[test]
fn each_bank_has_its_own_lock() {
    let (mut flash, memory) = h743();
    unlock(&mut flash, 0);
    assert_eq!(flash.read(SECOND + CR, 0), LOCK);
    flash.write(CR, PG, 0).expect("accepted");
    assert_eq!(
        store(&mut flash, &memory, BASE + (1 << 20), 0),
        FlashEffect::None
    );
    assert_eq!(flash.read(SECOND + SR, 0), PGSERR);
    assert_eq!(flash.read(SR, 0), 0);
    assert_eq!(flash.write(SECOND + KEYR, 1, 0), Err(Refused));
    assert_eq!(
        flash.write(SECOND + KEYR, ST_KEYS[0], 0),
        Err(Refused),
        "until reset"
    );
    flash.reset();
    unlock(&mut flash, 1);
}

#[test]
fn a_word_of_256_bits_is_programmed_when_it_is_full() {
    let (mut flash, memory) = h743();
    unlock(&mut flash, 1);
    flash.write(SECOND + CR, PG, 0).expect("accepted");
    let word = BASE + (1 << 20) + 64;
    for i in 0..7 {
        let effect = store(&mut flash, &memory, word + 4 * i, i);
        assert_eq!(effect, FlashEffect::None);
        assert_eq!(flash.read(SECOND + SR, 0), WBNE);
    }
    let mut data = [0; LONGEST_WORD];
    for i in 0..8_usize {
        data[4 * i] = i as u8;
    }
    assert_eq!(
        store(&mut flash, &memory, word + 28, 7),
        FlashEffect::Program {
            address: word,
            data,
            length: 32
        }
    );
    assert_eq!(flash.read(SECOND + SR, 1), EOP | BSY | QW);
    assert_eq!(flash.read(SECOND + SR, PROGRAM_CYCLES), EOP);
    flash.write(SECOND + CCR, EOP, 0).expect("accepted");
    assert_eq!(flash.read(SECOND + SR, PROGRAM_CYCLES), 0);
    assert_eq!(flash.wear().programs, 1);
}

#[test]
fn a_forced_write_leaves_the_rest_of_the_word_erased() {
    let (mut flash, memory) = h743();
    unlock(&mut flash, 0);
    flash.write(CR, PG, 0).expect("accepted");
    store(&mut flash, &memory, BASE, 0x1234_5678);
    let mut data = [0xFF; LONGEST_WORD];
    data[..4].copy_from_slice(&0x1234_5678_u32.to_le_bytes());
    let programmed = FlashEffect::Program {
        address: BASE,
        data,
        length: 32,
    };
    assert_eq!(flash.write(CR, PG | FW, 0), Ok(programmed));
}

#[test]
fn stores_out_of_order_raise_the_flag_that_names_the_cause() {
    let (mut flash, mut memory) = h743();
    unlock(&mut flash, 0);
    flash.write(CR, PG, 0).expect("accepted");
    store(&mut flash, &memory, BASE, 0);
    store(&mut flash, &memory, BASE + 32, 0);
    assert_eq!(flash.read(SR, 0), INCERR, "another word");
    flash.write(CCR, !0, 0).expect("accepted");
    store(&mut flash, &memory, BASE, 0);
    store(&mut flash, &memory, BASE, 0);
    assert_eq!(flash.read(SR, 0), STRBERR, "the same bytes");
    flash.write(CCR, !0, 0).expect("accepted");

    assert!(memory.program(BASE + 96, &[0]));
    for i in 0..8 {
        store(&mut flash, &memory, BASE + 96 + 4 * i, 0x55);
    }
    assert_eq!(
        flash.read(SR, PROGRAM_CYCLES),
        EOP | DBECCERR,
        "programmed twice"
    );
}

#[test]
fn sectors_banks_and_the_whole_are_erased() {
    let (mut flash, _) = h743();
    unlock(&mut flash, 0);
    unlock(&mut flash, 1);
    let erase = |address, bytes| Ok(FlashEffect::Erase { address, bytes });
    assert_eq!(
        flash.write(CR, SER | 3 << 8 | START, 0),
        erase(BASE + 3 * SECTOR, SECTOR)
    );
    assert_eq!(flash.read(SR, 1), EOP | BSY | QW);
    assert_eq!(flash.read(SR, ERASE_CYCLES), EOP);
    assert_eq!(
        flash.write(SECOND + CR, SER | 7 << 8 | START, 0),
        erase(BASE + 15 * SECTOR, SECTOR)
    );
    assert_eq!(
        flash.write(SECOND + CR, BER | START, 0),
        erase(BASE + BANK, BANK)
    );
    for key in ST_OPTION_KEYS {
        flash.write(0x08, key, 0).expect("accepted");
    }
    assert_eq!(flash.write(0x18, OPT_MER, 0), Ok(FlashEffect::EraseAll));
    assert_eq!(flash.wear().erases, 1 + 1 + 8 + 16);
}

#[test]
fn protected_sectors_keep_their_cells() {
    let (mut flash, memory) = h743();
    unlock(&mut flash, 0);
    for key in ST_OPTION_KEYS {
        flash.write(0x08, key, 0).expect("accepted");
    }
    flash.write(0x3C, 0xFD, 0).expect("accepted");
    assert_eq!(
        flash.write(CR, SER | 1 << 8 | START, 0),
        Ok(FlashEffect::None)
    );
    assert_eq!(flash.read(SR, 0), WRPERR);
    flash.write(CCR, !0, 0).expect("accepted");
    assert_eq!(flash.write(CR, BER | START, 0), Ok(FlashEffect::None));
    assert_eq!(flash.read(SR, 0), WRPERR, "the bank has a protected sector");
    flash.write(CCR, !0, 0).expect("accepted");
    flash.write(CR, PG, 0).expect("accepted");
    store(&mut flash, &memory, BASE + SECTOR, 0);
    assert_eq!(flash.read(SR, 0), WRPERR);
}
