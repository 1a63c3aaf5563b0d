/* A tensor in a larger one: the walk leads through the output to each run of the input. */
static void ts_pad_any(const int8_t *in, int8_t *out, int32_t elements, int8_t fill, int32_t first, const ts_walk *w)
{
    int32_t at[5] = {0};
    for (int32_t i = 0; i < elements; i++) {
        out[i] = fill;
    }
    for (int32_t run = 0; run < w->runs; run++, in += w->count) {
        if (w->step == 1) {
            ts_copy(out + first, in, w->count);
        } else {
            for (int32_t i = 0; i < w->count; i++) {
                out[first + i * w->step] = in[i];
            }
        }
        first += w->jump[ts_next_run(at, w->extent)];
    }
}
