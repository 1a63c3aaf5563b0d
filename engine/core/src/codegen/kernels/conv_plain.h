/* Convolution without scratch. Weights in the order output channel, row, column, input channel. */
typedef struct {
    const int8_t *weights;
    const ts_channel *channels;
    int32_t inputs, outputs;
    ts_window window;
    ts_range range;
    int16_t input_zero_point;
    /* Of the general form only: zero point of the weights, input and output channels of a group. */
    int16_t weight_zero_point;
    int32_t depth, per_group;
} ts_conv;

TS_INLINE void ts_conv_run(const int8_t *in, int8_t *out, const ts_conv *l, const ts_tile *t, int general)
{
    const ts_window *const w = &l->window;
    const int32_t depth = general ? l->depth : l->inputs;
    const int32_t zero = general ? l->weight_zero_point : 0;
    out += t->out_offset;
    for (int32_t row = 0; row < t->out_h; row++) {
        for (int32_t col = 0; col < t->out_w; col++) {
            const int32_t y = t->y + row * w->stride_h, x = t->x + col * w->stride_w;
            const int8_t *weight = l->weights;
            for (int32_t n = 0; n < l->outputs; n++) {
                const int32_t first = general ? n / l->per_group * depth : 0;
                int32_t acc = l->channels[n].bias;
                for (int32_t ky = 0; ky < w->kernel_h; ky++) {
                    const int32_t iy = y + ky * w->dilation_h;
                    for (int32_t kx = 0; kx < w->kernel_w; kx++, weight += depth) {
                        const int32_t ix = x + kx * w->dilation_w;
                        if (iy < 0 || iy >= t->in_h || ix < 0 || ix >= t->in_w) {
                            continue;
                        }
                        const int8_t *const pixel = in + iy * t->in_stride + ix * l->inputs + first;
                        for (int32_t c = 0; c < depth; c++) {
                            acc = ts_add(acc, (weight[c] - zero) * (pixel[c] - l->input_zero_point));
                        }
                    }
                }
                out[row * t->out_stride + col * l->outputs + n] =
                    ts_requantise(acc, l->channels + n, &l->range, TS_EXACT);
            }
        }
    }
}
