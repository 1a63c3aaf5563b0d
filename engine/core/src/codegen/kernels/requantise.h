/* Codes of one scale to codes of another. */
static void ts_requantise_codes(const int8_t *in, int8_t *out, int32_t channels, int32_t input_zero_point,
                                int32_t multiplier, int32_t shift, int32_t output_zero_point, const ts_tile *t)
{
    in += t->y * t->in_stride + t->x * channels;
    out += t->out_offset;
    for (int32_t y = 0; y < t->out_h; y++, in += t->in_stride, out += t->out_stride) {
        for (int32_t i = 0; i < t->out_w * channels; i++) {
            const int32_t v = ts_add(ts_multiply(in[i] - input_zero_point, multiplier, shift), output_zero_point);
            out[i] = (int8_t)ts_clamp(v, -128, 127);
        }
    }
}
