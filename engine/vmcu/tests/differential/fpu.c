/* Floating-point instructions under random rounding, flush-to-zero and NaN modes; results and FPSCR hashed. */
#include "common.h"

#define BITS(x) __extension__({ union { float f; uint32_t u; } both = { x }; both.u; })

/* d is read and written, n and m are read; all as bit patterns in S registers. */
#define FP(text)                                                                                       \
    do {                                                                                               \
        uint32_t r, f;                                                                                 \
        __asm__ volatile("vmsr fpscr, %[p]\n\tvmov s2, %[c]\n\tvmov s4, %[a]\n\tvmov s7, %[b]\n\t" text \
                         "\n\tvmov %[r], s2\n\tvmrs %[f], fpscr"                                       \
                         : [r] "=&r"(r), [f] "=&r"(f)                                                  \
                         : [a] "r"(a), [b] "r"(b), [c] "r"(c), [p] "r"(p)                              \
                         : "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "cc", "memory");            \
        mix(r);                                                                                        \
        mix(f);                                                                                        \
    } while (0)
#define THREE(op) FP(op ".f32 s2, s4, s7")

extern uint8_t scratch[];

static void transfers(uint32_t a, uint32_t b, uint32_t c, uint32_t p)
{
    uint32_t place = (uint32_t)scratch + 64;
    uint32_t x = a, y = b;
    FP("vldr s2, 1f\n\tb 2f\n\t.align 2\n1:\n\t.word 0x3eaaaaab\n2:");
    __asm__ volatile("vmov s0, %[x]\n\tvmov s1, %[y]\n\tvmov s2, s3, %[y], %[x]\n\tvstmia %[at]!, {s0-s3}\n\t"
                     "vldmdb %[at]!, {d4-d5}\n\tvstr d4, [%[at], #32]\n\tvldr s5, [%[at], #36]\n\tvstr s9, [%[at], #-4]\n\t"
                     "vmov %[x], %[y], d5\n\tvmov d6, %[y], %[x]\n\tvmov s15, %[x]\n\tvmov %[y], s13\n\t"
                     "vpush {s8-s15}\n\tvpop {s4-s11}\n\tvmov %[x], s11\n\tvmov %[y], %[x], s9, s10"
                     : [x] "+&r"(x), [y] "+&r"(y), [at] "+&r"(place)
                     :
                     : "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "s12", "s13",
                       "s14", "s15", "memory");
    mix(x);
    mix(y);
    mix(place - (uint32_t)scratch);
}

void test_float(uint32_t rounds)
{
    for (uint32_t round = 0; round < rounds; round++) {
        uint32_t a = float_operand(), b = float_operand(), c = float_operand(), p = 0;
        /* Mode bits half of the time, sticky bits at random: the plain mode is the one that code uses. */
        if (round & 1) p = random32() & 0x07c00000;
        p |= random32() & 0xf000001f;
        THREE("vadd"); THREE("vsub"); THREE("vmul"); THREE("vnmul"); THREE("vdiv");
        THREE("vmla"); THREE("vmls"); THREE("vnmla"); THREE("vnmls");
        THREE("vfma"); THREE("vfms"); THREE("vfnma"); THREE("vfnms");
        FP("vsqrt.f32 s2, s4"); FP("vabs.f32 s2, s4"); FP("vneg.f32 s2, s4"); FP("vmov.f32 s2, s4");
        FP("vabs.f32 s4, s4\n\tvsqrt.f32 s2, s4"); FP("vmov.f32 s2, #-1.75"); FP("vmov.f32 s2, #0.125");
        FP("vcmp.f32 s4, s7"); FP("vcmpe.f32 s4, s7"); FP("vcmp.f32 s4, #0.0"); FP("vcmpe.f32 s4, #0.0");
        FP("vcmp.f32 s4, s7\n\tvmrs APSR_nzcv, fpscr\n\tite gt\n\tvmovgt s2, s4\n\tvmovle s2, s7");
        FP("vcvt.s32.f32 s2, s4"); FP("vcvt.u32.f32 s2, s4"); FP("vcvtr.s32.f32 s2, s4"); FP("vcvtr.u32.f32 s2, s4");
        FP("vcvt.f32.s32 s2, s4"); FP("vcvt.f32.u32 s2, s4");
        FP("vcvt.f32.s16 s2, s2, #5"); FP("vcvt.f32.u16 s2, s2, #16"); FP("vcvt.f32.s32 s2, s2, #1"); FP("vcvt.f32.u32 s2, s2, #31");
        FP("vcvt.s16.f32 s2, s2, #5"); FP("vcvt.u16.f32 s2, s2, #1"); FP("vcvt.s32.f32 s2, s2, #16"); FP("vcvt.u32.f32 s2, s2, #32");
        FP("vcvtb.f32.f16 s2, s4"); FP("vcvtt.f32.f16 s2, s4"); FP("vcvtb.f16.f32 s2, s4"); FP("vcvtt.f16.f32 s2, s4");
#if __ARM_FEATURE_NUMERIC_MAXMIN
        THREE("vmaxnm"); THREE("vminnm"); THREE("vseleq"); THREE("vselvs"); THREE("vselge"); THREE("vselgt");
        FP("vrinta.f32 s2, s4"); FP("vrintn.f32 s2, s4"); FP("vrintp.f32 s2, s4"); FP("vrintm.f32 s2, s4");
        FP("vrintz.f32 s2, s4"); FP("vrintr.f32 s2, s4"); FP("vrintx.f32 s2, s4");
        FP("vcvta.s32.f32 s2, s4"); FP("vcvtn.u32.f32 s2, s4"); FP("vcvtp.s32.f32 s2, s4"); FP("vcvtm.u32.f32 s2, s4");
#endif
        transfers(a, b, c, p);
        if (round % 1000 == 999) report("float", round);
    }
    /* What the compiler makes of float expressions, in the default mode. */
    __asm__ volatile("vmsr fpscr, %0" : : "r"(0));
    for (uint32_t round = 0; round < rounds; round++) {
        float x = (float)(int32_t)random32() * 1e-5f, y = (float)(random32() & 0xffff) + 0.5f;
        float z = x * y + x / y - (x > y ? __builtin_sqrtf(y) : __builtin_fabsf(x));
        mix(BITS(z));
        mix((uint32_t)(int32_t)(z * 0.001f));
        mix((uint32_t)(x < y) + 2u * (x >= z) + 4u * (z == z));
    }
    report("expressions", rounds);
}
