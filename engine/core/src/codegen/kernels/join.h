/* A tensor's part of a concatenation: `bytes` of each pixel, every `step` bytes of the output. */
static void ts_join(const int8_t *in, int8_t *out, int32_t bytes, int32_t step, int32_t rows, int32_t columns,
                    int32_t in_stride, int32_t out_stride)
{
    for (int32_t y = 0; y < rows; y++, in += in_stride, out += out_stride) {
        for (int32_t x = 0; x < columns; x++) {
            ts_copy(out + x * step, in + x * bytes, bytes);
        }
    }
}
