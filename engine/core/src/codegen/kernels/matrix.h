/* Matrix products: 1x1 convolutions, gathered convolutions and fully connected layers.

   Weights hold two output channels A, B side by side, four taps at a time: A0 B0 A2 B2 A1 B1 A3 B3. Taps and channels
   are padded with zeros to multiples of four and two. The input's zero point is inside the biases. */
typedef struct {
    const int8_t *weights;
    const ts_channel *channels;
    int32_t taps, outputs;
    ts_range range;
    int8_t input_zero_point;
} ts_matrix;

#if TS_DSP

/* Widened pixels lie as [tap pair][pixel]: pairs (0, 2), (1, 3), (4, 6), ... `step` pixels to a pair. */
TS_INLINE void ts_widen_pixel(const int8_t *in, int32_t taps, ts_word *to, int32_t step)
{
    for (; taps >= 4; taps -= 4, in += 4, to += 2 * step) {
        const uint32_t v = ts_load(in);
        to[0] = ts_sxtb16(v);
        to[step] = ts_sxtb16_odd(v);
    }
    if (taps > 0) {
        uint32_t v = 0;
        __builtin_memcpy(&v, in, 1);
        if (taps > 1) {
            v |= (uint32_t)(uint8_t)in[1] << 8;
        }
        if (taps > 2) {
            v |= (uint32_t)(uint8_t)in[2] << 16;
        }
        to[0] = ts_sxtb16(v);
        to[step] = ts_sxtb16_odd(v);
    }
}

TS_INLINE void ts_widen_four_pixels(const int8_t *in, int32_t taps, ts_word *to)
{
    if ((taps & 3) != 0) {
        for (int32_t p = 0; p < 4; p++) {
            ts_widen_pixel(in + p * taps, taps, to + p, 4);
        }
        return;
    }
    const int8_t *const end = in + taps;
    const int8_t *const second = in + 2 * taps;
    for (int32_t ahead = 0; in + ahead < end; ahead += 4, to += 8) {
        const uint32_t a = ts_load(in + ahead), b = ts_load(in + ahead + taps);
        const uint32_t c = ts_load(second + ahead), d = ts_load(second + ahead + taps);
        to[0] = ts_sxtb16(a);
        to[1] = ts_sxtb16(b);
        to[2] = ts_sxtb16(c);
        to[3] = ts_sxtb16(d);
        to[4] = ts_sxtb16_odd(a);
        to[5] = ts_sxtb16_odd(b);
        to[6] = ts_sxtb16_odd(c);
        to[7] = ts_sxtb16_odd(d);
    }
}

/* One tap pair of four pixels into the accumulators of two channels. */
#define TS_PAIR_4X2(offset)                                                                                            \
    do {                                                                                                               \
        const uint32_t v = ts_load(w + 4 * (offset));                                                                  \
        const uint32_t wa = ts_sxtb16(v), wb = ts_sxtb16_odd(v);                                                       \
        const ts_pair x01 = *(const ts_pair *)(const void *)(x + 4 * (offset));                                        \
        a0 = ts_smlad(wa, (uint32_t)x01, a0);                                                                          \
        b0 = ts_smlad(wb, (uint32_t)x01, b0);                                                                          \
        a1 = ts_smlad(wa, (uint32_t)(x01 >> 32), a1);                                                                  \
        b1 = ts_smlad(wb, (uint32_t)(x01 >> 32), b1);                                                                  \
        const ts_pair x23 = *(const ts_pair *)(const void *)(x + 4 * (offset) + 2);                                    \
        a2 = ts_smlad(wa, (uint32_t)x23, a2);                                                                          \
        b2 = ts_smlad(wb, (uint32_t)x23, b2);                                                                          \
        a3 = ts_smlad(wa, (uint32_t)(x23 >> 32), a3);                                                                  \
        b3 = ts_smlad(wb, (uint32_t)(x23 >> 32), b3);                                                                  \
    } while (0)

/* Two channels of four widened pixels, or one channel, whose partner of zero weights is not stored. */
TS_INLINE const int8_t *ts_matrix_channels(const ts_word *x, const ts_word *end, const int8_t *w,
                                           const ts_channel *channel, int8_t *to, int32_t outputs,
                                           const ts_range *range, int form, int both)
{
    int32_t a0 = channel[0].bias, b0 = both ? channel[1].bias : 0;
    int32_t a1 = a0, a2 = a0, a3 = a0, b1 = b0, b2 = b0, b3 = b0;
    do {
        TS_PAIR_4X2(0);
        TS_PAIR_4X2(1);
        x += 8;
        w += 8;
    } while (x != end);
    /* Read only now: there is no register for them in the loop. */
    ts_channel c = channel[0];
    to[0] = ts_requantise(a0, &c, range, form);
    to += outputs;
    to[0] = ts_requantise(a1, &c, range, form);
    to += outputs;
    to[0] = ts_requantise(a2, &c, range, form);
    to += outputs;
    to[0] = ts_requantise(a3, &c, range, form);
    if (both) {
        c = channel[1];
        to[1] = ts_requantise(b3, &c, range, form);
        to -= outputs;
        to[1] = ts_requantise(b2, &c, range, form);
        to -= outputs;
        to[1] = ts_requantise(b1, &c, range, form);
        to -= outputs;
        to[1] = ts_requantise(b0, &c, range, form);
    }
    return w;
}

/* All outputs of four widened pixels. */
TS_INLINE void ts_matrix_four_pixels(const ts_word *pixels, int8_t *out, const ts_matrix *m, int form)
{
    const ts_word *const end = pixels + ((m->taps + 3) / 4) * 8;
    const ts_range range = m->range;
    const int32_t outputs = m->outputs;
    const int8_t *w = m->weights;
    const ts_channel *channel = m->channels;
    const ts_channel *const last = channel + (outputs & ~1);
    for (; channel != last; channel += 2, out += 2) {
        w = ts_matrix_channels(pixels, end, w, channel, out, outputs, &range, form, 1);
    }
    if ((outputs & 1) != 0) {
        ts_matrix_channels(pixels, end, w, channel, out, outputs, &range, form, 0);
    }
}

/* All outputs of one widened pixel. */
TS_INLINE void ts_matrix_pixel(const ts_word *pixel, int8_t *out, const ts_matrix *m, int form)
{
    const ts_word *const end = pixel + ((m->taps + 3) / 4) * 2;
    const ts_range range = m->range;
    const int8_t *w = m->weights;
    const ts_channel *channel = m->channels;
    for (int32_t left = m->outputs; left > 0; left -= 2, channel += 2, out += 2) {
        const int both = left > 1;
        int32_t a = channel[0].bias, b = channel[both].bias;
        const ts_word *x = pixel;
        do {
            const uint32_t v0 = ts_load(w), v1 = ts_load(w + 4);
            const ts_pair x01 = *(const ts_pair *)(const void *)x;
            a = ts_smlad(ts_sxtb16(v0), (uint32_t)x01, a);
            b = ts_smlad(ts_sxtb16_odd(v0), (uint32_t)x01, b);
            a = ts_smlad(ts_sxtb16(v1), (uint32_t)(x01 >> 32), a);
            b = ts_smlad(ts_sxtb16_odd(v1), (uint32_t)(x01 >> 32), b);
            x += 2;
            w += 8;
        } while (x != end);
        out[0] = ts_requantise(a, channel, &range, form);
        if (both) {
            out[1] = ts_requantise(b, channel + 1, &range, form);
        }
    }
}

#else

/* One output of one pixel: `at` is the channel's place among the interleaved weights. */
TS_INLINE int32_t ts_weight(const ts_matrix *m, int32_t output, int32_t tap)
{
    const int32_t taps = (m->taps + 3) / 4 * 4;
    const int32_t at = (output & ~1) * taps + (tap & ~3) * 2 + (tap & 1) * 4 + (tap & 2) + (output & 1);
    return m->weights[at];
}

#endif
