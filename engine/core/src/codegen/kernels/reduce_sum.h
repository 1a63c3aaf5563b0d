/* A mean's division is inside the multiplier. */
static void ts_reduce_sum(const int8_t *in, int8_t *out, const ts_walk *w, int32_t offset, int32_t multiplier,
                          int32_t shift, int32_t output_zero_point)
{
    int32_t at[5] = {0}, from = 0;
    for (int32_t run = 0; run < w->runs; run++) {
        for (int32_t i = 0; i < w->count; i++) {
            const int32_t sum = ts_reduce_one(in + from + i * w->step, w + 1, 0) - offset;
            const int32_t v = ts_add(ts_multiply(sum, multiplier, shift), output_zero_point);
            *out++ = (int8_t)ts_clamp(v, -128, 127);
        }
        from += w->jump[ts_next_run(at, w->extent)];
    }
}
