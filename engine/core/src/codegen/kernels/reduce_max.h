/* The largest code. */
static void ts_reduce_max(const int8_t *in, int8_t *out, const ts_walk *w)
{
    int32_t at[5] = {0}, from = 0;
    for (int32_t run = 0; run < w->runs; run++) {
        for (int32_t i = 0; i < w->count; i++) {
            *out++ = (int8_t)ts_reduce_one(in + from + i * w->step, w + 1, 1);
        }
        from += w->jump[ts_next_run(at, w->extent)];
    }
}
