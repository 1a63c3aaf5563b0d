/* Largest of the taps that lie in the map. */
static void ts_max_pool(const int8_t *in, int8_t *out, int32_t channels, const ts_window *w, const ts_range *range,
                        const ts_tile *t)
{
    out += t->out_offset;
    for (int32_t row = 0; row < t->out_h; row++) {
        for (int32_t col = 0; col < t->out_w; col++) {
            const int32_t y = t->y + row * w->stride_h, x = t->x + col * w->stride_w;
            const int32_t y0 = ts_max(y, 0), y1 = ts_min(y + w->kernel_h, t->in_h);
            const int32_t x0 = ts_max(x, 0), x1 = ts_min(x + w->kernel_w, t->in_w);
            for (int32_t c = 0; c < channels; c++) {
                int32_t largest = -128;
                for (int32_t iy = y0; iy < y1; iy++) {
                    for (int32_t ix = x0; ix < x1; ix++) {
                        largest = ts_max(largest, in[iy * t->in_stride + ix * channels + c]);
                    }
                }
                out[row * t->out_stride + col * channels + c] = (int8_t)ts_clamp(largest, range->min, range->max);
            }
        }
    }
}
