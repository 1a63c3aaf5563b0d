/* Types and single instructions that all kernels share. */

#if defined(__ARM_FEATURE_DSP) && defined(__GNUC__) && !defined(__ARM_BIG_ENDIAN) && !defined(TINYSCOPE_PORTABLE)
#define TS_DSP 1
#else
#define TS_DSP 0
#endif

/* The inner loops are written in the order that needs the fewest registers; gcc's first scheduler would spread them. */
#if TS_DSP && !defined(__clang__)
#pragma GCC optimize("no-schedule-insns")
#endif

#if defined(__GNUC__)
#define TS_INLINE static inline __attribute__((always_inline))
#define TS_ALIASES __attribute__((may_alias))
#define TS_KERNEL static __attribute__((noinline))
#else
#define TS_INLINE static inline
#define TS_ALIASES
#define TS_KERNEL static
#endif

/* Scratch is read and written through these. */
typedef int16_t TS_ALIASES ts_half;
typedef uint32_t TS_ALIASES ts_word;
typedef uint64_t TS_ALIASES ts_pair;

/* The part of the input that a step reads and the part of the output that it writes. Sizes in pixels, offsets and
   strides in bytes. (y, x) is where the window of the first output pixel starts, relative to the first input pixel:
   negative where it begins in the padding. */
typedef struct {
    int32_t out_offset;
    int32_t in_stride, out_stride;
    int16_t in_h, in_w, out_h, out_w;
    int16_t y, x;
} ts_tile;

/* Taps, stride and dilation of a window: vertical, horizontal. */
typedef struct {
    uint16_t kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w;
} ts_window;

/* Output zero point and clamp of a layer. */
typedef struct {
    int16_t zero_point, min, max;
} ts_range;

TS_INLINE int32_t ts_min(int32_t a, int32_t b) { return a < b ? a : b; }
TS_INLINE int32_t ts_max(int32_t a, int32_t b) { return a > b ? a : b; }
TS_INLINE int32_t ts_clamp(int32_t v, int32_t low, int32_t high) { return ts_min(ts_max(v, low), high); }

/* Accumulators wrap; signed overflow does not in C, so they are added as unsigned numbers. */
TS_INLINE int32_t ts_add(int32_t a, int32_t b) { return (int32_t)((uint32_t)a + (uint32_t)b); }

/* Copy a few bytes; short enough that a call would cost more. */
TS_INLINE void ts_copy(int8_t *to, const int8_t *from, int32_t bytes)
{
#if TS_DSP
    for (; bytes >= 4; bytes -= 4, to += 4, from += 4) {
        __builtin_memcpy(to, from, 4);
    }
#endif
    for (; bytes > 0; bytes--) {
        *to++ = *from++;
    }
}

#if TS_DSP
TS_INLINE uint32_t ts_load(const void *from)
{
    uint32_t word;
    __builtin_memcpy(&word, from, 4);
    return word;
}
/* Bytes 0 and 2, sign-extended to halfwords; bytes 1 and 3; the same added to halfwords. */
TS_INLINE uint32_t ts_sxtb16(uint32_t a)
{
    uint32_t d;
    __asm__("sxtb16 %0, %1" : "=r"(d) : "r"(a));
    return d;
}
TS_INLINE uint32_t ts_sxtb16_odd(uint32_t a)
{
    uint32_t d;
    __asm__("sxtb16 %0, %1, ror #8" : "=r"(d) : "r"(a));
    return d;
}
TS_INLINE uint32_t ts_sxtab16(uint32_t n, uint32_t a)
{
    uint32_t d;
    __asm__("sxtab16 %0, %1, %2" : "=r"(d) : "r"(n), "r"(a));
    return d;
}
TS_INLINE uint32_t ts_sxtab16_odd(uint32_t n, uint32_t a)
{
    uint32_t d;
    __asm__("sxtab16 %0, %1, %2, ror #8" : "=r"(d) : "r"(n), "r"(a));
    return d;
}
/* Low half of `low`, then low half of `high`; and the two high halves. */
TS_INLINE uint32_t ts_low_halves(uint32_t low, uint32_t high)
{
    uint32_t d;
    __asm__("pkhbt %0, %1, %2, lsl #16" : "=r"(d) : "r"(low), "r"(high));
    return d;
}
TS_INLINE uint32_t ts_high_halves(uint32_t low, uint32_t high)
{
    uint32_t d;
    __asm__("pkhtb %0, %1, %2, asr #16" : "=r"(d) : "r"(high), "r"(low));
    return d;
}
/* acc + a.low * b.low + a.high * b.high */
TS_INLINE int32_t ts_smlad(uint32_t a, uint32_t b, int32_t acc)
{
    int32_t d;
    __asm__("smlad %0, %1, %2, %3" : "=r"(d) : "r"(a), "r"(b), "r"(acc));
    return d;
}
/* acc + a.low * b.low, acc + a.high * b.low, acc + a.low * b.high */
TS_INLINE int32_t ts_smlabb(uint32_t a, uint32_t b, int32_t acc)
{
    int32_t d;
    __asm__("smlabb %0, %1, %2, %3" : "=r"(d) : "r"(a), "r"(b), "r"(acc));
    return d;
}
TS_INLINE int32_t ts_smlatb(uint32_t a, uint32_t b, int32_t acc)
{
    int32_t d;
    __asm__("smlatb %0, %1, %2, %3" : "=r"(d) : "r"(a), "r"(b), "r"(acc));
    return d;
}
TS_INLINE int32_t ts_smlabt(uint32_t a, uint32_t b, int32_t acc)
{
    int32_t d;
    __asm__("smlabt %0, %1, %2, %3" : "=r"(d) : "r"(a), "r"(b), "r"(acc));
    return d;
}
#endif

/* High word of a * b, rounded, plus c. */
TS_INLINE int32_t ts_smmlar(int32_t a, int32_t b, int32_t c)
{
#if TS_DSP
    int32_t d;
    __asm__("smmlar %0, %1, %2, %3" : "=r"(d) : "r"(a), "r"(b), "r"(c));
    return d;
#else
    return (int32_t)(((int64_t)a * b + INT64_C(0x80000000)) >> 32) + c;
#endif
}

/* High word of a * b, rounded down, plus c. */
TS_INLINE int32_t ts_smmla(int32_t a, int32_t b, int32_t c)
{
#if TS_DSP
    int32_t d;
    __asm__("smmla %0, %1, %2, %3" : "=r"(d) : "r"(a), "r"(b), "r"(c));
    return d;
#else
    return (int32_t)(((int64_t)a * b) >> 32) + c;
#endif
}

TS_INLINE int32_t ts_saturate(int32_t v)
{
#if TS_DSP
    int32_t d;
    __asm__("ssat %0, #8, %1" : "=r"(d) : "r"(v));
    return d;
#else
    return ts_clamp(v, -128, 127);
#endif
}

/* acc * multiplier * 2^(shift - 31) as the reference rounds it: a rounding doubling high multiply, then a rounding
   shift with ties away from zero. Multipliers are not negative. */
TS_INLINE int32_t ts_multiply(int32_t acc, int32_t multiplier, int32_t shift)
{
    const int32_t left = shift > 0 ? shift : 0;
    const int32_t right = shift > 0 ? 0 : -shift;
    const int32_t shifted = (int32_t)((uint32_t)acc << left);
    const int32_t high = (int32_t)(((int64_t)shifted * multiplier + (INT32_C(1) << 30)) >> 31);
    const int32_t mask = (int32_t)((UINT32_C(1) << right) - 1u);
    const int32_t threshold = (mask >> 1) + (high < 0 ? 1 : 0);
    return (high >> right) + ((high & mask) > threshold ? 1 : 0);
}

/* How a layer's accumulators become codes: as the reference does it step by step; as it rounds; or, a number that is not
   negative, by one multiplication and this right shift. All give the reference's bytes, which the generator proved for
   every accumulator that a channel can have: by |acc| < 2^30 and exponents from 1 to 22, or at every threshold.
   `last` is the reference's left shift, its right shift, or what is added to the product. From TS_MIXED on channels
   whose multiplier is negated are exact, the others have what the form exceeds TS_MIXED by. */
#define TS_ROUNDED (-1)
#define TS_EXACT (-2)
#define TS_MIXED 32

TS_INLINE int8_t ts_requantise_exactly(int32_t acc, int32_t multiplier, int32_t shift, const ts_range *range)
{
    return (int8_t)ts_clamp(ts_add(ts_multiply(acc, multiplier, shift), range->zero_point), range->min, range->max);
}

TS_INLINE int8_t ts_requantise(int32_t acc, const ts_channel *c, const ts_range *range, int form)
{
    if (form == TS_EXACT) {
        return ts_requantise_exactly(acc, c->multiplier, c->last, range);
    } else if (form >= TS_MIXED && c->multiplier < 0) {
        return ts_requantise_exactly(acc, -c->multiplier, c->last, range);
    } else if (form == TS_ROUNDED) {
        const int32_t centre = (int32_t)((uint32_t)(2 * range->zero_point + 1) << (c->last - 1));
        const int32_t v = ts_smmlar((int32_t)((uint32_t)acc * 2u), c->multiplier, centre) + (acc >> 31);
        return (int8_t)ts_saturate(v >> c->last);
    } else {
        return (int8_t)ts_saturate(ts_smmla(acc, c->multiplier, c->last) >> (form & (TS_MIXED - 1)));
    }
}
