/* Mean over the middle one of three axes. The division is inside the multiplier. */
static void ts_mean(const int8_t *in, int8_t *out, int32_t outer, int32_t reduced, int32_t inner,
                    int32_t input_zero_point, int32_t multiplier, int32_t shift, int32_t output_zero_point)
{
    for (int32_t o = 0; o < outer; o++, in += reduced * inner) {
        for (int32_t i = 0; i < inner; i++) {
            int32_t sum = 0;
            for (int32_t r = 0; r < reduced; r++) {
                sum += in[r * inner + i];
            }
            sum -= input_zero_point * reduced;
            const int32_t v = ts_add(ts_multiply(sum, multiplier, shift), output_zero_point);
            *out++ = (int8_t)ts_clamp(v, -128, 127);
        }
    }
}
