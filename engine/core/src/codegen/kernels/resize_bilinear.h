/* The four pixels around. `rows` and `columns` have three numbers to a pixel of the output: the pixel before it, the one
   behind it, and the weight of the latter in 1/1024. Rounded half away from zero. */
static void ts_resize_bilinear(const int8_t *in, int8_t *out, int32_t channels, const int16_t *rows,
                               const int16_t *columns, const ts_tile *t)
{
    const int32_t one = 1 << 20, half = 1 << 19;
    for (int32_t y = 0; y < t->out_h; y++) {
        const int8_t *const above = in + rows[3 * y] * t->in_stride;
        const int8_t *const below = in + rows[3 * y + 1] * t->in_stride;
        const int32_t down = rows[3 * y + 2], up = 1024 - down;
        for (int32_t x = 0; x < t->out_w; x++, out += channels) {
            const int32_t left = columns[3 * x] * channels, right = columns[3 * x + 1] * channels;
            const int32_t to_right = columns[3 * x + 2], to_left = 1024 - to_right;
            const int32_t a = up * to_left, b = up * to_right, c = down * to_left, d = down * to_right;
            for (int32_t i = 0; i < channels; i++) {
                const int32_t sum =
                    above[left + i] * a + above[right + i] * b + below[left + i] * c + below[right + i] * d;
                out[i] = (int8_t)((sum > 0 ? sum + half : sum - half) / one);
            }
        }
    }
}
