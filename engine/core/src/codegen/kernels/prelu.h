/* Codes below the zero point times a slope. The input may be overwritten. */
typedef struct {
    int32_t input_zero_point, slope_zero_point, output_zero_point;
    int32_t multiplier[2], shift[2];
} ts_prelu;

TS_INLINE int8_t ts_prelu_code(int32_t x, int32_t slope, const ts_prelu *l)
{
    x -= l->input_zero_point;
    const int32_t v = x >= 0 ? ts_multiply(x, l->multiplier[0], l->shift[0])
                             : ts_multiply(x * (slope - l->slope_zero_point), l->multiplier[1], l->shift[1]);
    return (int8_t)ts_clamp(ts_add(v, l->output_zero_point), -128, 127);
}
