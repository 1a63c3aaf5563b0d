/* Depthwise convolution in planes where every call has the same columns, so that widths, padding and offsets are
   constants. A plane row of each of the four channels lies beside the others'; two pixels are a word. The padding is
   cleared once and never written. Weights of 3x3, four channels together: eight of each channel, then the ninths. */
#if TS_DSP && defined(__OPTIMIZE__)
#define TS_BLOCKS 1
#else
/* Without optimisation a compiler keeps a register that the blocks need. */
#define TS_BLOCKS 0
#endif

#if TS_DSP
/* Two pixels of four channels into their rows. */
TS_INLINE void ts_fill_pair(uint32_t a, uint32_t b, uint32_t less, ts_half *to, int32_t pitch)
{
    const uint32_t low = ts_low_halves(a, b), high = ts_high_halves(a, b);
    *(ts_word *)(void *)to = ts_sxtab16(less, low);
    *(ts_word *)(void *)(to + pitch) = ts_sxtab16_odd(less, low);
    *(ts_word *)(void *)(to + 2 * pitch) = ts_sxtab16(less, high);
    *(ts_word *)(void *)(to + 3 * pitch) = ts_sxtab16_odd(less, high);
}
#endif

/* `filled` pixels of four channels behind `before` pixels of padding. */
TS_INLINE void ts_fill_quad(const int8_t *in, ts_half *to, int32_t channels, int32_t before, int32_t filled,
                            int32_t zero_point, int32_t pitch)
{
#if TS_DSP
    const uint32_t zero = ((uint32_t)zero_point & 0xffu) * 0x1010101u;
    const uint32_t less = ((uint32_t)-zero_point & 0xffffu) * 0x10001u;
    const int32_t rest = filled - (before & 1);
    to += before & ~1;
    if ((before & 1) != 0) {
        ts_fill_pair(zero, ts_load(in), less, to, pitch);
        in += channels, to += 2;
    }
    if (rest < 8) {
        for (int32_t n = 1; n <= 3; n++) {
            if (rest >= 2 * n) {
                ts_fill_pair(ts_load(in), ts_load(in + channels), less, to, pitch);
                in += 2 * channels, to += 2;
            }
        }
    } else {
        for (const int8_t *const end = in + (rest & ~1) * channels; in != end; in += 2 * channels, to += 2) {
            ts_fill_pair(ts_load(in), ts_load(in + channels), less, to, pitch);
        }
    }
    if ((rest & 1) != 0) {
        ts_fill_pair(ts_load(in), zero, less, to, pitch);
    }
#else
    to += before;
    for (int32_t x = 0; x < filled; x++, in += channels, to++) {
        for (int32_t lane = 0; lane < 4; lane++) {
            to[lane * pitch] = (ts_half)(in[lane] - zero_point);
        }
    }
#endif
}

/* One channel of 3x3: per row the words (w0 w1) (w1 w2), with stride 2 (w0 w1) (w2 -); then the bias. Eight weights lie
   as a0 b0 a1 b1 c0 c1 a2 b2 for the rows a, b, c. Without blocks nine halfwords. */
TS_INLINE void ts_weights_nine(const int8_t *eight, int32_t ninth, int32_t bias, int32_t stride_w, ts_word *to)
{
#if TS_BLOCKS
    const uint32_t u = ts_load(eight), v = ts_load(eight + 4);
    const uint32_t a01 = ts_sxtb16(u), b01 = ts_sxtb16_odd(u), c0_a2 = ts_sxtb16(v), c1_b2 = ts_sxtb16_odd(v);
    to[0] = a01;
    to[1] = stride_w == 1 ? ts_high_halves(a01, c0_a2) : c0_a2 >> 16;
    to[2] = b01;
    to[3] = stride_w == 1 ? ts_high_halves(b01, c1_b2) : c1_b2 >> 16;
    to[4] = ts_low_halves(c0_a2, c1_b2);
    to[5] = stride_w == 1 ? ts_low_halves(c1_b2, (uint32_t)ninth) : (uint32_t)ninth;
    to[6] = (uint32_t)bias;
#else
    static const uint8_t places[8] = {0, 2, 6, 1, 3, 7, 4, 5};
    ts_half *const halves = (ts_half *)(void *)to;
    for (int32_t k = 0; k < 8; k++) {
        halves[k] = eight[places[k]];
    }
    halves[8] = (ts_half)ninth;
    (void)bias, (void)stride_w;
#endif
}
