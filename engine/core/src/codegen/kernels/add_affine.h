/* Sum of two maps as (a * x + b * y + c) >> shift, which the generator compared with the reference for all 65,536
   pairs of codes. Either map may be overwritten. */
typedef struct {
    int32_t a, b, c, shift;
    ts_range range;
} ts_affine_sum;

static void ts_add_affine(const int8_t *a, const int8_t *b, int8_t *out, int32_t channels, const ts_affine_sum *s,
                          const ts_tile *t)
{
    const int32_t fa = s->a, fb = s->b, fc = s->c, shift = s->shift;
    const int saturates = s->range.min == -128 && s->range.max == 127;
    a += t[0].y * t[0].in_stride + t[0].x * channels;
    b += t[1].y * t[1].in_stride + t[1].x * channels;
    out += t->out_offset;
    for (int32_t y = 0; y < t->out_h; y++, a += t[0].in_stride, b += t[1].in_stride, out += t->out_stride) {
        const int32_t count = t->out_w * channels;
        int32_t i = 0;
        if (saturates) {
            for (; i + 4 <= count; i += 4) {
                const int32_t v0 = (a[i] * fa + b[i] * fb + fc) >> shift;
                const int32_t v1 = (a[i + 1] * fa + b[i + 1] * fb + fc) >> shift;
                const int32_t v2 = (a[i + 2] * fa + b[i + 2] * fb + fc) >> shift;
                const int32_t v3 = (a[i + 3] * fa + b[i + 3] * fb + fc) >> shift;
                out[i] = (int8_t)ts_saturate(v0);
                out[i + 1] = (int8_t)ts_saturate(v1);
                out[i + 2] = (int8_t)ts_saturate(v2);
                out[i + 3] = (int8_t)ts_saturate(v3);
            }
        }
        for (; i < count; i++) {
            out[i] = (int8_t)ts_clamp((a[i] * fa + b[i] * fb + fc) >> shift, s->range.min, s->range.max);
        }
    }
}
