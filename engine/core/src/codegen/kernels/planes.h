/* Depthwise convolution in planes: four channels at a time are taken out of the NHWC map into zero-padded int16 planes
   that hold (code - zero point), then every output row is one run over a plane. A strip of `rows` output rows is
   computed between two refills; the rows that the next strip shares stay in the planes. Nothing is read from the input
   after the strip that needs it, so the output may overwrite the input. Weights: channel, row, column. */
typedef struct {
    const int8_t *weights;
    const ts_channel *channels;
    int32_t count;
    int16_t rows;
    int16_t input_zero_point;
    ts_range range;
} ts_planes;

/* Halfwords of one row of a plane: what the outputs reach or the input holds, and a multiple of four. */
TS_INLINE int32_t ts_plane_row(const ts_tile *t, int32_t kernel_w, int32_t stride_w)
{
    const int32_t reached = (t->out_w - 1) * stride_w + kernel_w;
    return (ts_max(reached, t->in_w - t->x) + 3) & ~3;
}

TS_INLINE void ts_clear(ts_half *at, int32_t halves)
{
    ts_pair *pair = (ts_pair *)(void *)at;
    for (; halves > 0; halves -= 4) {
        *pair++ = 0;
    }
}

/* One input row of up to four channels into its place in the four planes. */
TS_INLINE void ts_fill_row(const int8_t *row, const ts_tile *t, int32_t channels, int32_t lanes, int32_t zero_point,
                           ts_half *to, int32_t plane)
{
    int32_t x = ts_max(t->x, 0);
    const int8_t *in = row + x * channels;
    to += x - t->x;
#if TS_DSP
    if (lanes == 4) {
        const uint32_t less = ((uint32_t)-zero_point & 0xffffu) * 0x10001u;
        if (((x - t->x) & 1) != 0 && x < t->in_w) {
            for (int32_t lane = 0; lane < 4; lane++) {
                to[lane * plane] = (ts_half)(in[lane] - zero_point);
            }
            x++, in += channels, to++;
        }
        ts_word *p0 = (ts_word *)(void *)to;
        ts_word *p1 = (ts_word *)(void *)(to + plane);
        ts_word *p2 = (ts_word *)(void *)(to + 2 * plane);
        ts_word *p3 = (ts_word *)(void *)(to + 3 * plane);
        const int8_t *const end = in + ((t->in_w - x) & ~1) * channels;
        for (; in < end; in += 2 * channels) {
            const uint32_t a = ts_load(in), b = ts_load(in + channels);
            const uint32_t a02 = ts_sxtab16(less, a), b02 = ts_sxtab16(less, b);
            const uint32_t a13 = ts_sxtab16_odd(less, a), b13 = ts_sxtab16_odd(less, b);
            *p0++ = ts_low_halves(a02, b02);
            *p1++ = ts_low_halves(a13, b13);
            *p2++ = ts_high_halves(a02, b02);
            *p3++ = ts_high_halves(a13, b13);
        }
        if (((t->in_w - x) & 1) != 0) {
            *(ts_half *)(void *)p0 = (ts_half)(in[0] - zero_point);
            *(ts_half *)(void *)p1 = (ts_half)(in[1] - zero_point);
            *(ts_half *)(void *)p2 = (ts_half)(in[2] - zero_point);
            *(ts_half *)(void *)p3 = (ts_half)(in[3] - zero_point);
        }
        return;
    }
#endif
    for (; x < t->in_w; x++, in += channels, to++) {
        for (int32_t lane = 0; lane < lanes; lane++) {
            to[lane * plane] = (ts_half)(in[lane] - zero_point);
        }
    }
}

/* Computes `pixels` outputs of one channel from the plane rows [ky, ky_end) of their windows. */
typedef void ts_plane_run(const ts_half *plane, int32_t row, int32_t ky, int32_t ky_end, const void *weights, int8_t *out,
                          int32_t step, int32_t pixels, const ts_channel *channel, const ts_range *range, int form);

/* Brings one channel's weights into the form that the run wants. */
typedef void ts_plane_weights(const int8_t *from, ts_word *to);

TS_INLINE void ts_planes_rows(const int8_t *in, int8_t *out, const ts_planes *l, const ts_tile *t, void *scratch,
                              int32_t kernel_h, int32_t kernel_w, int32_t stride_h, int32_t stride_w,
                              ts_plane_weights *prepare, ts_plane_run *run, int form)
{
    ts_half *const planes = (ts_half *)scratch;
    const int32_t rows = ts_min(l->rows, t->out_h);
    const int32_t row = ts_plane_row(t, kernel_w, stride_w);
    const int32_t plane = ((rows - 1) * stride_h + kernel_h) * row;
    const int32_t shared = kernel_h - stride_h;
    in += t->in_offset;
    out += t->out_offset;
    ts_clear(planes, 4 * plane);
    for (int32_t c = 0; c < l->count; c += 4) {
        const int32_t lanes = ts_min(4, l->count - c);
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
                if (y >= 0 && y < t->in_h) {
                    ts_fill_row(in + y * t->in_stride + c, t, l->count, lanes, l->input_zero_point,
                                planes + slot * row, plane);
                } else {
                    for (int32_t lane = 0; lane < lanes; lane++) {
                        ts_clear(planes + lane * plane + slot * row, row);
                    }
                }
            }
            for (int32_t lane = 0; lane < lanes; lane++) {
                ts_word weights[TS_PLANE_WEIGHT_WORDS];
                prepare(l->weights + (c + lane) * kernel_h * kernel_w, weights);
                const ts_half *from = planes + lane * plane;
                int8_t *to = out + done * t->out_stride + c + lane;
                for (int32_t j = 0; j < now; j++, from += stride_h * row, to += t->out_stride) {
                    const int32_t y = top + j * stride_h;
                    const int32_t ky = ts_clamp(-y, 0, kernel_h - 1);
                    const int32_t ky_end = ts_max(ky + 1, ts_min(kernel_h, t->in_h - y));
                    run(from, row, ky, ky_end, weights, to, l->count, t->out_w, l->channels + c + lane, &l->range, form);
                }
            }
        }
    }
}
