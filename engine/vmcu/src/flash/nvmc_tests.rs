use super::*;
use crate::chip::part;
use crate::memory::Region;

const CONFIG: u32 = 0x504;

fn nrf52840() -> (Nvmc, Memory) {
    let regions = vec![Region::flash(0, 1 << 20), Region::flash(UICR, PAGE)];
    let part = part("nRF52840_xxAA").expect("modelled");
    let chip = ChipSpec::new(part, "nRF52840_xxAA", 64_000_000, regions, Vec::new());
    (Nvmc::new(&chip), Memory::new(&chip.regions))
}

#[test]
fn only_enabled_whole_words_are_programmed() {
    let (mut flash, memory) = nrf52840();
    assert_eq!(flash.store(&memory, 0, 4, 0, 0), Err(Refused));
    flash.write(CONFIG, EEN, 0).expect("accepted");
    assert_eq!(flash.store(&memory, 0, 4, 0, 0), Err(Refused));
    flash.write(CONFIG, WEN, 0).expect("accepted");
    assert_eq!(flash.store(&memory, 0, 2, 0, 0), Err(Refused));
    for address in [8, UICR + 0x208] {
        assert_eq!(
            flash.store(&memory, address, 4, 0x1234_5678, 0),
            Ok(FlashEffect::program_word(address, 4, 0x1234_5678))
        );
    }
    assert_eq!(flash.read(0x400, 1), 0, "not ready");
    assert_eq!(flash.read(0x400, PROGRAM_CYCLES), 1);
    assert_eq!(flash.wear().programs, 2);
    flash.reset();
    assert_eq!(flash.store(&memory, 0, 4, 0, 0), Err(Refused));
}

#[test]
fn pages_the_information_page_and_everything_are_erased() {
    let (mut flash, _) = nrf52840();
    let erase = |address| {
        Ok(FlashEffect::Erase {
            address,
            bytes: PAGE,
        })
    };
    assert_eq!(
        flash.write(0x508, 0x3000, 0),
        Ok(FlashEffect::None),
        "not enabled"
    );
    flash.write(CONFIG, EEN, 0).expect("accepted");
    assert_eq!(flash.write(0x508, 0x3004, 0), erase(0x3000));
    assert_eq!(flash.write(0x508, 1 << 20, 0), Ok(FlashEffect::None));
    assert_eq!(flash.write(0x514, 1, 0), erase(UICR));
    assert_eq!(flash.write(0x50C, 0, 0), Ok(FlashEffect::None));
    assert_eq!(flash.write(0x50C, 1, 0), Ok(FlashEffect::EraseAll));
    assert_eq!(flash.wear().erases, 1 + 1 + 257);
}
