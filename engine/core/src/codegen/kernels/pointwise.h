/* 1x1 convolution: every pixel of a tile through one matrix. Scratch: four pixels of int16 and their end. */
#if TS_DSP
TS_INLINE void ts_widen_four_pixels(const int8_t *in, int32_t taps, int32_t padded, ts_word *to)
{
    if (taps != padded) {
        for (int32_t p = 0; p < 4; p++) {
            ts_widen_pixel(in + p * taps, taps, padded, to + p, 4);
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
#endif

TS_INLINE void ts_pointwise_run(const int8_t *in, int8_t *out, int32_t pixels, const ts_matrix *m, void *scratch,
                                const ts_blocks *run, int form)
{
    const int32_t taps = m->taps, outputs = m->outputs;
#if TS_DSP
    ts_word *const wide = (ts_word *)scratch;
    const int32_t padded = ts_padded_taps(m);
    wide[2 * padded] = TS_END;
    for (; pixels >= 4; pixels -= 4, in += 4 * taps, out += 4 * outputs) {
        ts_widen_four_pixels(in, taps, padded, wide);
        ts_matrix_pixels(wide, 4, out, m, run, form);
    }
    if ((pixels & 2) != 0) {
        ts_widen_pixel(in, taps, padded, wide, 2);
        ts_widen_pixel(in + taps, taps, padded, wide + 1, 2);
        ts_matrix_pixels(wide, 2, out, m, run, form);
        in += 2 * taps;
        out += 2 * outputs;
    }
    if ((pixels & 1) != 0) {
        ts_widen_pixel(in, taps, padded, wide, 1);
        ts_matrix_pixels(wide, 1, out, m, run, form);
    }
#else
    (void)scratch;
    (void)run;
    for (; pixels > 0; pixels--, in += taps, out += outputs) {
        for (int32_t n = 0; n < outputs; n++) {
            out[n] = ts_matrix_output(in, m, n, form);
        }
    }
#endif
}

TS_INLINE void ts_pointwise_rows(const int8_t *in, int8_t *out, const ts_matrix *m, const ts_tile *t, void *scratch,
                                 const ts_blocks *run, int form)
{
    int32_t rows = t->out_h, pixels = t->out_w;
    if (t->in_stride == pixels * m->taps && t->out_stride == pixels * m->outputs) {
        pixels *= rows;
        rows = 1;
    }
    in += t->y * t->in_stride + t->x * m->taps;
    out += t->out_offset;
    for (; rows > 0; rows--, in += t->in_stride, out += t->out_stride) {
        ts_pointwise_run(in, out, pixels, m, scratch, run, form);
    }
}
