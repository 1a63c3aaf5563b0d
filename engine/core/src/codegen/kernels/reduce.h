/* Sum or maximum over axes: the first walk leads to the outputs, the second through what one of them is made of. */
TS_INLINE int32_t ts_reduce_one(const int8_t *in, const ts_walk *w, int maximum)
{
    int32_t at[5] = {0}, from = 0, value = maximum ? -128 : 0;
    for (int32_t run = 0; run < w->runs; run++) {
        for (int32_t i = 0; i < w->count; i++) {
            const int32_t code = in[from + i * w->step];
            value = maximum ? ts_max(value, code) : value + code;
        }
        from += w->jump[ts_next_run(at, w->extent)];
    }
    return value;
}
