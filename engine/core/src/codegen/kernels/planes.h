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
