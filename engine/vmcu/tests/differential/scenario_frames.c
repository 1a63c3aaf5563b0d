/* Scenarios about frames: returns that fail, stacks that are nowhere or too small, floating-point state that is stored
   late, and registers that are written and read back. */
#include "scenarios.h"

/* SVC at a priority that takes it. */
static void call(void)
{
    SHPR(11) = 0;
    WRITE_SPECIAL("basepri", 0);
    budget = 0;
    __asm__ volatile("svc #1" : : : "memory");
}

void scenario_returns(void)
{
    uint32_t float_bit = 16;
    if (random32() & 1) {
        use_float(random32());
        float_bit = 0;
    }
    special = 1 + random32() % 4;
    if (special == 1) {
        /* Low bits that mean nothing; on Armv8-M only bit 1 is such a bit in both security states. */
        static const uint8_t low[] = {0, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 14, 15};
        uint32_t nibble = V8 ? 11 : low[random32() % sizeof low];
        wrong_code = 0xffffffe0u | float_bit | nibble;
    }
    if (special == 4) {
        resume = (uint32_t)after_process_stack;
        on_process_stack(call, random32() & 4);
        return;
    }
    call();
}

/* Thread mode on a process stack at `r0`, an exception by `r1` stored to `r2` (or SVC when that is 0), and back. */
__attribute__((naked, noinline)) static void bad_stack(uint32_t stack, uint32_t value, uint32_t address)
{
    (void)stack;
    (void)value;
    (void)address;
    __asm__ volatile("push {r3-r11, lr}\n\tldr r3, =resume\n\tmovw r4, #:lower16:9f\n\tmovt r4, #:upper16:9f\n\tstr r4, [r3]\n\t"
                     "msr psp, r0\n\tmrs r3, control\n\torr r3, #2\n\tmsr control, r3\n\tmovs r3, #0\n\tisb\n\t"
                     "cmp r2, #0\n\tbeq 8f\n\tcmp r2, #1\n\tbeq 7f\n\tcmp r2, #2\n\tbeq 6f\n\tstr r1, [r2]\n\tdsb\n\tisb\n\tb 9f\n"
                     "6:\n\tpush {r1, r2}\n\tb 9f\n7:\n\tsub sp, #64\n\tb 9f\n8:\n\tsvc #2\n\t.balign 4\n9:\n\t"
                     "mrs r3, control\n\tbic r3, #2\n\tmsr control, r3\n\tmovs r3, #0\n\tisb\n\tpop {r3-r11, pc}\n\t.ltorg");
}

void scenario_stacking(void)
{
    uint32_t stack = NOWHERE + 0x100 + (random32() & 0x1c), value = 0, address = 0;
    FPCCR = (FPCCR & 0x3fffffffu) | 0x80000000u | (random32() & 1u << 30);
    SYNC_FLOAT();
    if (random32() & 1) use_float(random32());
    budget = 0;
#if V8
    if (random32() & 1) {
        /* A stack limit somewhere below, or above. */
        stack = (uint32_t)process_stack + 1024 + (random32() & 0xfc);
        WRITE_SPECIAL("psplim", (uint32_t)process_stack + 1024);
    }
#endif
    switch (random32() % (V8 ? 5 : 3)) {
    case 0:
        address = 0xe000ed04u;
        value = 1u << 28 | (random32() & 1u << 31);
        break;
    case 1:
        address = 0xe000e200u;
        value = random32() & 0xff;
        break;
    case 2: break;
    case 3: address = stack >> 28 == 7 ? 0 : 1; break;
    default: address = stack >> 28 == 7 ? 0 : 2; break;
    }
    bad_stack(stack, value, address);
#if V8
    mix(READ_SPECIAL("psplim"));
    WRITE_SPECIAL("psplim", 0);
#endif
    FPCCR |= 3u << 30;
    SYNC_FLOAT();
}

void note_float(void)
{
    mix(FPCCR & FPCCR_MASK);
    mix(FPCAR);
}

void scenario_lazy(void)
{
    FPCCR = (FPCCR & ~3u << 30) | (random32() & 3u << 30);
    FPDSCR = random32() & 0x07c00000u;
    SYNC_FLOAT();
    budget = 4;
    uint32_t status;
    __asm__ volatile("vmrs %0, fpscr" : "=r"(status));
    mix(status);
    use_float(random32());
    note_float();
    for (uint32_t k = 0; k < 3; k++) {
        uint32_t choice = random32();
        ISER = 0xff;
        ISPR = 1u << (choice & 7);
        SYNC();
        note_float();
        uint32_t a, b;
        __asm__ volatile("vmov %0, s3\n\tvmov %1, s20" : "=r"(a), "=r"(b));
        mix(a);
        mix(b);
    }
    __asm__ volatile("vmrs %0, fpscr" : "=r"(status));
    mix(status);
    FPCCR |= 3u << 30;
    FPDSCR = 0;
    SYNC_FLOAT();
    __asm__ volatile("vmsr fpscr, %0" : : "r"(0));
}

uint32_t refused_at;
static uint32_t read_only[64] __attribute__((aligned(256)));

/* One region that nobody writes, beside the default map. */
static void forbid(uint32_t on)
{
    MPU_RNR = 0;
    if (on) {
#if V8
        MPU_RBAR = (uint32_t)read_only | 2u << 1;
        MPU_RLAR = ((uint32_t)read_only + 255u) & ~31u | 1u;
#else
        MPU_RBAR = (uint32_t)read_only;
        MPU_RASR = 6u << 24 | 2u << 16 | 7u << 1 | 1u;
#endif
    } else {
        MPU_RLAR = 0;
    }
    MPU_CTRL = on ? 5u : 0;
    SYNC();
}

static void call_at_any_priority(void)
{
    __asm__ volatile("svc #3" : : : "memory");
}

/* Floating-point state whose place is nowhere, or not to be written, by the time that a handler needs the FPU. */
void scenario_refused(void)
{
    uint32_t guarded = random32() & 1;
    budget = 0;
    FPCCR |= 3u << 30;
    SYNC_FLOAT();
    refused_at = guarded ? (uint32_t)read_only + (random32() & 0x78) : NOWHERE + (random32() & 0xff8);
    special = 5;
    forbid(guarded);
    use_float(random32());
    if (random32() & 1) on_process_stack(call_at_any_priority, random32() & 4);
    else call_at_any_priority();
    forbid(0);
    note_float();
    __asm__ volatile("vmsr fpscr, %0" : : "r"(0));
}

void scenario_registers(void)
{
    WRITE_SPECIAL("primask", 1);
    budget = 0;
    for (uint32_t k = 0; k < 24; k++) {
        uint32_t value = random32();
        switch (random32() % 14) {
        case 0: ISER = value; mix(ICER); break;
        case 1: ICER = value; mix(ISER); break;
        case 2: ISPR = value; mix(ICPR); break;
        case 3: ICPR = value; mix(ISPR); break;
        case 4: REG(0xe000e400u + (value >> 8 & 0x1c)) = value; mix(REG(0xe000e400u + (value >> 8 & 0x1c))); break;
        case 5: AIRCR = (value & 0x700) | 0x05fa0000u; mix(AIRCR & 0xffff0700u); break;
        /* Set or clear; both at once is unpredictable. */
        case 6: ICSR = value & (value & 1 ? 0x14000000u : 0x0a000000u); break;
        case 7: WRITE_SPECIAL("basepri_max", value & 0xff); break;
        case 8: WRITE_SPECIAL("basepri", value & 0xff); break;
        case 9: FPDSCR = value; mix(FPDSCR & 0x07c00000u); break;
        case 10: FPCAR = value; mix(FPCAR); break;
        case 11: SHPR(value & 3 ? 11 : 15) = (uint8_t)(value >> 8); mix(REG(0xe000ed1cu) & 0xff000000u); break;
        case 12: SHCSR = (value & 0x7f000) | (value & 0xe000 & ~0x8000u); mix(SHCSR); SHCSR &= 7u << 16; break;
        default: CCR = (value & 0x11a) | 0x200; mix(CCR & 0x31a); CCR = 0x200; break;
        }
        mix(ICSR);
        mix(READ_SPECIAL("basepri"));
    }
    ICPR = 0xffffffffu;
    ICSR = 1u << 27 | 1u << 25;
    SHCSR = 0;
    ICER = 0xffffff00u;
}
