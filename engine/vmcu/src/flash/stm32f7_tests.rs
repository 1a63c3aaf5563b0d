use super::*;

const KEYR: u32 = 0x04;
const SR: u32 = 0x0C;
const CR: u32 = 0x10;
const WORD: u32 = 2 << 8;

fn unlocked() -> Stm32F7 {
    let mut flash = Stm32F7::default();
    for key in F7_KEYS {
        assert_eq!(flash.write(KEYR, key, 0), Ok(FlashEffect::None));
    }
    assert_eq!(flash.read(CR, 0) & LOCK, 0);
    flash
}

#[test]
fn sectors_tile_one_mebibyte() {
    let mut end = 0;
    for sector in Stm32F7::sectors() {
        assert_eq!(sector.offset, end);
        end += sector.bytes;
    }
    assert_eq!(end, 1 << 20);
}

#[test]
fn a_locked_control_register_ignores_writes() {
    let mut flash = Stm32F7::default();
    assert_eq!(flash.write(CR, SER | STRT, 0), Ok(FlashEffect::None));
    assert_eq!(flash.read(CR, 0), LOCK);
    assert_eq!(flash.program(0, 4, !0, 0, 0), None);
    assert_eq!(flash.read(SR, 0), ERSERR);
}

#[test]
fn a_wrong_key_jams_the_lock_until_reset() {
    let mut flash = Stm32F7::default();
    assert_eq!(flash.write(KEYR, F7_KEYS[1], 0), Err(Refused));
    assert_eq!(flash.write(KEYR, F7_KEYS[0], 0), Err(Refused));
    assert_eq!(flash.read(CR, 0), LOCK);
    flash.reset();
    assert_eq!(flash.write(KEYR, F7_KEYS[0], 0), Ok(FlashEffect::None));
    assert_eq!(flash.write(KEYR, F7_KEYS[1], 0), Ok(FlashEffect::None));
    assert_eq!(flash.read(CR, 0), 0);
}

#[test]
fn setting_lock_closes_it_and_the_keys_open_it_again() {
    let mut flash = unlocked();
    flash.write(CR, LOCK, 0).expect("accepted");
    assert_eq!(flash.read(CR, 0), LOCK);
    for key in F7_KEYS {
        flash.write(KEYR, key, 0).expect("accepted");
    }
    assert_eq!(flash.read(CR, 0), 0);
}

#[test]
fn each_sector_erases_its_own_cells_and_shows_busy() {
    for (n, sector) in SECTORS.iter().enumerate() {
        let mut flash = unlocked();
        let control = SER | (n as u32) << 3 | STRT;
        assert_eq!(
            flash.write(CR, control, 100),
            Ok(FlashEffect::Erase(*sector))
        );
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
    assert_eq!(flash.write(CR, MER | STRT, 0), Ok(FlashEffect::Erase(all)));
    assert_eq!(flash.wear.erases, 8);
}

#[test]
fn programming_clears_bits_and_never_sets_them() {
    let mut flash = unlocked();
    flash.write(CR, PG | WORD, 0).expect("accepted");
    assert_eq!(flash.program(64, 4, !0, 0x1234_5678, 0), Some(0x1234_5678));
    assert_eq!(flash.program(64, 4, 0x1234_5678, !0, 0), Some(0x1234_5678));
    assert_eq!(
        flash.program(64, 4, 0x00FF_00FF, 0x0F0F_0F0F, 0),
        Some(0x000F_000F)
    );
    assert_eq!(flash.wear.programs, 3);
}

#[test]
fn refused_stores_raise_the_flag_that_names_the_cause() {
    let mut flash = unlocked();
    assert_eq!(flash.program(0, 4, !0, 0, 0), None);
    assert_eq!(flash.read(SR, 0), ERSERR, "PG not set");
    flash.write(SR, ERSERR, 0).expect("accepted");
    assert_eq!(flash.read(SR, 0), 0, "written one clears");

    flash.write(CR, PG | WORD, 0).expect("accepted");
    assert_eq!(flash.program(0, 1, !0, 0, 0), None);
    assert_eq!(flash.read(SR, 0), PGPERR, "byte store with PSIZE = word");
    flash.write(SR, !0, 0).expect("accepted");
    assert_eq!(flash.program(14, 4, !0, 0, 0), None);
    assert_eq!(flash.read(SR, 0), PGAERR, "crosses a 128-bit row");
}

#[test]
fn protected_sectors_keep_their_cells() {
    let mut flash = unlocked();
    for key in OPTION_KEYS {
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
    assert_eq!(flash.program(0x10000, 4, !0, 0, 0), None);
    assert_eq!(flash.read(SR, ERASE_CYCLES), WRPERR);
    assert_eq!(flash.program(0x18000, 4, !0, 0, 0), Some(0));
}
