/* The nearest pixel: `rows` and `columns` say which, three numbers to a pixel of the output. */
static void ts_resize_nearest(const int8_t *in, int8_t *out, int32_t channels, const int16_t *rows,
                              const int16_t *columns, const ts_tile *t)
{
    for (int32_t y = 0; y < t->out_h; y++) {
        const int8_t *const row = in + rows[3 * y] * t->in_stride;
        for (int32_t x = 0; x < t->out_w; x++, out += channels) {
            ts_copy(out, row + columns[3 * x] * channels, channels);
        }
    }
}
