/* A tensor in a larger one, mirrored at its outermost elements (edge 1) or at its edges (edge 0). Per axis: extent of
   the output, elements before the input, extent and stride of the input. */
typedef struct {
    int32_t extent[6], before[6], inside[6], stride[6];
    int32_t edge;
} ts_mirror;

TS_INLINE int32_t ts_mirrored(const ts_mirror *m, int32_t axis, int32_t at)
{
    const int32_t i = at - m->before[axis];
    const int32_t low = i < 0 ? m->edge - 1 - i : i;
    const int32_t over = low - m->inside[axis];
    return (over < 0 ? low : m->inside[axis] - 1 - m->edge - over) * m->stride[axis];
}

static void ts_mirror_pad(const int8_t *in, int8_t *out, int32_t runs, const ts_mirror *m)
{
    int32_t at[5] = {0};
    for (int32_t run = 0; run < runs; run++) {
        const int8_t *from = in;
        for (int32_t axis = 0; axis < 5; axis++) {
            from += ts_mirrored(m, axis, at[axis]);
        }
        for (int32_t i = 0; i < m->extent[5]; i++) {
            *out++ = from[ts_mirrored(m, 5, i)];
        }
        ts_next_run(at, m->extent);
    }
}
