/* Sum of two maps with the reference's roundings, which the generator compared for all 65,536 pairs of codes: codes of the
   larger scale are shifted, the others multiplied, and then the sum. Either map may be overwritten. */
typedef struct {
    int32_t shifted, zero_shifted, zero_other;
    int32_t multiplier, right, sum_multiplier, sum_right;
    int32_t zero_point;
} ts_rounded_sum;

/* Half of the 2^20 that differences from the zero points are multiplied by. */
#define TS_SUM_UNIT (INT32_C(1) << 19)

/* What stays the same from element to element. */
typedef struct {
    int32_t zero_x, zero_y, multiplier, half, right, sum_multiplier, centre, sum_right;
} ts_rounded_parts;

TS_INLINE int32_t ts_add_rounded_codes(int32_t x, int32_t y, const ts_rounded_parts *k)
{
    /* Twice the difference from the zero point, as the product wants it. */
    const int32_t twice = y * TS_SUM_UNIT * 4 - k->zero_y;
    const int32_t other = (ts_smmlar(twice, k->multiplier, k->half) + (twice >> 31)) >> k->right;
    const int32_t sum = x * TS_SUM_UNIT - k->zero_x + other;
    const int32_t code = ts_smmlar((int32_t)((uint32_t)sum * 2u), k->sum_multiplier, k->centre) + (sum >> 31);
    return ts_saturate(code >> k->sum_right);
}

static void ts_add_rounded(const int8_t *a, const int8_t *b, int8_t *out, int32_t channels, const ts_rounded_sum *s,
                           const ts_tile *t)
{
    const int32_t second = s->shifted;
    const ts_tile *const tx = t + second, *const ty = t + (1 - second);
    const int8_t *x = (second ? b : a) + tx->y * tx->in_stride + tx->x * channels;
    const int8_t *y = (second ? a : b) + ty->y * ty->in_stride + ty->x * channels;
    const ts_rounded_parts k = {s->zero_shifted * TS_SUM_UNIT,
                                s->zero_other * TS_SUM_UNIT * 4,
                                s->multiplier,
                                (int32_t)1 << (s->right - 1),
                                s->right,
                                s->sum_multiplier,
                                (int32_t)((uint32_t)(2 * s->zero_point + 1) << (s->sum_right - 1)),
                                s->sum_right};
    out += t->out_offset;
    for (int32_t row = 0; row < t->out_h; row++, x += tx->in_stride, y += ty->in_stride, out += t->out_stride) {
        const int32_t count = t->out_w * channels;
        int32_t i = 0;
        for (; i + 2 <= count; i += 2) {
            const int32_t v0 = ts_add_rounded_codes(x[i], y[i], &k);
            const int32_t v1 = ts_add_rounded_codes(x[i + 1], y[i + 1], &k);
            out[i] = (int8_t)v0;
            out[i + 1] = (int8_t)v1;
        }
        for (; i < count; i++) {
            out[i] = (int8_t)ts_add_rounded_codes(x[i], y[i], &k);
        }
    }
}
