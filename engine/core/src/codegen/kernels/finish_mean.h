/* A mean's division is inside the multiplier. */
static void ts_finish_mean(const void *totals, int8_t *out, int32_t channels, int32_t offset, int32_t multiplier,
                           int32_t shift, int32_t output_zero_point)
{
    const ts_total *const from = (const ts_total *)totals;
    for (int32_t c = 0; c < channels; c++) {
        const int32_t v = ts_add(ts_multiply(ts_add(from[c], -offset), multiplier, shift), output_zero_point);
        out[c] = (int8_t)ts_clamp(v, -128, 127);
    }
}
