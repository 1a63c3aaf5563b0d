/* Whole tensors whose shapes are broadcast in any way: a walk for each operand, over the same runs. */
TS_INLINE void ts_binary_walk(const int8_t *a, const int8_t *b, int8_t *out, const ts_walk *w, const ts_binary *s,
                              int kind)
{
    int32_t at[5] = {0}, from_a = 0, from_b = 0;
    for (int32_t run = 0; run < w->runs; run++, out += w->count) {
        for (int32_t i = 0; i < w->count; i++) {
            out[i] = ts_combine(a[from_a + i * w[0].step], b[from_b + i * w[1].step], s, kind);
        }
        const int32_t axis = ts_next_run(at, w->extent);
        from_a += w[0].jump[axis];
        from_b += w[1].jump[axis];
    }
}
