/* Loads and stores of every form into a scratch buffer whose bytes are hashed. */
#include "common.h"

extern uint8_t scratch[];

#define AT(text)                                                                                       \
    do {                                                                                               \
        uint32_t r = a, s = b, base = (uint32_t)scratch + 128 + offset;                                \
        __asm__ volatile(text : [r] "+&r"(r), [s] "+&r"(s), [base] "+&r"(base) : [x] "r"(index)         \
                         : "memory");                                                                  \
        mix(r);                                                                                        \
        mix(s);                                                                                        \
        mix(base);                                                                                     \
    } while (0)

#define SINGLE(op)                                                                                     \
    AT(op " %[r], [%[base], #5]"); AT(op " %[r], [%[base], #-3]"); AT(op " %[r], [%[base], #8]!");     \
    AT(op " %[r], [%[base], #-4]!"); AT(op " %[r], [%[base]], #3"); AT(op " %[r], [%[base]], #-7");    \
    AT(op " %[r], [%[base], %[x]]"); AT(op " %[r], [%[base], %[x], lsl #2]"); AT(op "t %[r], [%[base], #4]")

#define MULTIPLE(op)                                                                                   \
    do {                                                                                               \
        uint32_t base = (uint32_t)scratch + 128 + (offset & ~3u), mark = a;                            \
        __asm__ volatile("mov r3, %[m]\n\tadd r4, %[m], #1\n\tmvn r5, %[m]\n\tror r8, %[m], #3\n\t"     \
                         op "\n\teor %[m], r3, r4\n\tadd %[m], %[m], r5\n\teor %[m], %[m], r8"          \
                         : [base] "+&r"(base), [m] "+&r"(mark)                                         \
                         :                                                                             \
                         : "r3", "r4", "r5", "r8", "memory");                                          \
        mix(base);                                                                                     \
        mix(mark);                                                                                     \
    } while (0)

void test_memory(uint32_t rounds)
{
    for (uint32_t k = 0; k < 256; k++) scratch[k] = (uint8_t)random32();
    for (uint32_t round = 0; round < rounds; round++) {
        uint32_t a = operand(), b = operand(), offset = random32() & 15, index = random32() & 15;
        SINGLE("str"); SINGLE("strh"); SINGLE("strb");
        SINGLE("ldr"); SINGLE("ldrh"); SINGLE("ldrb"); SINGLE("ldrsh"); SINGLE("ldrsb");
        offset &= ~3u;
        AT("strd %[r], %[s], [%[base], #-8]"); AT("strd %[r], %[s], [%[base], #16]!"); AT("strd %[s], %[r], [%[base]], #-12");
        AT("ldrd %[r], %[s], [%[base], #4]"); AT("ldrd %[r], %[s], [%[base], #-20]!"); AT("ldrd %[s], %[r], [%[base]], #8");
        MULTIPLE("stmia %[base]!, {r3, r4, r5, r8}"); MULTIPLE("stmdb %[base]!, {r3, r5, r8}"); MULTIPLE("stmia %[base], {r4, r8}");
        MULTIPLE("ldmia %[base]!, {r3, r4, r5, r8}"); MULTIPLE("ldmdb %[base]!, {r4, r5}"); MULTIPLE("ldmdb %[base], {r3, r8}");
        MULTIPLE("push {r3, r4, r5, r8}\n\tpop {r4, r5, r8}\n\tpop {r3}");
        AT("ldrex %[r], [%[base], #4]\n\tadd %[r], #1\n\tstrex %[s], %[r], [%[base], #4]");
        AT("ldrexb %[r], [%[base]]\n\tstrexb %[s], %[base], [%[base]]"); AT("ldrexh %[r], [%[base]]\n\tclrex\n\tstrexh %[s], %[base], [%[base]]");
        AT("ldr %[r], 1f\n\tb 2f\n\t.align 2\n1:\n\t.word 0x12345678\n2:\n\tadd %[s], %[r]");
        AT("and %[r], %[r], #3\n\ttbb [pc, %[r]]\n1:\n\t.byte (2f-1b)/2, (3f-1b)/2, (4f-1b)/2, (5f-1b)/2\n2:\n\tadd %[s], #1\n3:\n\tadd %[s], #16\n4:\n\tadd %[s], #256\n5:");
        AT("and %[r], %[r], #1\n\ttbh [pc, %[r], lsl #1]\n1:\n\t.short (2f-1b)/2, (3f-1b)/2\n2:\n\teor %[s], #1\n3:");
        mix(scratch[random32() & 255]);
        if (round % 1000 == 999) {
            for (uint32_t k = 0; k < 256; k++) mix(scratch[k]);
            report("memory", round);
        }
    }
}
