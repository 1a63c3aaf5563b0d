//! Where chips without automatic detection in probe-rs tell what they are: the DBGMCU device numbers of ST's chips
//! and flash size registers, after the reference manuals of the families (section "Debug support").

/// A device number of `DBGMCU_IDCODE`.
pub(super) struct StDevice {
    /// The device number: bits 11 to 0 of the register.
    pub(super) device: u16,
    /// Begins of registry names; several lines share a die.
    pub(super) names: &'static [&'static str],
    /// Address of the flash size register: 16 bits, KiB.
    pub(super) flash_size: u64,
}

/// Addresses of `DBGMCU_IDCODE`, in the order in which they are tried: Cortex-M3, M4, M7; Armv8-M; H7; H5; M0.
pub(super) const ID_CODES: [u64; 5] = [
    0xE004_2000,
    0xE004_4000,
    0x5C00_1000,
    0x4402_4000,
    0x4001_5800,
];

const fn st(device: u16, names: &'static [&'static str], flash_size: u64) -> StDevice {
    StDevice {
        device,
        names,
        flash_size,
    }
}

/// By family; addresses of the flash size register are each family's own.
pub(super) const ST: &[StDevice] = &[
    // F1: RM0008.
    st(
        0x410,
        &["STM32F100", "STM32F101", "STM32F102", "STM32F103"],
        0x1FFF_F7E0,
    ),
    st(0x414, &["STM32F101", "STM32F103"], 0x1FFF_F7E0),
    // F3: RM0316, RM0364, RM0366.
    st(0x422, &["STM32F302", "STM32F303", "STM32F358"], 0x1FFF_F7CC),
    st(0x438, &["STM32F303", "STM32F334", "STM32F328"], 0x1FFF_F7CC),
    st(0x439, &["STM32F301", "STM32F302", "STM32F318"], 0x1FFF_F7CC),
    st(0x446, &["STM32F302", "STM32F303", "STM32F398"], 0x1FFF_F7CC),
    // F4: RM0090, RM0368, RM0383, RM0390, RM0402, RM0430.
    st(
        0x413,
        &["STM32F405", "STM32F407", "STM32F415", "STM32F417"],
        0x1FFF_7A22,
    ),
    st(
        0x419,
        &["STM32F427", "STM32F429", "STM32F437", "STM32F439"],
        0x1FFF_7A22,
    ),
    st(0x421, &["STM32F446"], 0x1FFF_7A22),
    st(0x423, &["STM32F401"], 0x1FFF_7A22),
    st(0x433, &["STM32F401"], 0x1FFF_7A22),
    st(0x431, &["STM32F411"], 0x1FFF_7A22),
    st(0x434, &["STM32F469", "STM32F479"], 0x1FFF_7A22),
    st(0x441, &["STM32F412"], 0x1FFF_7A22),
    st(0x458, &["STM32F410"], 0x1FFF_7A22),
    st(0x463, &["STM32F413", "STM32F423"], 0x1FFF_7A22),
    // F7: RM0385, RM0410, RM0431.
    st(
        0x449,
        &["STM32F745", "STM32F746", "STM32F750", "STM32F756"],
        0x1FF0_F442,
    ),
    st(
        0x451,
        &[
            "STM32F765",
            "STM32F767",
            "STM32F769",
            "STM32F777",
            "STM32F779",
        ],
        0x1FF0_F442,
    ),
    st(
        0x452,
        &[
            "STM32F722",
            "STM32F723",
            "STM32F730",
            "STM32F732",
            "STM32F733",
        ],
        0x1FF0_7A22,
    ),
    // H7: RM0433, RM0455, RM0468.
    st(
        0x450,
        &[
            "STM32H742",
            "STM32H743",
            "STM32H745",
            "STM32H747",
            "STM32H750",
            "STM32H753",
            "STM32H755",
            "STM32H757",
        ],
        0x1FF1_E880,
    ),
    st(0x480, &["STM32H7A3", "STM32H7B0", "STM32H7B3"], 0x08FF_F80C),
    st(
        0x483,
        &[
            "STM32H723",
            "STM32H725",
            "STM32H730",
            "STM32H733",
            "STM32H735",
        ],
        0x1FF1_E880,
    ),
    // G4: RM0440. L4: RM0351, RM0394, RM0432. WB: RM0434.
    st(0x468, &["STM32G431", "STM32G441"], 0x1FFF_75E0),
    st(
        0x469,
        &[
            "STM32G471",
            "STM32G473",
            "STM32G474",
            "STM32G483",
            "STM32G484",
        ],
        0x1FFF_75E0,
    ),
    st(0x479, &["STM32G491", "STM32G4A1"], 0x1FFF_75E0),
    st(
        0x415,
        &[
            "STM32L471",
            "STM32L475",
            "STM32L476",
            "STM32L485",
            "STM32L486",
        ],
        0x1FFF_75E0,
    ),
    st(
        0x435,
        &[
            "STM32L431",
            "STM32L432",
            "STM32L433",
            "STM32L442",
            "STM32L443",
        ],
        0x1FFF_75E0,
    ),
    st(0x461, &["STM32L496", "STM32L4A6"], 0x1FFF_75E0),
    st(0x462, &["STM32L451", "STM32L452", "STM32L462"], 0x1FFF_75E0),
    st(0x464, &["STM32L412", "STM32L422"], 0x1FFF_75E0),
    st(0x470, &["STM32L4R", "STM32L4S"], 0x1FFF_75E0),
    st(0x495, &["STM32WB35", "STM32WB55"], 0x1FFF_75E0),
    // L5: RM0438. U5: RM0456. H5: RM0481, RM0492.
    st(0x472, &["STM32L552", "STM32L562"], 0x0BFA_05E0),
    st(0x455, &["STM32U535", "STM32U545"], 0x0BFA_07A0),
    st(0x476, &["STM32U5F", "STM32U5G"], 0x0BFA_07A0),
    st(0x481, &["STM32U59", "STM32U5A"], 0x0BFA_07A0),
    st(0x482, &["STM32U575", "STM32U585"], 0x0BFA_07A0),
    st(0x474, &["STM32H503"], 0x08FF_F80C),
    st(0x484, &["STM32H562", "STM32H563", "STM32H573"], 0x08FF_F80C),
    // G0: RM0444, RM0454. F0: RM0091. L0: RM0367, RM0377.
    st(0x456, &["STM32G050", "STM32G051", "STM32G061"], 0x1FFF_75E0),
    st(0x460, &["STM32G070", "STM32G071", "STM32G081"], 0x1FFF_75E0),
    st(0x466, &["STM32G030", "STM32G031", "STM32G041"], 0x1FFF_75E0),
    st(0x467, &["STM32G0B0", "STM32G0B1", "STM32G0C1"], 0x1FFF_75E0),
    st(0x440, &["STM32F030", "STM32F051", "STM32F058"], 0x1FFF_F7CC),
    st(0x442, &["STM32F030", "STM32F091", "STM32F098"], 0x1FFF_F7CC),
    st(
        0x448,
        &["STM32F070", "STM32F071", "STM32F072", "STM32F078"],
        0x1FFF_F7CC,
    ),
    st(
        0x447,
        &[
            "STM32L071",
            "STM32L072",
            "STM32L073",
            "STM32L081",
            "STM32L082",
            "STM32L083",
        ],
        0x1FF8_007C,
    ),
];

/// Name of a core by the part number of its CPUID.
pub(super) fn core_name(cpuid: u32) -> Option<&'static str> {
    if cpuid >> 24 != 0x41 {
        return None;
    }
    Some(match cpuid >> 4 & 0xFFF {
        0xC20 => "Cortex-M0",
        0xC60 => "Cortex-M0+",
        0xC23 => "Cortex-M3",
        0xC24 => "Cortex-M4",
        0xC27 => "Cortex-M7",
        0xD20 => "Cortex-M23",
        0xD21 => "Cortex-M33",
        0xD22 => "Cortex-M55",
        0xD23 => "Cortex-M85",
        _ => return None,
    })
}
