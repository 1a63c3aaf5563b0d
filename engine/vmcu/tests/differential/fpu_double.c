/* Double-precision instructions under random rounding, flush-to-zero and NaN modes; results and FPSCR hashed. */
#include "common.h"

#if __ARM_FP & 8

static uint64_t random64(void)
{
    uint64_t high = random32();
    return high << 32 | random32();
}

/* A bit pattern that is often special. */
static uint64_t double_operand(void)
{
    static const uint64_t edges[] = {
        0, 0x8000000000000000u, 0x3ff0000000000000, 0xbff0000000000000u, 0x7ff0000000000000, 0xfff0000000000000u,
        0x7ff8000000000000, 0xfff8123456789abcu, 0x7ff0000000000001, 0xfff4000000000000u, 1, 0x800fffffffffffffu,
        0x0010000000000000, 0x7fefffffffffffff, 0x41e0000000000000, 0xc1e0000000000000u, 0x41f0000000000000,
        0x41dfffffffc00000, 0x41efffffffe00000, 0x3fe0000000000000, 0x3ff8000000000000, 0x4004000000000000,
        0x40effc0000000000, 0x47efffffefffffff, 0x47effffff0000000, 0x36a0000000000000, 0x3690000000000000,
        0x380fffffffffffff, 0x3e70000000000000, 0x3f0ff80000000000, 0x3f0fffffffffffff, 0x40e0000000000000,
    };
    uint64_t value = random64();
    uint64_t sign = value & 0x8000000000000000u;
    switch (random32() % 10) {
    case 0: return edges[(value >> 20) % (sizeof edges / sizeof edges[0])];
    case 1: return value;
    /* Subnormal. */
    case 2: return value & 0x800fffffffffffffu;
    /* Close to 1, so that sums cancel. */
    case 3: return (value & 0x801fffffffffffffu) | 0x3fe0000000000000u;
    /* A small multiple of a quarter, so that results are exact or tie. */
    case 4: return sign | (0x3fd0000000000000u + ((value & 15) << 50));
    /* About the ends of single and of half precision. */
    case 5: return (value & 0x800fffffffffffffu) | (uint64_t)(0x368 + (value >> 52 & 31)) << 52;
    case 6: return (value & 0x800fffffe0000000u) | (uint64_t)(0x3e4 + (value >> 52 & 63)) << 52;
    /* About the limits of the format: products and quotients go over and under them. */
    case 7: return (value & 0x800fffffffffffffu) | (uint64_t)((value >> 52 & 1 ? 0x7e0 : 1) + (value >> 53 & 30)) << 52;
    default: return (value & 0x800fffffffffffffu) | (uint64_t)(0x3f0 + (value >> 52 & 31)) << 52;
    }
}

/* d1 is read and written, d2 and d3 are read; s9 is a word that is read and written. */
#define FP(text)                                                                                       \
    do {                                                                                               \
        uint32_t r = (uint32_t)c, s = (uint32_t)(c >> 32), f, w = word;                                \
        __asm__ volatile("vmov d1, %[r], %[s]\n\tvmov d2, %Q[a], %R[a]\n\tvmov d3, %Q[b], %R[b]\n\t"    \
                         "vmov s9, %[w]\n\tvmsr fpscr, %[p]\n\t" text                                  \
                         "\n\tvmov %[r], %[s], d1\n\tvmov %[w], s9\n\tvmrs %[f], fpscr"                \
                         : [r] "+&r"(r), [s] "+&r"(s), [w] "+&r"(w), [f] "=&r"(f)                      \
                         : [a] "r"(a), [b] "r"(b), [p] "r"(p)                                          \
                         : "s2", "s3", "s4", "s5", "s6", "s7", "s9", "cc", "memory");                  \
        mix(r);                                                                                        \
        mix(s);                                                                                        \
        mix(w);                                                                                        \
        mix(f);                                                                                        \
    } while (0)
#define THREE(op) FP(op ".f64 d1, d2, d3")

void test_double(uint32_t rounds)
{
    for (uint32_t round = 0; round < rounds; round++) {
        uint64_t a = double_operand(), b = double_operand(), c = double_operand();
        uint32_t p = 0, word = round & 2 ? float_operand() : operand();
        /* Numbers that nearly cancel, and products that do against the addend. */
        if (random32() % 8 == 0) b = a ^ (random64() & 0x8000000000000003u);
        if (round & 1) p = random32() & 0x07c00000;
        p |= random32() & 0xf000001f;
        THREE("vadd"); THREE("vsub"); THREE("vmul"); THREE("vnmul"); THREE("vdiv");
        THREE("vmla"); THREE("vmls"); THREE("vnmla"); THREE("vnmls");
        THREE("vfma"); THREE("vfms"); THREE("vfnma"); THREE("vfnms");
        /* The fused product against its own rounding: what is left is its error. */
        FP("vmul.f64 d1, d2, d3\n\tvfnms.f64 d1, d2, d3");
        FP("vsqrt.f64 d1, d2"); FP("vabs.f64 d1, d2"); FP("vneg.f64 d1, d2"); FP("vmov.f64 d1, d2");
        FP("vabs.f64 d2, d2\n\tvsqrt.f64 d1, d2"); FP("vmov.f64 d1, #-1.75"); FP("vmov.f64 d1, #0.125"); FP("vmov.f64 d1, #31.0");
        FP("vcmp.f64 d2, d3"); FP("vcmpe.f64 d2, d3"); FP("vcmp.f64 d2, #0.0"); FP("vcmpe.f64 d2, #0.0");
        FP("vcmp.f64 d2, d3\n\tvmrs APSR_nzcv, fpscr\n\tite gt\n\tvmovgt.f64 d1, d2\n\tvmovle.f64 d1, d3");
        FP("vcvt.s32.f64 s9, d2"); FP("vcvt.u32.f64 s9, d2"); FP("vcvtr.s32.f64 s9, d2"); FP("vcvtr.u32.f64 s9, d2");
        FP("vcvt.f64.s32 d1, s9"); FP("vcvt.f64.u32 d1, s9");
        FP("vcvt.f64.f32 d1, s9"); FP("vcvt.f32.f64 s9, d2");
        FP("vcvt.f64.s16 d1, d1, #5"); FP("vcvt.f64.u16 d1, d1, #16"); FP("vcvt.f64.s32 d1, d1, #1"); FP("vcvt.f64.u32 d1, d1, #31");
        FP("vcvt.s16.f64 d1, d1, #5"); FP("vcvt.u16.f64 d1, d1, #1"); FP("vcvt.s32.f64 d1, d1, #16"); FP("vcvt.u32.f64 d1, d1, #32");
        FP("vcvtb.f64.f16 d1, s9"); FP("vcvtt.f64.f16 d1, s9"); FP("vcvtb.f16.f64 s9, d2"); FP("vcvtt.f16.f64 s9, d2");
        THREE("vmaxnm"); THREE("vminnm"); THREE("vseleq"); THREE("vselvs"); THREE("vselge"); THREE("vselgt");
        FP("vrinta.f64 d1, d2"); FP("vrintn.f64 d1, d2"); FP("vrintp.f64 d1, d2"); FP("vrintm.f64 d1, d2");
        FP("vrintz.f64 d1, d2"); FP("vrintr.f64 d1, d2"); FP("vrintx.f64 d1, d2");
        FP("vcvta.s32.f64 s9, d2"); FP("vcvtn.s32.f64 s9, d2"); FP("vcvtp.s32.f64 s9, d2"); FP("vcvtm.s32.f64 s9, d2");
        FP("vcvta.u32.f64 s9, d2"); FP("vcvtn.u32.f64 s9, d2"); FP("vcvtp.u32.f64 s9, d2"); FP("vcvtm.u32.f64 s9, d2");
        if (round % 1000 == 999) report("double", round);
    }
    /* What the compiler makes of double expressions, in the default mode. */
    __asm__ volatile("vmsr fpscr, %0" : : "r"(0));
    for (uint32_t round = 0; round < rounds; round++) {
        double x = (double)(int32_t)random32() * 1e-5, y = (double)(random32() & 0xffff) + 0.5;
        union { double d; uint64_t u; } z = { x * y + x / y - (x > y ? __builtin_sqrt(y) : __builtin_fabs(x)) };
        union { float f; uint32_t u; } narrow = { (float)z.d * 3.0f };
        mix((uint32_t)z.u);
        mix((uint32_t)(z.u >> 32));
        mix(narrow.u);
        mix((uint32_t)(int32_t)(z.d * 0.001));
    }
    report("double expressions", rounds);
}

#else

void test_double(uint32_t rounds)
{
    (void)rounds;
}

#endif
