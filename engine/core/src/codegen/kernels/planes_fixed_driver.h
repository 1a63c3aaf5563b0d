TS_KERNEL void ts_depthwise_@NAME@_@FORM@(const int8_t *in, int8_t *out, const ts_planes *l, const ts_tile *t,
                                          void *scratch)
{
    enum { kernel_h = @KH@, stride_h = @SH@, stride_w = @SW@, shared = kernel_h > stride_h ? kernel_h - stride_h : 0 };
    enum { count = @COUNT@, pitch = @PITCH@, row = 4 * pitch, before = @BEFORE@, filled = @FILLED@ };
    ts_half *const planes = (ts_half *)scratch;
    const int32_t in_h = t->in_h, out_h = t->out_h, in_stride = t->in_stride, out_stride = t->out_stride;
    const int32_t rows = ts_min(l->rows, out_h), zero_point = l->input_zero_point;
    const int8_t *const all = l->weights;
    const ts_channel *const channels = l->channels;
    const ts_range range = l->range;
    out += t->out_offset;
    ts_clear(planes, ((rows - 1) * stride_h + kernel_h) * row);
    for (int32_t c = 0; c < count; c += 4) {
        for (int32_t done = 0; done < out_h; done += rows) {
            const int32_t now = ts_min(rows, out_h - done), slots = (now - 1) * stride_h + kernel_h;
            const int32_t top = t->y + done * stride_h;
            const int32_t kept = done > 0 ? shared : 0;
            const int32_t first = ts_clamp(-top, kept, slots), last = ts_clamp(in_h - top, first, slots);
            if (kept > 0) {
                ts_move_rows(planes, planes + rows * stride_h * row, kept * row);
            }
            if (rows < out_h) {
                /* With a single strip every row stays in its place and the padding as it was cleared. */
                ts_clear(planes + kept * row, (first - kept) * row);
                ts_clear(planes + last * row, (slots - last) * row);
            }
            for (int32_t slot = first; slot < last; slot++) {
                ts_fill_quad(in + (top + slot) * in_stride + c, planes + slot * row, count, before, filled,
                             zero_point, pitch);
            }
            for (int32_t lane = 0; lane < 4; lane++) {
                const ts_channel channel = channels[c + lane];
                ts_word weights[@WORDS@];
                const ts_half *x = planes + lane * pitch;
                int8_t *to = out + done * out_stride + c + lane;
                @PREPARE@
#if TS_BLOCKS
@ROWS@
#else
                for (int32_t j = 0; j < now; j++, x += stride_h * row, to += out_stride) {
                    const int32_t y = top + j * stride_h;
                    const int32_t ky = ts_clamp(-y, 0, kernel_h - 1);
                    const int32_t ky_end = ts_max(ky + 1, ts_min(kernel_h, in_h - y));
                    ts_run_portable(x, row, ky, ky_end, weights, to, count, @WIDTH@, &channel, &range, @CONSTANT@,
                                    @KW@, stride_w);
                }
#endif
            }
        }
    }
}
