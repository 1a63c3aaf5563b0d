//! What programs do that go wrong, and how each deed must end.
//!
//! One program per chip does all of them, the first code of its input says which. Each deed is a function of its own
//! with the instruction that goes wrong labelled, so that the address that is told can be held against it.

use crate::common;
use object::{Object as _, ObjectSymbol as _};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use tinyscope_board::build::Build;
use tinyscope_core::plan::Core;

/// What the host knows of the program in memory.
pub struct Known {
    pub core: Core,
    /// Labels and variables of the deeds.
    pub labels: BTreeMap<String, u32>,
    /// First byte of the stack that may be used, and the one behind it.
    pub stack: (u32, u32),
    /// First byte of the arena, and first byte behind it.
    pub arena: (u32, u32),
}

impl Known {
    pub fn of(build: &Build, core: Core) -> Self {
        let file = object::File::parse(&*build.bytes).expect("an image");
        let labels = file
            .symbols()
            .filter_map(|symbol| Some((symbol.name().ok()?.to_owned(), symbol.address() as u32)))
            .filter(|(name, _)| name.starts_with("at_"))
            .collect();
        let (image, guard) = (&build.image, tinyscope_board::firmware::GUARD_BYTES);
        let arena = (image.arena.0 + guard) as u32;
        Self {
            core,
            labels,
            stack: (
                (image.stack_base + guard) as u32,
                (image.stack_base + image.stack_bytes) as u32,
            ),
            arena: (arena, arena + 139),
        }
    }

    pub fn label(&self, name: &str) -> u32 {
        *self.labels.get(name).expect("a label")
    }

    fn has_stack_limit(&self) -> bool {
        self.core == Core::CortexM33
    }
}

/// How a deed must end.
pub enum Ends {
    /// In a fault with exactly this text, at this address; 0 where the processor cannot know it.
    Fault(String, u32),
    /// By the core itself, with this text: no handler could record it.
    Core(String, u32),
    /// Not at all, within the limit.
    Never,
    /// In a report without this step.
    Without(&'static str),
    /// With a control block of which nothing is believed.
    Overwritten,
}

/// A deed: its name as a C function, its code, and how it ends. In the code `@` labels the next instruction `at_NAME`,
/// `~` stands for the deed's name.
pub type Deed = (&'static str, &'static str, fn(&Known, u32) -> Ends);

fn fault(text: impl Into<String>, address: u32) -> Ends {
    Ends::Fault(text.into(), address)
}

/// The stack overflowed by pushing: Armv8-M meets its limit, Armv7-M the guard's region.
fn overflow(known: &Known, address: u32) -> Ends {
    let bytes = known.stack.1 - known.stack.0;
    let kind = if known.has_stack_limit() {
        "UsageFault"
    } else {
        "MemManage"
    };
    fault(
        format!("{kind} (stack overflow: more than its {bytes} B are used)"),
        address,
    )
}

pub const DEEDS: &[Deed] = &[
    (
        "loops_for_ever",
        r#"__asm__ volatile("@ b at_~");"#,
        |_, _| Ends::Never,
    ),
    (
        "loops_with_interrupts_off",
        r#"__asm__ volatile("cpsid i\n cpsid f\n @ b at_~");"#,
        |_, _| Ends::Never,
    ),
    (
        "sleeps_for_ever",
        r#"__asm__ volatile("@ wfi\n b at_~");"#,
        |_, _| Ends::Never,
    ),
    (
        "waits_for_an_event",
        r#"__asm__ volatile("@ wfe\n b at_~");"#,
        |_, _| Ends::Never,
    ),
    (
        // The frame takes the stack pointer far below the stack. Armv8-M refuses to move it there, at an instruction
        // that is known; Armv7-M sees the first access, and can then save nothing.
        "uses_one_large_frame",
        "volatile uint8_t big[8192]; for (int i = 8191; i >= 0; i--) { big[i] = 1; }",
        |known, _| overflow(known, u32::MAX),
    ),
    (
        "jumps_over_the_guard",
        r#"__asm__ volatile("mov r3, sp\n @ sub sp, sp, #8192\n str r3, [sp]\n mov sp, r3" ::: "r3", "memory");"#,
        |known, at| overflow(known, if known.has_stack_limit() { at } else { 0 }),
    ),
    (
        "recurses_without_end",
        "volatile int8_t deep[64]; deep[0] = out[0]; ~(out); out[0] = deep[0];",
        |known, _| overflow(known, if known.has_stack_limit() { u32::MAX } else { 0 }),
    ),
    (
        "loses_its_stack_pointer",
        r#"__asm__ volatile("mov r3, #0x60000000\n mov sp, r3\n @ push {r3}" ::: "r3", "memory");"#,
        |_, _| {
            fault(
                "MemManage (the stack pointer was lost: it is 0x60000000)",
                0,
            )
        },
    ),
    (
        "writes_below_its_stack",
        r#"extern uint32_t __stack_limit[]; __asm__ volatile("@ str %0, [%0, #-4]" :: "r"(__stack_limit) : "memory");"#,
        |known, at| {
            let address = known.stack.0 - 4;
            fault(
                format!("MemManage (stack overflow: access at {address:#010x})"),
                at,
            )
        },
    ),
    (
        // Bytes behind the arena are painted, up to where the processor can guard.
        "writes_right_behind_the_arena",
        "((volatile int8_t *)out)[139 - 128] = 1;",
        |known, _| {
            let address = known.arena.1;
            Ends::Core(
                format!("a write 0 B past the end of the arena, at {address:#010x}"),
                0,
            )
        },
    ),
    (
        "writes_past_the_arena",
        r#"__asm__ volatile("@ strb %0, [%0, #32]" :: "r"(out + 139 - 128) : "memory");"#,
        |known, at| {
            let address = known.arena.1 + 32;
            fault(
                format!("MemManage (access 32 B past the end of the arena, at {address:#010x})"),
                at,
            )
        },
    ),
    (
        "writes_before_the_arena",
        r#"__asm__ volatile("@ strb %0, [%0, #-1]" :: "r"(out - 128) : "memory");"#,
        |known, at| {
            let address = known.arena.0 - 1;
            fault(
                format!("MemManage (access 1 B before the start of the arena, at {address:#010x})"),
                at,
            )
        },
    ),
    (
        "writes_far_behind_the_arena",
        r#"__asm__ volatile("@ str %0, [%0]" :: "r"((uintptr_t)(out - 128) + 8192u) : "memory");"#,
        |known, at| {
            fault(
                format!("MemManage (data access at {:#010x})", known.arena.0 + 8192),
                at,
            )
        },
    ),
    (
        "writes_where_nothing_is",
        r#"__asm__ volatile("@ str %0, [%0]" :: "r"(0x60000000) : "memory");"#,
        |_, at| fault("MemManage (data access at 0x60000000)", at),
    ),
    (
        "writes_a_peripheral",
        r#"__asm__ volatile("@ str %0, [%0]" :: "r"(0x40020000) : "memory");"#,
        |_, at| fault("MemManage (data access at 0x40020000)", at),
    ),
    (
        "writes_its_own_code",
        r#"__asm__ volatile("@ str %0, [%0]" :: "r"(0x08000100) : "memory");"#,
        |_, at| {
            fault(
                "MemManage (write to the program's own code or constants at 0x08000100)",
                at,
            )
        },
    ),
    (
        "reads_a_null_pointer",
        r#"__asm__ volatile("@ ldr %0, [%0, #8]" :: "r"(0) : "memory");"#,
        |_, at| {
            fault(
                "MemManage (data access at 0x00000008, through a null pointer)",
                at,
            )
        },
    ),
    (
        "writes_a_null_pointer",
        r#"__asm__ volatile("@ strb %0, [%0]" :: "r"(0) : "memory");"#,
        |_, at| {
            fault(
                "MemManage (data access at 0x00000000, through a null pointer)",
                at,
            )
        },
    ),
    (
        "divides_by_zero",
        r#"int zero = 0; __asm__ volatile("@ sdiv %0, %0, %0" : "+r"(zero));"#,
        |_, at| fault("UsageFault (division by zero)", at),
    ),
    (
        "reads_two_words_unaligned",
        r#"__asm__ volatile("@ ldrd r2, r3, [%0]" :: "r"(out + 1) : "r2", "r3");"#,
        |_, at| fault("UsageFault (unaligned access)", at),
    ),
    (
        "executes_an_undefined_instruction",
        r#"__asm__ volatile("@ udf #1");"#,
        |_, at| fault("UsageFault (undefined instruction)", at),
    ),
    (
        "uses_the_switched_off_fpu",
        r#"*(volatile uint32_t *)0xE000ED88 = 0; __asm__ volatile("dsb\n isb\n @ vmov r0, s0" ::: "r0");"#,
        |_, at| fault("UsageFault (no coprocessor or FPU off)", at),
    ),
    (
        "calls_a_supervisor",
        r#"__asm__ volatile("@ svc #0");"#,
        // What is saved is where it would go on.
        |_, at| {
            fault(
                "HardFault (a supervisor call: no SVC instruction may be used)",
                at + 2,
            )
        },
    ),
    (
        "executes_data",
        r#"static volatile uint16_t code[2] __asm__("at_~") = {0xDE01, 0xE7FE};
           ((void (*)(void))((uintptr_t)code + 1))(); __asm__ volatile("");"#,
        |_, at| fault(format!("MemManage (execution of data at {at:#010x})"), at),
    ),
    (
        "jumps_to_nowhere",
        r#"__asm__ volatile("@ blx %0" :: "r"(0xA0000001) : "lr", "memory");"#,
        |_, _| {
            fault(
                "MemManage (jump to 0xa0000000, where no code may be)",
                0xA000_0000,
            )
        },
    ),
    (
        "leaves_thumb_state",
        r#"__asm__ volatile("@ blx %0" :: "r"(0x08000010) : "lr", "memory");"#,
        |_, _| fault("UsageFault (not in Thumb state)", 0x0800_0010),
    ),
    (
        "stops_at_a_breakpoint",
        r#"__asm__ volatile("@ bkpt #0");"#,
        |_, at| Ends::Core("a breakpoint instruction".to_owned(), at),
    ),
    (
        "locks_up",
        r#"__asm__ volatile("cpsid f\n @ udf #1");"#,
        |_, _| {
            let text = "a lock-up: UsageFault (undefined instruction) in a fault handler or with faults masked";
            Ends::Core(text.to_owned(), 0)
        },
    ),
    (
        "resets_the_chip",
        "*(volatile uint32_t *)0xE000ED0C = 0x05FA0004u; for (;;) { }",
        |_, _| {
            let text = "a reset: the chip started 2 times, because the program resets it or its power failed";
            Ends::Core(text.to_owned(), 0)
        },
    ),
    (
        "overwrites_the_control_block",
        "extern volatile uint32_t tinyscope_control[]; for (int i = 0; i < 36; i++) { tinyscope_control[i] = 0x01010101u * (uint32_t)i + 0x77; } for (;;) { }",
        |_, _| Ends::Overwritten,
    ),
];

/// The program with all deeds; the first code of its input is the number of one.
pub fn program() -> Vec<(String, String)> {
    let mut text = "#include \"model.h\"\nvoid misbehave(int8_t *out, int deed);\n".to_owned();
    let mut calls = String::new();
    for (number, (name, code, _)) in DEEDS.iter().enumerate() {
        let code = code
            .replace("at_~", &format!("at_{name}"))
            .replace('~', name);
        let code = code.replace('@', &format!("at_{name}:"));
        let _ = write!(
            text,
            "void {name}(int8_t *out);\n__attribute__((noinline)) void {name}(int8_t *out) {{ (void)out; {code} }}\n"
        );
        let _ = writeln!(calls, "    case {number}: {name}(out); break;");
    }
    let _ = writeln!(
        text,
        "void misbehave(int8_t *out, int deed) {{\n    switch (deed) {{\n{calls}    }}\n}}"
    );
    let call = "void misbehave(int8_t *out, int deed); misbehave(out, out[-128]);";
    let mut files = common::project(call);
    files.push(("deeds.c".to_owned(), text));
    files
}
