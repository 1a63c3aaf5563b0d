/* One slope for each channel (step 1), or for all (step 0). */
static void ts_prelu_rows(const int8_t *in, int8_t *out, int32_t channels, const int8_t *slopes, int32_t step,
                          const ts_prelu *l, const ts_tile *t)
{
    in += t->y * t->in_stride + t->x * channels;
    out += t->out_offset;
    for (int32_t y = 0; y < t->out_h; y++, in += t->in_stride, out += t->out_stride) {
        for (int32_t x = 0; x < t->out_w; x++) {
            for (int32_t c = 0; c < channels; c++) {
                out[x * channels + c] = ts_prelu_code(in[x * channels + c], slopes[c * step], l);
            }
        }
    }
}
