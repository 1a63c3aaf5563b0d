/* Random scenarios of exceptions: priorities, masks, nesting, faults of every kind. A handler for all exceptions notes
   what it finds and, as long as there is budget, does something random itself. */
#include "scenarios.h"

volatile uint32_t resume, budget, depth, provoked, negative, wrong_code, right_code, special;
uint32_t process_stack[512] __attribute__((aligned(8)));
uint32_t rescue[64] __attribute__((aligned(8)));
extern uint8_t scratch[];

/* Not inlined, so that no other function saves registers of the FPU. */
__attribute__((noinline)) void use_float(uint32_t value)
{
    __asm__ volatile("vmov s3, %0\n\tvadd.f32 s2, s3, s3\n\tvmov s20, %0" : : "r"(value) : "s2", "s3", "s20", "memory");
}

/* CONTROL without SFPA, which only a Secure state has. */
__attribute__((naked, noinline)) static uint32_t read_control(void)
{
    __asm__ volatile("mrs r0, control\n\tbic r0, #8\n\tbx lr");
}

__attribute__((naked)) void on_process_stack(void (*function)(void), uint32_t offset)
{
    (void)function;
    (void)offset;
    __asm__ volatile("push {r3-r11, lr}\n\tldr r2, =process_stack + 2048\n\tsubs r2, r1\n\tmsr psp, r2\n\t"
                     "mrs r3, control\n\torr r3, #2\n\tmsr control, r3\n\tmovs r3, #0\n\tisb\n\tblx r0\n\t"
                     ".global after_process_stack\nafter_process_stack:\n\t"
                     "mrs r3, control\n\tbic r3, #2\n\tmsr control, r3\n\tmovs r3, #0\n\tisb\n\tpop {r3-r11, pc}\n\t.ltorg");
}

/* The faulting instruction, and where to go on when it cannot simply be skipped. */
#define PROVOKE(how, text)                                                                             \
    do {                                                                                               \
        __asm__ volatile("movw r3, #:lower16:9f\n\tmovt r3, #:upper16:9f\n\tstr r3, [%[p]]\n\tmov r3, #" how \
                         "\n\tstr r3, [%[q]]\n\tmov r3, #0\n\tisb\n\t" text "\n\t.balign 4\n9:\n\t"     \
                         : [v] "+r"(value) : [p] "r"(&resume), [q] "r"(&provoked), [a] "r"(place)       \
                         : "r2", "r3", "r12", "memory", "cc");                                         \
    } while (0)

void provoke_kind(uint32_t kind)
{
    uint32_t value = random32();
    uint32_t place = (uint32_t)scratch + 65;
    switch (kind) {
    case 0: PROVOKE("1", "udf #3"); break;
    case 1: PROVOKE("1", "ldrd r2, r3, [%[a]]"); break;
    case 2: place = NOWHERE; PROVOKE("1", "ldr %[v], [%[a]]"); break;
    case 3: place = NOWHERE + 8; PROVOKE("1", "str %[v], [%[a], #4]"); break;
    case 4: PROVOKE("1", "udiv %[v], %[v], r3"); break;
    case 5: PROVOKE("1", "ldr %[v], [%[a]]"); break;
    case 6: PROVOKE("1", "cdp p1, 0, c0, c0, c0"); break;
    case 7:
        CPACR &= ~(0xfu << 20);
        SYNC();
        PROVOKE("1", "vmov s7, %[v]");
        CPACR |= 0xfu << 20;
        SYNC();
        break;
    case 8: PROVOKE("2", "ldr r3, [%[p]]\n\tbx r3"); break;
    case 9: place = NOWHERE + 1; PROVOKE("2", "bx %[a]"); break;
    case 10: place = NO_CODE + 1; PROVOKE("2", "bx %[a]"); break;
    default: PROVOKE("3", "svc #9"); break;
    }
    provoked = 0;
    mix(value);
}

static void note_state(void)
{
    mix(CFSR);
    mix(HFSR);
    if (CFSR & 0x8000u) mix(BFAR);
    mix(ICSR);
    mix(SHCSR);
    mix(READ_SPECIAL("primask") | READ_SPECIAL("basepri") << 8 | READ_SPECIAL("faultmask") << 16);
    mix(read_control());
}

static void act(void)
{
    uint32_t choice = random32(), value = random32();
    int faults_allowed = negative == 0 && !READ_SPECIAL("faultmask");
    switch (choice & 15) {
    case 0: case 1: case 2: ISPR = 1u << (value & 7); break;
    case 3: ISPR = value & 0xff; break;
    case 4: ICSR = 1u << 28; break;
    case 5: ICSR = 1u << 26; break;
    case 6: if (negative < 2) ICSR = 1u << 31; break;
    case 7: WRITE_SPECIAL("basepri", value & 0xff); break;
    case 8: WRITE_SPECIAL("basepri_max", value & 0xff); break;
    case 9: WRITE_SPECIAL("primask", value & 1); break;
    case 10:
        /* QEMU 7.2 sets FAULTMASK at negative priorities too, where it must not change. */
        if ((value & 3) != 0) __asm__ volatile("cpsie f\n\tisb" : : : "memory");
        else if (negative == 0) __asm__ volatile("cpsid f\n\tisb" : : : "memory");
        break;
    case 11: IPR(value & 7) = (uint8_t)(value >> 8); break;
    case 12: if (faults_allowed) provoke_kind(11); break;
    case 13: if (faults_allowed) provoke_kind(value % KINDS); break;
    case 14: use_float(value); break;
    default: ICPR = value & 0xff; break;
    }
    SYNC();
}

/* Every handler: number, EXC_RETURN, frame; gives EXC_RETURN. */
__attribute__((used)) static uint32_t on_exception(uint32_t number, uint32_t code, uint32_t *frame)
{
    depth++;
    if (number == 2 || number == 3) negative++;
    mix(number);
    mix(code & CODE_MASK);
    mix(CPACR & 0xfu << 20);
    mix(REG(0xe000e400u));
    mix(REG(0xe000e404u));
    mix(AIRCR & 0x700);
    CPACR |= 0xfu << 20;
    SYNC();
    note_state();
    mix((uint32_t)frame);
    uint32_t faults = CFSR;
    if (faults & STACKING_FAULTS & ~0x2020u) {
        /* There is no frame, or it cannot be relied on. */
        rescue[6] = resume & ~1u;
        rescue[7] = 0x01000000u;
        if (code & 4) WRITE_SPECIAL("psp", (uint32_t)rescue);
#if V8
        WRITE_SPECIAL("psplim", 0);
#endif
        frame = rescue;
        provoked = 0;
    } else {
        /* On Armv8-M r0-r3 and r12 may hold an EXC_RETURN or FPCCR read before, with the bits of Secure state; bit 20 of
           xPSR is SFPA. */
        for (int k = V8 ? 5 : 0; k < 8; k++) mix(k == 7 ? frame[k] & ~(1u << 20) : frame[k]);
    }
    if (faults & 0x2020u) {
        FPCCR &= ~1u;
        SYNC_FLOAT();
    }
    if (number >= 3 && number <= 6) {
        if (right_code && (faults & 1u << 18)) {
            mix(0x18);
            code = right_code;
            right_code = 0;
            frame[7] &= ~0x1ffu;
        } else if (provoked == 1) {
            uint16_t first = *(uint16_t *)(frame[6] & ~1u);
            frame[6] += (first >> 11) > 0x1c ? 4 : 2;
        } else if (provoked == 2) {
            frame[6] = resume & ~1u;
            frame[7] |= 0x01000000u;
        }
        provoked = 0;
        CFSR = CFSR;
        HFSR = HFSR;
    }
    if (number == 11) {
        provoked = 0;
        uint32_t asked = special;
        special = 0;
        if (asked == 1) {
            right_code = code;
            code = wrong_code;
        } else if (asked == 2) {
            right_code = code;
            frame[7] |= 5;
        } else if (asked == 3) {
            right_code = code;
            SHCSR &= ~(1u << 7);
        } else if (asked == 4) {
            WRITE_SPECIAL("psp", NOWHERE);
        } else if (asked == 5) {
            FPCAR = refused_at;
            SYNC();
            use_float(number);
            note_float();
            note_state();
        }
    }
    while (budget != 0 && depth < 6 && (random32() & 3) != 0) {
        budget--;
        act();
    }
    if (number == 2 || number == 3) negative--;
    depth--;
    return code;
}

__attribute__((naked)) static void enter(void)
{
    __asm__ volatile("mrs r0, ipsr\n\tmov r1, lr\n\ttst lr, #4\n\tite eq\n\tmrseq r2, msp\n\tmrsne r2, psp\n\t"
                     "push {r4, lr}\n\tbl on_exception\n\tpop {r4, lr}\n\tbx r0");
}

#define FOUR enter, enter, enter, enter
#define SIXTEEN FOUR, FOUR, FOUR, FOUR
__attribute__((aligned(256))) static void (*const table[48])(void) = {SIXTEEN, SIXTEEN, SIXTEEN};

void configure(void)
{
    AIRCR = 0x05fa0000u | (random32() & 7) << 8;
    for (uint32_t k = 0; k < 8; k++) IPR(k) = (uint8_t)random32();
    for (uint32_t k = 4; k < 16; k++) {
        if (k < 7 || k == 11 || k >= 14) SHPR(k) = (uint8_t)random32();
    }
    ISER = 0xffu;
    ICER = random32() & random32() & 0xffu;
    SHCSR = (random32() & 7) << 16;
    CCR = 0x200 | (random32() & 0x18);
    budget = 12;
    SYNC();
}

void settle(void)
{
    budget = 0;
    WRITE_SPECIAL("primask", 0);
    WRITE_SPECIAL("basepri", 0);
    __asm__ volatile("cpsie f\n\tisb" : : : "memory");
    SYNC();
    ICPR = 0xffffffffu;
    ICSR = 1u << 27 | 1u << 25;
    SHCSR = 0;
    SYNC();
    CFSR = 0xffffffffu;
    HFSR = 0xffffffffu;
    FPCCR &= ~1u;
    SYNC_FLOAT();
    WRITE_SPECIAL("control", read_control() & ~4u);
    special = wrong_code = right_code = provoked = 0;
    note_state();
    mix(depth);
    mix(negative);
}

static void some_acts(void)
{
    while (budget != 0) {
        budget--;
        act();
    }
}

void scenario_nesting(void)
{
    if (random32() & 1) on_process_stack(some_acts, random32() & 4);
    else some_acts();
}

static void one_fault(void)
{
    if (random32() & 1) use_float(random32());
    if (random32() & 1) WRITE_SPECIAL("basepri", random32() & 0xff);
    if ((random32() & 7) == 0) WRITE_SPECIAL("primask", 1);
    provoke_kind(random32() % KINDS);
}

void scenario_faults(void)
{
    if ((random32() & 3) != 0) budget = 0;
    if (random32() & 1) on_process_stack(one_fault, random32() & 4);
    else one_fault();
}

static void run(const char *name, void (*scenario)(void), uint32_t rounds)
{
    /* Each class by itself, so that a difference shows where it is. */
    hash = 0x811c9dc5u;
    state = 20240229u + name[0];
    for (uint32_t round = 0; round < rounds; round++) {
        configure();
        scenario();
        settle();
        if ((round & (round - 1)) == 0) report(name, round);
    }
    report(name, rounds);
    print("scenarios ");
    report(name, rounds);
}

void test_scenarios(uint32_t rounds)
{
    uint32_t before = VTOR;
    VTOR = (uint32_t)table;
    SYNC();
    settle();
    run("nesting", scenario_nesting, rounds);
    run("faults", scenario_faults, rounds);
    run("returns", scenario_returns, rounds);
    run("stacking", scenario_stacking, rounds);
    run("lazy", scenario_lazy, rounds);
    run("unsaved", scenario_refused, rounds);
    run("registers", scenario_registers, rounds);
    VTOR = before;
    SYNC();
}
