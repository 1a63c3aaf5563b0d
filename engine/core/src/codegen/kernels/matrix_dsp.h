#if TS_DSP

/* Widened pixels lie as [tap pair][pixel], `step` pixels to a pair; behind the last pair of four pixels lies this, which
   no two codes make. */
#define TS_END 0x80008000u

TS_INLINE void ts_widen_word(uint32_t v, ts_word *to, int32_t step)
{
    to[0] = ts_sxtb16(v);
    to[step] = ts_sxtb16_odd(v);
}

/* `padded` is the number of taps with those that are zero, which `in` does not hold. */
TS_INLINE void ts_widen_pixel(const int8_t *in, int32_t taps, int32_t padded, ts_word *to, int32_t step)
{
    for (; taps >= 4; taps -= 4, padded -= 4, in += 4, to += 2 * step) {
        ts_widen_word(ts_load(in), to, step);
    }
    for (; padded > 0; padded -= 4, taps = 0, to += 2 * step) {
        uint32_t v = 0;
        for (int32_t i = 0; i < taps; i++) {
            v |= (uint32_t)(uint8_t)in[i] << 8 * i;
        }
        ts_widen_word(v, to, step);
    }
}

/* What the blocks below are told: channels, bytes from behind a pixel's pair of outputs to the next pixel's, whether the
   taps are a multiple of eight, 2 * zero point + 1, and where the widened pixels end. */
typedef struct {
    int32_t outputs, gap, whole, centre;
    const ts_word *end;
} ts_block;

/* The blocks multiply 4, 2 or 1 widened pixels with pairs of channels, and return where the words of the next pair are.
   Eight accumulators, two pointers and two words of either factor take all 14 registers, so that a block is written out,
   what does not change lies on the stack, and the end of a row of taps is seen in the data.

   16 multiplications take 8 SMLAD, one load and one extension of weights and two or four loads of pixels. Where
   instructions are issued in pairs every other instruction goes beside a SMLAD when it stands where the operands of that
   are long there, and LDRD goes alone: then four single loads cost nothing. Elsewhere LDRD saves two instructions.

   r0 pixels, r1 weights, r2 words, r3 weights of A, r12 and lr two pixels, r4-r7 sums of A, r8-r11 sums of B. */
#define TS_MAC(sum, w, x) "smlad " #sum ", " #w ", " #x ", " #sum "\n"
#define TS_MAC_FROM(sum, w, x, from) "smlad " #sum ", " #w ", " #x ", " #from "\n"

#if TS_DUAL_ISSUE
#define TS_PAIR_4(third, fourth, first, second)                                                                        \
    "sxtb16 r3, r1\n" TS_MAC(r8, r1, r12) TS_MAC(r9, r1, lr) TS_MAC(r4, r3, r12) "ldr r12, [r0, #" third "\n"          \
    TS_MAC(r5, r3, lr) "ldr lr, [r0, #" fourth "\n" TS_MAC(r10, r1, r12) TS_MAC(r11, r1, lr) "ldr r1, [r2], #4\n"      \
    TS_MAC(r6, r3, r12) "ldr r12, [r0, #" first "\n" TS_MAC(r7, r3, lr) "ldr lr, [r0, #" second "\n"
/* The same from the biases in r7 and r11. */
#define TS_FIRST_PAIR_4(third, fourth, first, second)                                                                  \
    "sxtb16 r3, r1\n" TS_MAC_FROM(r8, r1, r12, r11) TS_MAC_FROM(r9, r1, lr, r11) TS_MAC_FROM(r4, r3, r12, r7)          \
    "ldr r12, [r0, #" third "\n" TS_MAC_FROM(r5, r3, lr, r7) "ldr lr, [r0, #" fourth "\n"                              \
    TS_MAC_FROM(r10, r1, r12, r11) TS_MAC(r11, r1, lr) "ldr r1, [r2], #4\n" TS_MAC_FROM(r6, r3, r12, r7)               \
    "ldr r12, [r0, #" first "\n" TS_MAC(r7, r3, lr) "ldr lr, [r0, #" second "\n"
#else
#define TS_PAIR_4(third, fourth, first, second)                                                                        \
    "sxtb16 r3, r1\n" TS_MAC(r8, r1, r12) TS_MAC(r9, r1, lr) TS_MAC(r4, r3, r12) TS_MAC(r5, r3, lr)                    \
    "ldrd r12, lr, [r0, #" third "\n" TS_MAC(r10, r1, r12) TS_MAC(r11, r1, lr) TS_MAC(r6, r3, r12) TS_MAC(r7, r3, lr)  \
    "ldrd r12, lr, [r0, #" first "\nldr r1, [r2], #4\n"
#define TS_FIRST_PAIR_4(third, fourth, first, second)                                                                  \
    "sxtb16 r3, r1\n" TS_MAC_FROM(r8, r1, r12, r11) TS_MAC_FROM(r9, r1, lr, r11) TS_MAC_FROM(r4, r3, r12, r7)          \
    TS_MAC_FROM(r5, r3, lr, r7) "ldrd r12, lr, [r0, #" third "\n" TS_MAC_FROM(r10, r1, r12, r11) TS_MAC(r11, r1, lr)   \
    TS_MAC_FROM(r6, r3, r12, r7) TS_MAC(r7, r3, lr) "ldrd r12, lr, [r0, #" first "\nldr r1, [r2], #4\n"
#endif
#define TS_TAPS_4 TS_PAIR_4("8]", "12]", "16]", "20]") TS_PAIR_4("24]", "28]", "32]!", "4]")
#define TS_FIRST_TAPS_4 TS_FIRST_PAIR_4("8]", "12]", "16]", "20]") TS_PAIR_4("24]", "28]", "32]!", "4]")

/* On the stack: pixels, output, end of the output's channels, gap, whole, centre, end of the pixels. */
#define TS_ENTER "push {r4-r11, lr}\nldm r3, {r4-r8}\nadd r4, r4, r1\npush {r0, r1, r4-r8}\n"
#define TS_LEAVE "add sp, sp, #28\nmov r0, r2\npop {r4-r11, pc}\n"

/* Behind the last taps r1 is the first word after the weights. */
#define TS_BLOCK_4(finish)                                                                                             \
    TS_ENTER ".p2align 2\n1:\nldrd r7, r11, [r2], #8\nldr r0, [sp]\nldr r1, [r2], #4\nldrd r12, lr, [r0]\n"            \
    TS_FIRST_TAPS_4 "ldr r3, [sp, #16]\ncbnz r3, 3f\n.p2align 2\n2:\n" TS_TAPS_4 "3:\n" TS_TAPS_4                      \
    "cmp r12, #0x80008000\nbne 2b\n" finish TS_LEAVE

/* Two pixels: sums of A in r4, r5, of B in r8, r9; words of weights alternate between r1 and r6, pixels between r12, lr
   and r7, r10; r11 is the end. */
#define TS_BLOCK_2(finish)                                                                                             \
    TS_ENTER ".p2align 2\n1:\nldrd r5, r9, [r2], #8\nldr r0, [sp]\nldr r1, [r2], #4\nldr r11, [sp, #24]\n"             \
    "ldrd r12, lr, [r0]\nmov r4, r5\nmov r8, r9\n.p2align 2\n2:\n"                                                     \
    "sxtb16 r3, r1\n" TS_MAC(r8, r1, r12) "ldr r6, [r2], #4\n" TS_MAC(r9, r1, lr) "ldr r7, [r0, #8]\n"                 \
    TS_MAC(r4, r3, r12) "ldr r10, [r0, #12]\n" TS_MAC(r5, r3, lr)                                                      \
    "sxtb16 r3, r6\n" TS_MAC(r8, r6, r7) "ldr r1, [r2], #4\n" TS_MAC(r9, r6, r10) "ldr r12, [r0, #16]!\n"              \
    TS_MAC(r4, r3, r7) "ldr lr, [r0, #4]\n" TS_MAC(r5, r3, r10) "cmp r0, r11\nbne 2b\n" finish TS_LEAVE

/* One pixel: sums in r4 and r8, two words of weights in r1 and r6, two of pixels in r12 and lr. */
#define TS_BLOCK_1(finish)                                                                                             \
    TS_ENTER ".p2align 2\n1:\nldrd r4, r8, [r2], #8\nldr r0, [sp]\nldr r11, [sp, #24]\nldrd r1, r6, [r2], #8\n"        \
    "ldrd r12, lr, [r0]\n.p2align 2\n2:\n"                                                                             \
    "sxtb16 r3, r1\n" TS_MAC(r8, r1, r12) "sxtb16 r7, r6\n" TS_MAC(r8, r6, lr) "ldr r1, [r2], #4\n"                    \
    TS_MAC(r4, r3, r12) "ldr r12, [r0, #8]!\n" TS_MAC(r4, r7, lr) "ldr r6, [r2], #4\nldr lr, [r0, #4]\n"               \
    "cmp r0, r11\nbne 2b\nsub r2, r2, #4\n" finish TS_LEAVE

/* Output pointer in r0, its end in r3, the gap in r1: store a pixel's two codes, step to the next pixel. */
#define TS_STORE(a, b) "strb " #a ", [r0], #1\nstrb " #b ", [r0], #1\n"
#define TS_NEXT "add r0, r0, r1\n"
#define TS_PLACES "ldrd r0, r3, [sp, #4]\nldr r1, [sp, #12]\n"
#define TS_DONE "str r0, [sp, #4]\ncmp r0, r3\n"

/* Affine: r1 = M_A. A product and a shift that saturates. */
#define TS_SUB(b, a) "sub " #b ", " #b ", " #a "\n"
#define TS_A(sum) "smmla " #sum ", " #sum ", r1, r3\n"
#define TS_B(sum) "smmla " #sum ", " #sum ", r12, lr\n"
#define TS_SAT(sum, shift) "ssat " #sum ", #8, " #sum ", asr #" shift "\n"
#define TS_AFFINE_4(as, bs)                                                                                            \
    "ldr r3, [r2], #4\n" TS_SUB(r8, r4) "ldrd r12, lr, [r2], #8\n" TS_SUB(r9, r5) TS_A(r4) TS_SUB(r10, r6) TS_A(r5)    \
    TS_SUB(r11, r7) TS_A(r6) TS_SAT(r4, as) TS_A(r7) TS_SAT(r5, as) TS_B(r8) TS_SAT(r6, as) TS_B(r9) TS_SAT(r7, as)    \
    TS_B(r10) TS_PLACES TS_B(r11) TS_SAT(r8, bs) TS_STORE(r4, r8) TS_DONE TS_NEXT TS_SAT(r9, bs) TS_STORE(r5, r9)      \
    TS_NEXT TS_SAT(r10, bs) TS_STORE(r6, r10) TS_NEXT TS_SAT(r11, bs) TS_STORE(r7, r11) "bne 1b\n"
#define TS_AFFINE_2(as, bs)                                                                                            \
    "ldr r3, [r2], #4\nldrd r12, lr, [r2], #8\n" TS_SUB(r8, r4) TS_A(r4) TS_SUB(r9, r5) TS_A(r5) TS_SAT(r4, as)        \
    TS_B(r8) TS_SAT(r5, as) TS_B(r9) TS_PLACES TS_SAT(r8, bs) TS_STORE(r4, r8) TS_DONE TS_NEXT TS_SAT(r9, bs)          \
    TS_STORE(r5, r9) "bne 1b\n"
#define TS_AFFINE_1(as, bs)                                                                                            \
    "ldr r3, [r2], #4\nldrd r12, lr, [r2], #8\n" TS_SUB(r8, r4) TS_A(r4) TS_B(r8) TS_SAT(r4, as) TS_SAT(r8, bs)        \
    "ldrd r0, r3, [sp, #4]\n" TS_STORE(r4, r8) TS_DONE "bne 1b\n"

/* Rounded: r1 = M_A. The doubled sum's high product, rounded, plus zero point and half; less one where the sum is
   negative, for ties go away from zero. lr holds the exponents. */
#define TS_EXPONENTS "ldr lr, [r2], #4\nldr r3, [sp, #20]\nlsl r3, r3, lr\n"
#define TS_EXPONENTS_B "ldr r1, [r2], #8\nldr r3, [sp, #20]\nlsr lr, lr, #8\nlsl r3, r3, lr\n"
#define TS_DOUBLE(to, sum) "add " #to ", " #sum ", " #sum "\n"
#define TS_HALVE(to, sum) "asr " #to ", " #sum ", #7\n"
#define TS_HIGH(to) "smmlar " #to ", " #to ", r1, r3\n"
#define TS_SIGN(sum, from) "add " #sum ", " #from ", " #sum ", asr #31\nasr " #sum ", " #sum ", lr\n"
#define TS_ROUND_2(double, s0, s1)                                                                                     \
    double(r0, s0) double(r12, s1) TS_HIGH(r0) TS_HIGH(r12) TS_SIGN(s0, r0) TS_SAT(s0, "1") TS_SIGN(s1, r12)           \
    TS_SAT(s1, "1")
#define TS_ROUND_1(double, s0) double(r0, s0) TS_HIGH(r0) TS_SIGN(s0, r0) TS_SAT(s0, "1")
#define TS_ROUNDED_4                                                                                                   \
    TS_EXPONENTS TS_SUB(r8, r4) TS_SUB(r9, r5) TS_SUB(r10, r6) TS_SUB(r11, r7) TS_ROUND_2(TS_DOUBLE, r4, r5)           \
    TS_ROUND_2(TS_DOUBLE, r6, r7) TS_EXPONENTS_B TS_ROUND_2(TS_HALVE, r8, r9) TS_ROUND_2(TS_HALVE, r10, r11) TS_PLACES \
    TS_STORE(r4, r8) TS_DONE TS_NEXT TS_STORE(r5, r9) TS_NEXT TS_STORE(r6, r10) TS_NEXT TS_STORE(r7, r11) "bne 1b\n"
#define TS_ROUNDED_2                                                                                                   \
    TS_EXPONENTS TS_SUB(r8, r4) TS_SUB(r9, r5) TS_ROUND_2(TS_DOUBLE, r4, r5) TS_EXPONENTS_B                            \
    TS_ROUND_2(TS_HALVE, r8, r9) TS_PLACES TS_STORE(r4, r8) TS_DONE TS_NEXT TS_STORE(r5, r9) "bne 1b\n"
#define TS_ROUNDED_1                                                                                                   \
    TS_EXPONENTS TS_SUB(r8, r4) TS_ROUND_1(TS_DOUBLE, r4) TS_EXPONENTS_B TS_ROUND_1(TS_HALVE, r8)                      \
    "ldrd r0, r3, [sp, #4]\n" TS_STORE(r4, r8) TS_DONE "bne 1b\n"

/* A block as a function of its own. */
#define TS_NAKED static __attribute__((naked, noinline, unused))
#define TS_DEFINE_BLOCK(name, text)                                                                                    \
    TS_NAKED const uint32_t *name(__attribute__((unused)) const ts_word *pixels,                                       \
                                  __attribute__((unused)) int8_t *out,                                                 \
                                  __attribute__((unused)) const uint32_t *words,                                       \
                                  __attribute__((unused)) const ts_block *block)                                       \
    {                                                                                                                  \
        __asm__(".syntax unified\n" text);                                                                             \
    }

/* One widened pixel, the reference's steps one by one. */
TS_INLINE const uint32_t *ts_exact_pixel(const ts_word *pixel, int32_t step, int8_t *out, const uint32_t *w,
                                         const ts_matrix *m, int32_t outputs)
{
    for (; outputs > 0; outputs -= 2, out += 2) {
        const ts_word *x = pixel;
        int32_t a = (int32_t)w[0], b = (int32_t)w[1];
        w += 2;
        for (int32_t pairs = ts_padded_taps(m) / 2; pairs > 0; pairs--, w++, x += step) {
            a = ts_smlad(ts_sxtb16(*w), *x, a);
            b = ts_smlad(ts_sxtb16_odd(*w), *x, b);
        }
        out[0] = ts_matrix_code(a, w, &m->range, TS_EXACT, 0);
        out[1] = ts_matrix_code(b, w, &m->range, TS_EXACT, 1);
        w += 4;
    }
    return w;
}

/* Pairs of channels of some widened pixels, `stride` bytes from pixel to pixel. */
typedef const uint32_t *(*ts_block_run)(const ts_word *pixels, int8_t *out, const uint32_t *words,
                                        const ts_block *block);
struct ts_blocks {
    ts_block_run four, two, one;
};

TS_INLINE const uint32_t *ts_matrix_pairs(const ts_word *wide, int32_t pixels, int8_t *out, int32_t stride,
                                          const uint32_t *w, int32_t outputs, const ts_matrix *m,
                                          const ts_blocks *run, int form)
{
    if (form == TS_EXACT) {
        const uint32_t *next = w;
        for (int32_t p = 0; p < pixels; p++, out += stride) {
            next = ts_exact_pixel(wide + p, pixels, out, w, m, outputs);
        }
        return next;
    }
    const int32_t padded = ts_padded_taps(m);
    const ts_block block = {outputs, stride - 2, (padded & 4) == 0, 2 * m->range.zero_point + 1,
                            wide + padded / 2 * pixels};
    return (pixels == 4 ? run->four : pixels == 2 ? run->two : run->one)(wide, out, w, &block);
}

/* All outputs of some widened pixels. */
TS_INLINE void ts_matrix_pixels(const ts_word *wide, int32_t pixels, int8_t *out, const ts_matrix *m,
                                const ts_blocks *run, int form)
{
    const int32_t outputs = m->outputs, even = outputs & ~1;
    const uint32_t *w = m->words;
    if (even != 0) {
        w = ts_matrix_pairs(wide, pixels, out, outputs, w, even, m, run, form);
    }
    if (even != outputs) {
        int8_t last[8];
        ts_matrix_pairs(wide, pixels, last, 2, w, 2, m, run, form);
        for (int32_t p = 0; p < pixels; p++) {
            out[p * outputs + even] = last[2 * p];
        }
    }
}

#endif
