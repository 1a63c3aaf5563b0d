/* Sum of two maps. Either may be overwritten. */
typedef struct {
    int32_t zero_point[2], multiplier[2], shift[2];
    int32_t left_shift, output_multiplier, output_shift;
    ts_range range;
} ts_sum;

/* The reference's arithmetic, element by element. */
TS_INLINE int8_t ts_add_codes(int32_t a, int32_t b, const ts_sum *s)
{
    const int32_t factor = (int32_t)1 << s->left_shift;
    const int32_t x = ts_multiply((a - s->zero_point[0]) * factor, s->multiplier[0], s->shift[0]);
    const int32_t y = ts_multiply((b - s->zero_point[1]) * factor, s->multiplier[1], s->shift[1]);
    const int32_t v = ts_add(ts_multiply(ts_add(x, y), s->output_multiplier, s->output_shift), s->range.zero_point);
    return (int8_t)ts_clamp(v, s->range.min, s->range.max);
}

static void ts_add_plain(const int8_t *a, const int8_t *b, int8_t *out, int32_t channels, const ts_sum *s,
                         const ts_tile *t)
{
    a += t[0].y * t[0].in_stride + t[0].x * channels;
    b += t[1].y * t[1].in_stride + t[1].x * channels;
    out += t->out_offset;
    for (int32_t y = 0; y < t->out_h; y++, a += t[0].in_stride, b += t[1].in_stride, out += t->out_stride) {
        for (int32_t i = 0; i < t->out_w * channels; i++) {
            out[i] = ts_add_codes(a[i], b[i], s);
        }
    }
}
