/* Depthwise convolution without scratch. Weights in the order row, column, output channel. */
typedef struct {
    const int8_t *weights;
    const ts_channel *channels;
    int32_t inputs, multiplier;
    ts_window window;
    ts_range range;
    int16_t input_zero_point;
    /* Of the general form only. */
    int16_t weight_zero_point;
} ts_depthwise;

TS_INLINE void ts_depthwise_run(const int8_t *in, int8_t *out, const ts_depthwise *l, const ts_tile *t, int general)
{
    const ts_window *const w = &l->window;
    const int32_t outputs = l->inputs * l->multiplier;
    const int32_t zero = general ? l->weight_zero_point : 0;
    out += t->out_offset;
    for (int32_t row = 0; row < t->out_h; row++) {
        for (int32_t col = 0; col < t->out_w; col++) {
            const int32_t y = t->y + row * w->stride_h, x = t->x + col * w->stride_w;
            for (int32_t n = 0; n < outputs; n++) {
                int32_t acc = l->channels[n].bias;
                for (int32_t ky = 0; ky < w->kernel_h; ky++) {
                    const int32_t iy = y + ky * w->dilation_h;
                    for (int32_t kx = 0; kx < w->kernel_w; kx++) {
                        const int32_t ix = x + kx * w->dilation_w;
                        if (iy < 0 || iy >= t->in_h || ix < 0 || ix >= t->in_w) {
                            continue;
                        }
                        const int32_t code = in[iy * t->in_stride + ix * l->inputs + n / l->multiplier];
                        const int32_t weight = l->weights[(ky * w->kernel_w + kx) * outputs + n] - zero;
                        acc = ts_add(acc, weight * (code - l->input_zero_point));
                    }
                }
                out[row * t->out_stride + col * outputs + n] =
                    ts_requantise(acc, l->channels + n, &l->range, TS_EXACT);
            }
        }
    }
}
