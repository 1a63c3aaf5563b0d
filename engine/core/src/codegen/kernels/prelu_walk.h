/* Slopes that are broadcast in any way to the whole map. */
static void ts_prelu_walk(const int8_t *in, int8_t *out, const int8_t *slopes, const ts_walk *w, const ts_prelu *l)
{
    int32_t at[5] = {0}, from = 0;
    for (int32_t run = 0; run < w->runs; run++, in += w->count, out += w->count) {
        for (int32_t i = 0; i < w->count; i++) {
            out[i] = ts_prelu_code(in[i], slopes[from + i * w->step], l);
        }
        from += w->jump[ts_next_run(at, w->extent)];
    }
}
