/* Softmax over rows in gemmlowp fixed point: Q5.26 differences, Q0.31 exponentials, a Q12.19 sum, three Newton steps
   for its reciprocal. Output scale 1/256, zero point -128. */
static int32_t ts_high_multiply(int32_t a, int32_t b)
{
    return (int32_t)(((int64_t)a * b + (INT32_C(1) << 30)) >> 31);
}

static int32_t ts_rounding_shift(int32_t x, int32_t exponent)
{
    const int32_t mask = (int32_t)((UINT32_C(1) << exponent) - 1u);
    const int32_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
    return (x >> exponent) + ((x & mask) > threshold ? 1 : 0);
}

static int32_t ts_saturating_shift(int32_t x, int32_t exponent)
{
    const int32_t limit = INT32_MAX >> exponent;
    if (x > limit) {
        return INT32_MAX;
    }
    return x < -limit - 1 ? INT32_MIN : (int32_t)((uint32_t)x << exponent);
}

/* exp(a) in Q0.31 for a <= 0 in Q5.26: a polynomial around -1/8, then a factor for each bit of the rest. */
static int32_t ts_exp_negative(int32_t a)
{
    static const int32_t factors[7] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
    const int32_t quarter = INT32_C(1) << 24, exp_minus_eighth = 1895147668, third = 715827883;
    if (a == 0) {
        return INT32_MAX;
    }
    const int32_t within = (a & (quarter - 1)) - quarter;
    const int32_t x = ts_add(ts_saturating_shift(within, 5), INT32_C(1) << 28);
    const int32_t x2 = ts_high_multiply(x, x);
    const int32_t x3 = ts_high_multiply(x2, x);
    const int32_t x4 = ts_rounding_shift(ts_high_multiply(x2, x2), 2);
    const int32_t tail = ts_rounding_shift(ts_add(ts_high_multiply(ts_add(x4, x3), third), x2), 1);
    int32_t result = ts_add(exp_minus_eighth, ts_high_multiply(exp_minus_eighth, ts_add(x, tail)));
    const int32_t rest = within - a;
    for (int32_t k = 0; k < 7; k++) {
        if ((rest & (int32_t)((uint32_t)quarter << k)) != 0) {
            result = ts_high_multiply(result, factors[k]);
        }
    }
    return result;
}

/* 1 / (1 + a) in Q0.31 for a in [0, 1), Q0.31. */
static int32_t ts_reciprocal_of_one_plus(int32_t a)
{
    const int32_t half = (int32_t)(((int64_t)a + INT32_MAX + 1) / 2);
    int32_t x = ts_add(1515870810, ts_high_multiply(half, -1010580540));
    for (int i = 0; i < 3; i++) {
        const int32_t error = (INT32_C(1) << 29) - ts_high_multiply(half, x);
        x = ts_add(x, ts_saturating_shift(ts_high_multiply(x, error), 2));
    }
    return ts_saturating_shift(x, 1);
}

static int32_t ts_softmax_exp(int32_t difference, int32_t multiplier, int32_t shift)
{
    return ts_exp_negative(ts_high_multiply((int32_t)((uint32_t)difference << shift), multiplier));
}

static void ts_softmax(const int8_t *in, int8_t *out, int32_t rows, int32_t depth, int32_t multiplier, int32_t shift,
                       int32_t diff_min)
{
    for (; rows > 0; rows--, in += depth, out += depth) {
        int32_t largest = in[0];
        for (int32_t i = 1; i < depth; i++) {
            largest = ts_max(largest, in[i]);
        }
        int32_t sum = 0;
        for (int32_t i = 0; i < depth; i++) {
            if (in[i] - largest >= diff_min) {
                sum = ts_add(sum, ts_rounding_shift(ts_softmax_exp(in[i] - largest, multiplier, shift), 12));
            }
        }
        int32_t headroom = 0;
        while (headroom < 31 && (((uint32_t)sum << headroom) & UINT32_C(0x80000000)) == 0) {
            headroom++;
        }
        const int32_t scale = ts_reciprocal_of_one_plus((int32_t)(((uint32_t)sum << headroom) - UINT32_C(0x80000000)));
        const int32_t right = ts_clamp(12 - headroom + 31 - 8, 0, 31);
        for (int32_t i = 0; i < depth; i++) {
            int32_t code = -128;
            if (in[i] - largest >= diff_min) {
                const int32_t e = ts_softmax_exp(in[i] - largest, multiplier, shift);
                code = ts_clamp(ts_rounding_shift(ts_high_multiply(scale, e), right) - 128, -128, 127);
            }
            out[i] = (int8_t)code;
        }
    }
}
