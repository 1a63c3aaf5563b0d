/* Two tensors, element by element. */
typedef struct {
    int32_t zero_point[2], multiplier[2], shift[2];
    int32_t left_shift, output_multiplier, output_shift;
    ts_range range;
} ts_binary;

enum { TS_SUM, TS_DIFFERENCE, TS_PRODUCT, TS_MAXIMUM, TS_MINIMUM };

/* The reference's arithmetic. */
TS_INLINE int8_t ts_combine(int32_t a, int32_t b, const ts_binary *s, int kind)
{
    if (kind == TS_MAXIMUM) {
        return (int8_t)ts_max(a, b);
    }
    if (kind == TS_MINIMUM) {
        return (int8_t)ts_min(a, b);
    }
    a -= s->zero_point[0];
    b -= s->zero_point[1];
    int32_t v = a * b;
    if (kind != TS_PRODUCT) {
        const int32_t factor = (int32_t)1 << s->left_shift;
        const int32_t x = ts_multiply(a * factor, s->multiplier[0], s->shift[0]);
        const int32_t y = ts_multiply(b * factor, s->multiplier[1], s->shift[1]);
        v = kind == TS_SUM ? ts_add(x, y) : (int32_t)((uint32_t)x - (uint32_t)y);
    }
    v = ts_add(ts_multiply(v, s->output_multiplier, s->output_shift), s->range.zero_point);
    return (int8_t)ts_clamp(v, s->range.min, s->range.max);
}

/* By pixel. An operand of one row, column or channel serves all of them. `channels` of the operands and the output. */
TS_INLINE void ts_binary_rows(const int8_t *a, const int8_t *b, int8_t *out, const int16_t *channels,
                              const ts_binary *s, const ts_tile *t, int kind)
{
    const int32_t row_a = t[0].in_h == 1 ? 0 : t[0].in_stride, row_b = t[1].in_h == 1 ? 0 : t[1].in_stride;
    const int32_t pixel_a = t[0].in_w == 1 ? 0 : channels[0], pixel_b = t[1].in_w == 1 ? 0 : channels[1];
    const int32_t step_a = channels[0] == 1 ? 0 : 1, step_b = channels[1] == 1 ? 0 : 1;
    a += t[0].y * row_a + t[0].x * pixel_a;
    b += t[1].y * row_b + t[1].x * pixel_b;
    out += t->out_offset;
    for (int32_t y = 0; y < t->out_h; y++, a += row_a, b += row_b, out += t->out_stride) {
        for (int32_t x = 0; x < t->out_w; x++) {
            const int8_t *const pa = a + x * pixel_a;
            const int8_t *const pb = b + x * pixel_b;
            int8_t *const to = out + x * channels[2];
            for (int32_t c = 0; c < channels[2]; c++) {
                to[c] = ts_combine(pa[c * step_a], pb[c * step_b], s, kind);
            }
        }
    }
}
