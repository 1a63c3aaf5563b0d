/* Along one axis, what a pass computes and what it reads of an operand, counted in places of their memory; `start` as in
   ts_tile. */
typedef struct {
    int16_t out, out_count, in, in_count, start;
} ts_span;

TS_INLINE ts_tile ts_tile_of(const ts_span *rows, const ts_span *columns, int32_t in_stride, int32_t out_stride)
{
    const ts_tile tile = {0, in_stride, out_stride, rows->in_count, columns->in_count,
                          rows->out_count, columns->out_count, rows->start, columns->start};
    return tile;
}
