TS_KERNEL void ts_depthwise_@SHAPE@_@FORM@(const int8_t *in, int8_t *out, const ts_planes *l, const ts_tile *t,
                                           void *scratch)
{
    enum { kernel_h = @KH@, kernel_w = @KW@, stride_h = @SH@, stride_w = @SW@, shared = kernel_h - stride_h };
    ts_half *const planes = (ts_half *)scratch;
    const int32_t rows = ts_min(l->rows, t->out_h), pixels = t->out_w, in_h = t->in_h;
    const int32_t count = l->count, in_stride = t->in_stride, out_stride = t->out_stride;
    const ts_range range = l->range;
    const int32_t row = ts_plane_row(t, kernel_w, stride_w);
    const int32_t plane = ((rows - 1) * stride_h + kernel_h) * row;
    out += t->out_offset;
    ts_clear(planes, 4 * plane);
    for (int32_t c = 0; c < count; c += 4) {
        const int32_t lanes = ts_min(4, count - c);
        for (int32_t done = 0; done < t->out_h; done += rows) {
            const int32_t now = ts_min(rows, t->out_h - done);
            const int32_t top = t->y + done * stride_h;
            int32_t slot = 0;
            if (done > 0 && shared > 0) {
                for (int32_t lane = 0; lane < lanes; lane++) {
                    ts_word *to = (ts_word *)(void *)(planes + lane * plane);
                    const ts_word *from = to + rows * stride_h * row / 2;
                    for (int32_t i = shared * row / 2; i > 0; i--) {
                        *to++ = *from++;
                    }
                }
                slot = shared;
            }
            for (; slot < (now - 1) * stride_h + kernel_h; slot++) {
                const int32_t y = top + slot;
                if (y >= 0 && y < in_h) {
                    ts_fill_row(in + y * in_stride + c, t, count, lanes, l->input_zero_point,
                                planes + slot * row, plane);
                } else if (rows < t->out_h) {
                    /* With a single strip every row stays in its place and the padding as it was cleared. */
                    for (int32_t lane = 0; lane < lanes; lane++) {
                        ts_clear(planes + lane * plane + slot * row, row);
                    }
                }
            }
            for (int32_t lane = 0; lane < lanes; lane++) {
                const ts_channel channel = l->channels[c + lane];
                ts_word weights[@WORDS@];
                ts_weights_@SHAPE@(l->weights + (c + lane) * kernel_h * kernel_w, weights);
                const ts_half *from = planes + lane * plane;
                int8_t *to = out + done * out_stride + c + lane;
                for (int32_t j = 0; j < now; j++, from += stride_h * row, to += out_stride) {
                    const int32_t y = top + j * stride_h;
                    const int32_t ky = ts_clamp(-y, 0, kernel_h - 1);
                    const int32_t ky_end = ts_max(ky + 1, ts_min(kernel_h, in_h - y));
                    ts_run_@SHAPE@(from, row, ky, ky_end, weights, to, count, pixels, &channel, &range, @CONSTANT@);
                }
            }
        }
    }
}
