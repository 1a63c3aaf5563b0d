/* 1x1 convolution: every pixel of a tile through one matrix. Scratch: four pixels of int16. */
TS_INLINE void ts_pointwise_run(const int8_t *in, int8_t *out, int32_t pixels, const ts_matrix *m, void *scratch,
                                int form)
{
#if TS_DSP
    ts_word *const wide = (ts_word *)scratch;
    for (int32_t block = pixels >> 2; block > 0; block--, in += 4 * m->taps, out += 4 * m->outputs) {
        ts_widen_four_pixels(in, m->taps, wide);
        ts_matrix_four_pixels(wide, out, m, form);
    }
    for (int32_t tail = pixels & 3; tail > 0; tail--, in += m->taps, out += m->outputs) {
        ts_widen_pixel(in, m->taps, wide, 1);
        ts_matrix_pixel(wide, out, m, form);
    }
#else
    (void)scratch;
    for (; pixels > 0; pixels--, in += m->taps, out += m->outputs) {
        for (int32_t n = 0; n < m->outputs; n++) {
            int32_t acc = m->channels[n].bias;
            for (int32_t k = 0; k < m->taps; k++) {
                acc = ts_add(acc, in[k] * ts_weight(m, n, k));
            }
            out[n] = ts_requantise(acc, m->channels + n, &m->range, form);
        }
    }
#endif
}

TS_INLINE void ts_pointwise_rows(const int8_t *in, int8_t *out, const ts_matrix *m, const ts_tile *t, void *scratch,
                                 int form)
{
    int32_t rows = t->out_h, pixels = t->out_w;
    if (t->in_stride == pixels * m->taps && t->out_stride == pixels * m->outputs) {
        pixels *= rows;
        rows = 1;
    }
    in += t->y * t->in_stride + t->x * m->taps;
    out += t->out_offset;
    for (; rows > 0; rows--, in += t->in_stride, out += t->out_stride) {
        ts_pointwise_run(in, out, pixels, m, scratch, form);
    }
}
