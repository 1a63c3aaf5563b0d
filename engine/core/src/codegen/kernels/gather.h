/* Elements of the input, in any order of its axes and with any step, one after the other. */
static void ts_gather(const int8_t *in, int8_t *out, int32_t first, const ts_walk *w)
{
    int32_t at[5] = {0};
    for (int32_t run = 0; run < w->runs; run++, out += w->count) {
        const int8_t *const from = in + first;
        if (w->step == 1) {
            ts_copy(out, from, w->count);
        } else {
            for (int32_t i = 0; i < w->count; i++) {
                out[i] = from[i * w->step];
            }
        }
        first += w->jump[ts_next_run(at, w->extent)];
    }
}
