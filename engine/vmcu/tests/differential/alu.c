/* Integer instructions, each with random operands, random flags before it and all flags hashed after it. */
#include "common.h"

/* r is read and written, a and b are read, %[p] is the APSR before. */
#define DO(text)                                                                                       \
    do {                                                                                               \
        uint32_t r = c, f;                                                                             \
        __asm__ volatile("msr apsr_nzcvqg, %[p]\n\t" text "\n\tmrs %[f], apsr"                          \
                         : [r] "+&r"(r), [f] "=&r"(f)                                                  \
                         : [a] "r"(a), [b] "r"(b), [p] "r"(p)                                          \
                         : "cc");                                                                      \
        mix(r);                                                                                        \
        mix(f);                                                                                        \
    } while (0)

/* Two results: r and s. */
#define LONG(op)                                                                                       \
    do {                                                                                               \
        uint32_t r = c, s = d, f;                                                                      \
        __asm__ volatile("msr apsr_nzcvqg, %[p]\n\t" op " %[r], %[s], %[a], %[b]\n\tmrs %[f], apsr"     \
                         : [r] "+&r"(r), [s] "+&r"(s), [f] "=&r"(f)                                    \
                         : [a] "r"(a), [b] "r"(b), [p] "r"(p)                                          \
                         : "cc");                                                                      \
        mix(r);                                                                                        \
        mix(s);                                                                                        \
        mix(f);                                                                                        \
    } while (0)

#define AB(op) DO(op " %[r], %[a], %[b]")
#define A(op) DO(op " %[r], %[a]")
/* Accumulating: the third operand is the old r. */
#define ABR(op) DO(op " %[r], %[a], %[b], %[r]")

#define SHIFTS(op)                                                                                     \
    AB(op); AB(op "s");                                                                                \
    DO(op " %[r], %[a], %[b], lsl #7"); DO(op "s %[r], %[a], %[b], lsl #31");                          \
    DO(op "s %[r], %[a], %[b], lsr #1"); DO(op "s %[r], %[a], %[b], lsr #32");                         \
    DO(op "s %[r], %[a], %[b], asr #13"); DO(op "s %[r], %[a], %[b], asr #32");                        \
    DO(op "s %[r], %[a], %[b], ror #5"); DO(op "s %[r], %[a], %[b], rrx");                             \
    DO(op "s %[r], %[a], #0"); DO(op "s %[r], %[a], #0xff"); DO(op "s %[r], %[a], #0x00ab00ab");       \
    DO(op "s %[r], %[a], #0xcd00cd00"); DO(op "s %[r], %[a], #0x80000000");                            \
    DO(op "s %[r], %[a], #0x3fc00"); DO(op " %[r], %[a], #0x81818181")

#define TEST(op)                                                                                       \
    DO(op " %[a], %[b]"); DO(op " %[a], %[b], lsr #9"); DO(op " %[a], %[b], asr #32");                 \
    DO(op " %[a], %[b], rrx"); DO(op " %[a], %[b], ror #21"); DO(op " %[a], %[b], lsl #3");            \
    DO(op " %[a], #0xf0000000"); DO(op " %[a], #0x5a"); DO(op " %[a], #0x01fe0000")

#define MOVES(op)                                                                                      \
    A(op "s"); A(op); DO(op "s %[r], #0xff000000"); DO(op "s %[r], #0x42"); DO(op " %[r], #0x7f0000")

#define SHIFT(op)                                                                                      \
    AB(op); AB(op "s"); DO(op "s %[r], %[a], #1"); DO(op "s %[r], %[a], #31"); DO(op " %[r], %[a], #17")

void test_arithmetic(uint32_t rounds)
{
    for (uint32_t round = 0; round < rounds; round++) {
        uint32_t a = operand(), b = operand(), c = operand(), d = operand(), p = random32();
        SHIFTS("and"); SHIFTS("bic"); SHIFTS("orr"); SHIFTS("orn"); SHIFTS("eor");
        SHIFTS("add"); SHIFTS("adc"); SHIFTS("sub"); SHIFTS("sbc"); SHIFTS("rsb");
        TEST("tst"); TEST("teq"); TEST("cmp"); TEST("cmn");
        MOVES("mov"); MOVES("mvn"); SHIFT("lsl"); SHIFT("lsr"); SHIFT("asr"); SHIFT("ror");
        A("rrxs"); DO("lsrs %[r], %[a], #32"); DO("asrs %[r], %[a], #32");
        DO("addw %[r], %[a], #0xabc"); DO("subw %[r], %[a], #0xfff"); DO("movw %[r], #0xbeef");
        DO("movt %[r], #0x1234"); DO("adr.w %[r], 1f\n1:\n\teor %[r], %[a]");
        AB("mul"); AB("sdiv"); AB("udiv"); ABR("mla"); ABR("mls");
        LONG("smull"); LONG("umull"); LONG("smlal"); LONG("umlal"); LONG("umaal");
        A("clz"); A("rbit"); A("rev"); A("rev16"); A("revsh");
        A("sxtb"); A("sxth"); A("uxtb"); A("uxth"); DO("sxtb %[r], %[a], ror #8");
        DO("uxth %[r], %[a], ror #24"); DO("sxth %[r], %[a], ror #16");
        DO("bfi %[r], %[a], #0, #1"); DO("bfi %[r], %[a], #7, #13"); DO("bfi %[r], %[a], #0, #32");
        DO("bfi %[r], %[a], #31, #1"); DO("bfc %[r], #3, #20"); DO("bfc %[r], #0, #32");
        DO("sbfx %[r], %[a], #0, #32"); DO("sbfx %[r], %[a], #31, #1"); DO("sbfx %[r], %[a], #5, #9");
        DO("ubfx %[r], %[a], #0, #32"); DO("ubfx %[r], %[a], #31, #1"); DO("ubfx %[r], %[a], #11, #17");
        DO("ssat %[r], #1, %[a]"); DO("ssat %[r], #32, %[a]"); DO("ssat %[r], #8, %[a], asr #4");
        DO("ssat %[r], #13, %[a], lsl #9"); DO("usat %[r], #0, %[a]"); DO("usat %[r], #31, %[a]");
        DO("usat %[r], #8, %[a], asr #31"); DO("usat %[r], #5, %[a], lsl #1");
        DO("itete eq\n\taddeq %[r], %[a], %[b]\n\tsubne %[r], %[a], %[b]\n\tmoveq %[r], %[r], lsl #1\n\tmvnne %[r], %[r]");
        DO("ittt hi\n\taddshi %[r], %[a]\n\tadchi %[r], %[r], %[b]\n\tcmphi %[r], %[a]");
        DO("itt le\n\tmulle %[r], %[r], %[a]\n\tcmple %[r], %[b]\n\tit vs\n\teorvs %[r], %[a]");
        DO("cmp %[a], %[b]\n\titee ge\n\tmovge %[r], %[a]\n\tmovlt %[r], %[b]\n\tsxtblt %[r], %[r]");
        DO("it cs\n\torrcs %[r], %[a]\n\tit mi\n\teormi %[r], %[b]\n\tit pl\n\taddpl %[r], #3\n\tit ls\n\tsubls %[r], #9");
        DO("cbz %[a], 1f\n\tadds %[r], #1\n1:\n\tbgt 2f\n\tadds %[r], #2\n2:\n\tbvc 3f\n\teors %[r], %[b]\n3:");
        DO("msr apsr_nzcvq, %[a]\n\tmsr apsr_g, %[b]");
        if (round % 1000 == 999) report("arithmetic", round);
        (void)d;
    }
}

#define FAMILY(op) AB("s" op); AB("q" op); AB("sh" op); AB("u" op); AB("uq" op); AB("uh" op)

void test_dsp(uint32_t rounds)
{
    for (uint32_t round = 0; round < rounds; round++) {
        uint32_t a = operand(), b = operand(), c = operand(), d = operand(), p = random32();
        FAMILY("add8"); FAMILY("add16"); FAMILY("asx"); FAMILY("sub8"); FAMILY("sub16"); FAMILY("sax");
        AB("sel"); DO("usub8 %[r], %[a], %[b]\n\tsel %[r], %[a], %[b]"); DO("sadd16 %[r], %[a], %[b]\n\tsel %[r], %[b], %[a]");
        AB("qadd"); AB("qsub"); AB("qdadd"); AB("qdsub");
        AB("smuad"); AB("smuadx"); AB("smusd"); AB("smusdx"); AB("smmul"); AB("smmulr"); AB("usad8");
        AB("smulbb"); AB("smulbt"); AB("smultb"); AB("smultt"); AB("smulwb"); AB("smulwt");
        ABR("smlad"); ABR("smladx"); ABR("smlsd"); ABR("smlsdx"); ABR("smmla"); ABR("smmlar");
        ABR("smmls"); ABR("smmlsr"); ABR("usada8"); ABR("smlabb"); ABR("smlabt"); ABR("smlatb");
        ABR("smlatt"); ABR("smlawb"); ABR("smlawt");
        LONG("smlald"); LONG("smlaldx"); LONG("smlsld"); LONG("smlsldx");
        LONG("smlalbb"); LONG("smlalbt"); LONG("smlaltb"); LONG("smlaltt");
        AB("sxtab"); AB("sxtah"); AB("uxtab"); AB("uxtah"); AB("sxtab16"); AB("uxtab16");
        DO("sxtab16 %[r], %[a], %[b], ror #8"); DO("uxtab16 %[r], %[a], %[b], ror #24");
        DO("sxtab %[r], %[a], %[b], ror #16"); DO("uxtah %[r], %[a], %[b], ror #8");
        A("sxtb16"); A("uxtb16"); DO("sxtb16 %[r], %[a], ror #8"); DO("uxtb16 %[r], %[a], ror #16");
        AB("pkhbt"); DO("pkhbt %[r], %[a], %[b], lsl #16"); DO("pkhbt %[r], %[a], %[b], lsl #3");
        AB("pkhtb"); DO("pkhtb %[r], %[a], %[b], asr #16"); DO("pkhtb %[r], %[a], %[b], asr #32");
        DO("ssat16 %[r], #1, %[a]"); DO("ssat16 %[r], #16, %[a]"); DO("ssat16 %[r], #9, %[a]");
        DO("usat16 %[r], #0, %[a]"); DO("usat16 %[r], #15, %[a]"); DO("usat16 %[r], #8, %[a]");
        if (round % 1000 == 999) report("dsp", round);
        (void)d;
    }
}

/* 16-bit encodings, inside and outside IT blocks. */
#define N(text)                                                                                        \
    do {                                                                                               \
        uint32_t r = c, f;                                                                             \
        __asm__ volatile("msr apsr_nzcvqg, %[p]\n\t" text "\n\tmrs %[f], apsr"                          \
                         : [r] "+&l"(r), [f] "=&l"(f)                                                  \
                         : [a] "l"(a), [b] "l"(b), [p] "r"(p)                                          \
                         : "cc");                                                                      \
        mix(r);                                                                                        \
        mix(f);                                                                                        \
    } while (0)
#define TWO(op) N(op "s.n %[r], %[a]"); N("it cc\n\t" op "cc.n %[r], %[a]")

void test_narrow(uint32_t rounds)
{
    for (uint32_t round = 0; round < rounds; round++) {
        uint32_t a = operand(), b = operand(), c = operand(), p = random32();
        TWO("and"); TWO("eor"); TWO("lsl"); TWO("lsr"); TWO("asr"); TWO("adc"); TWO("sbc"); TWO("ror");
        TWO("orr"); TWO("bic"); TWO("mvn");
        N("tst.n %[r], %[a]"); N("cmp.n %[r], %[a]"); N("cmn.n %[r], %[a]"); N("cmp.n %[r], #200");
        N("rsbs.n %[r], %[a], #0"); N("it hi\n\trsbhi.n %[r], %[a], #0"); N("muls.n %[r], %[a], %[r]");
        N("it lt\n\tmullt.n %[r], %[a], %[r]"); N("adds.n %[r], %[a], %[b]"); N("subs.n %[r], %[a], %[b]");
        N("adds.n %[r], %[a], #7"); N("subs.n %[r], %[a], #1"); N("adds.n %[r], #255"); N("subs.n %[r], #128");
        N("it ge\n\taddge.n %[r], %[a], %[b]"); N("it ne\n\tsubne.n %[r], #77"); N("movs.n %[r], #0x81");
        N("it eq\n\tmoveq.n %[r], #0x81"); N("movs.n %[r], %[a]"); N("mov.n %[r], %[a]"); N("add.n %[r], %[a]");
        N("lsls.n %[r], %[a], #1"); N("lsls.n %[r], %[a], #31"); N("lsrs.n %[r], %[a], #32"); N("lsrs.n %[r], %[a], #3");
        N("asrs.n %[r], %[a], #32"); N("asrs.n %[r], %[a], #8"); N("it mi\n\tlslmi.n %[r], %[a], #4");
        N("sxtb.n %[r], %[a]"); N("sxth.n %[r], %[a]"); N("uxtb.n %[r], %[a]"); N("uxth.n %[r], %[a]");
        N("rev.n %[r], %[a]"); N("rev16.n %[r], %[a]"); N("revsh.n %[r], %[a]");
        N("cbnz %[a], 1f\n\tadds.n %[r], #1\n1:"); N("b.n 1f\n\tadds.n %[r], #1\n1:");
        N("itttt vc\n\taddvc.n %[r], #1\n\tlslvc.n %[r], %[r], #1\n\teorvc.n %[r], %[a]\n\tcmpvc.n %[r], %[b]");
        if (round % 1000 == 999) report("narrow", round);
    }
}
