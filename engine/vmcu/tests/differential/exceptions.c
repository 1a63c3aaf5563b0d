/* Faults, system calls and priorities: which handler ran, with what status and return address. */
#include "common.h"

#define REG(address) (*(volatile uint32_t *)(address))
#define CFSR REG(0xe000ed28u)
#define HFSR REG(0xe000ed2cu)
#define CCR REG(0xe000ed14u)
#define SHCSR REG(0xe000ed24u)
#define ICSR REG(0xe000ed04u)
#define SHPR(n) REG(0xe000ed18u + 4u * (n))

extern uint8_t scratch[];
static volatile uint32_t order;

/* The stacked frame: r0–r3, r12, lr, pc, xpsr. The faulting instruction is skipped. */
__attribute__((used)) static void note(uint32_t kind, uint32_t *frame)
{
    uint16_t first = *(uint16_t *)(frame[6] & ~1u);
    mix(kind);
    mix(CFSR);
    mix(HFSR);
    mix(first);
    mix(frame[7] & 0xfe00fdffu);
    mix(frame[0]);
    if (CFSR & 0x8000u) mix(REG(0xe000ed38u));
    frame[6] += (first >> 11) > 0x1c ? 4 : 2;
    /* The IT state must not outlive the skipped instruction here. */
    frame[7] &= 0xf9ff03ffu;
    frame[7] |= 0x01000000u;
    CFSR = CFSR;
    HFSR = HFSR;
}

#define HANDLER(name, kind)                                                                            \
    __attribute__((naked)) void name(void)                                                             \
    {                                                                                                  \
        __asm__ volatile("tst lr, #4\n\tite eq\n\tmrseq r1, msp\n\tmrsne r1, psp\n\tmovs r0, #" #kind   \
                         "\n\tpush {r4, lr}\n\tbl note\n\tpop {r4, pc}");                              \
    }
HANDLER(handler_hard, 3)
HANDLER(handler_bus, 5)
HANDLER(handler_usage, 6)

void handler_pendsv(void)
{
    order = order * 16 + 14;
}

void handler_systick(void)
{
    order = order * 16 + 15;
    ICSR = 1u << 28;
}

__attribute__((used)) static void call(uint32_t *frame)
{
    uint8_t number = *(uint8_t *)(frame[6] - 2);
    order = order * 16 + 11;
    mix(number);
    mix(frame[0]);
    frame[0] = frame[0] * 3 + number;
    if (number == 7) ICSR = 1u << 28;
    if (number == 8) ICSR = 1u << 26;
}

__attribute__((naked)) void handler_svc(void)
{
    __asm__ volatile("tst lr, #4\n\tite eq\n\tmrseq r0, msp\n\tmrsne r0, psp\n\tpush {r4, lr}\n\tbl call\n\tpop {r4, pc}");
}

#define PROVOKE(text)                                                                                  \
    do {                                                                                               \
        register uint32_t r0 __asm__("r0") = value;                                                    \
        register uint32_t r1 __asm__("r1") = place;                                                    \
        __asm__ volatile(text : "+r"(r0), "+r"(r1) : : "r2", "r3", "r12", "memory", "cc");             \
        mix(r0);                                                                                       \
        mix(r1 - (uint32_t)scratch);                                                                   \
    } while (0)

static void provoke(uint32_t value, uint32_t place)
{
    PROVOKE("udf #3");
    PROVOKE("udf.w #3");
    PROVOKE("ldrd r2, r3, [r1, #4]");
    PROVOKE("ldmia r1!, {r2, r3}");
    PROVOKE("stmdb r1!, {r2, r3}");
    PROVOKE("ldrex r2, [r1]");
    PROVOKE("ldr r2, [r1]");
    PROVOKE("strh r0, [r1]");
    /* QEMU 7.2 loses registers written earlier in the same block when a division traps; ISB ends the block. */
    PROVOKE("mov r2, #0\n\tisb\n\tudiv r0, r0, r2");
    PROVOKE("mov r2, #0\n\tisb\n\tsdiv r0, r0, r2");
    PROVOKE("mov r2, #0x70000000\n\tldr r0, [r2, #16]");
    PROVOKE("mov r2, #0x70000000\n\tstr r0, [r2, #4]!\n\tmov r0, r2");
    PROVOKE("cmp r0, r0\n\titt eq\n\tudfeq #1\n\taddeq r0, #1");
}

void test_exceptions(void)
{
    uint32_t value = random32();
    uint32_t odd = (uint32_t)scratch + 65;
    SHCSR = 0;
    provoke(value, odd);
    report("hardfault", 0);
    SHCSR = 7u << 16;
    provoke(value, odd);
    report("enabled", 0);
    CCR |= 8 | 16;
    provoke(value, odd);
    CCR &= ~(8u | 16u);
    report("trapping", 0);

    /* SVC before PendSV and SysTick, by priority; BASEPRI and PRIMASK hold back. */
    SHPR(1) = 0x40u << 24;
    SHPR(2) = 0xe0u << 16 | 0xc0u << 24;
    for (uint32_t round = 0; round < 32; round++) {
        register uint32_t r0 __asm__("r0") = value + round;
        order = 0;
        __asm__ volatile("svc #1\n\tsvc #7\n\tsvc #8" : "+r"(r0) : : "r1", "r2", "r3", "r12", "lr", "memory", "cc");
        uint32_t got = r0;
        mix(got);
        __asm__ volatile("msr basepri, %0\n\tisb" : : "r"((round & 15) << 4) : "memory");
        if ((round & 15) == 0 || (round & 15) > 4) {
            register uint32_t again __asm__("r0") = got;
            __asm__ volatile("svc #7" : "+r"(again) : : "r1", "r2", "r3", "r12", "lr", "memory", "cc");
            mix(again);
        }
        uint32_t before = order;
        __asm__ volatile("msr basepri, %0\n\tisb" : : "r"(0) : "memory");
        mix(before);
        mix(order);
        __asm__ volatile("cpsid i" : : : "memory");
        ICSR = 1u << 28;
        __asm__ volatile("dsb\n\tisb" : : : "memory");
        before = order;
        __asm__ volatile("cpsie i\n\tisb" : : : "memory");
        mix(before);
        mix(order);
    }
    report("priorities", 0);

    /* On the process stack, with floating-point state in the frame. */
    uint32_t float_sum = 0;
    for (uint32_t round = 0; round < 16; round++) {
        uint32_t top = (uint32_t)scratch + 2048 + 4 * (round & 1), out, control;
        __asm__ volatile("mrs r4, msp\n\tmsr psp, %[top]\n\tmov r0, #2\n\tmsr control, r0\n\tisb\n\t"
                         "vmov s1, %[v]\n\tvmov s17, %[v]\n\tmov r0, %[v]\n\tsvc #3\n\tsvc #7\n\tmov %[out], r0\n\t"
                         "vmov r1, s1\n\teor %[out], r1\n\tvmov r1, s17\n\tadd %[out], r1\n\tsub r1, sp, %[top]\n\tadd %[out], r1\n\t"
                         "mrs %[control], control\n\tmov r0, #0\n\tmsr control, r0\n\tisb\n\tmrs r1, msp\n\tsub r1, r4\n\tadd %[out], r1"
                         : [out] "=&r"(out), [control] "=&r"(control)
                         : [top] "r"(top), [v] "r"(value + round)
                         : "r0", "r1", "r2", "r3", "r4", "r12", "lr", "s1", "s17", "memory", "cc");
        mix(out);
        /* Without SFPA, which only a Secure state has. */
        mix(control & 7);
        float_sum += out;
    }
    mix(float_sum);
    report("stacks", 0);
}
