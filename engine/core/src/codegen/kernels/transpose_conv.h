/* Transposed convolution of a whole map: each output pixel gathers the input pixels whose taps reach it. Weights in the
   order output channel, row, column, input channel. */
typedef struct {
    const int8_t *weights;
    const ts_channel *channels;
    int32_t inputs, outputs;
    ts_window window;
    ts_range range;
    int16_t input_zero_point, weight_zero_point;
    int16_t top, left; /* output rows and columns that are not kept */
} ts_transposed;

static void ts_transpose_conv(const int8_t *in, int8_t *out, const ts_transposed *l, const ts_tile *t)
{
    const ts_window *const w = &l->window;
    const int32_t taps = w->kernel_h * w->kernel_w * l->inputs;
    for (int32_t row = 0; row < t->out_h; row++) {
        for (int32_t col = 0; col < t->out_w; col++) {
            const int32_t y = row + l->top, x = col + l->left;
            const int8_t *weights = l->weights;
            for (int32_t n = 0; n < l->outputs; n++, weights += taps) {
                int32_t acc = l->channels[n].bias;
                for (int32_t ky = y % w->stride_h; ky < w->kernel_h; ky += w->stride_h) {
                    const int32_t iy = (y - ky) / w->stride_h;
                    for (int32_t kx = x % w->stride_w; kx < w->kernel_w; kx += w->stride_w) {
                        const int32_t ix = (x - kx) / w->stride_w;
                        if (iy < 0 || iy >= t->in_h || ix < 0 || ix >= t->in_w) {
                            continue;
                        }
                        const int8_t *const weight = weights + (ky * w->kernel_w + kx) * l->inputs;
                        const int8_t *const pixel = in + iy * t->in_stride + ix * l->inputs;
                        for (int32_t c = 0; c < l->inputs; c++) {
                            acc = ts_add(acc, (weight[c] - l->weight_zero_point) * (pixel[c] - l->input_zero_point));
                        }
                    }
                }
                *out++ = ts_requantise(acc, l->channels + n, &l->range, TS_EXACT);
            }
        }
    }
}
