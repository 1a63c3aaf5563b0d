/* In portable C the weights of a channel stay as they are and every tap is one product. */
TS_INLINE void ts_weights_portable(const int8_t *from, ts_word *to, int32_t taps)
{
    ts_half *const halves = (ts_half *)(void *)to;
    for (int32_t k = 0; k < taps; k++) {
        halves[k] = from[k];
    }
}

TS_INLINE void ts_run_portable(const ts_half *plane, int32_t row, int32_t ky, int32_t ky_end, const ts_word *weights,
                               int8_t *out, int32_t step, int32_t pixels, const ts_channel *channel,
                               const ts_range *range, int form, int32_t kernel_w, int32_t stride_w)
{
    const ts_half *const w = (const ts_half *)(const void *)weights;
    for (int32_t p = 0; p < pixels; p++, plane += stride_w, out += step) {
        int32_t acc = channel->bias;
        for (int32_t y = ky; y < ky_end; y++) {
            for (int32_t x = 0; x < kernel_w; x++) {
                acc = ts_add(acc, plane[y * row + x] * w[y * kernel_w + x]);
            }
        }
        *out = ts_requantise(acc, channel, range, form);
    }
}
