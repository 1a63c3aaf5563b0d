/* Convolution: the receptive fields of four output pixels are gathered and go through one matrix. Taps are in the
   order row, column, channel; padded taps read the input's zero point, which counts as nothing.
   Scratch: four fields of int16, one of int8. */
TS_INLINE void ts_gather(const int8_t *in, const ts_tile *t, const ts_window *w, int32_t channels, int8_t zero_point,
                         int32_t y, int32_t x, int8_t *to)
{
    const int32_t run = w->kernel_w * channels;
    const int inside = w->dilation_w == 1 && x >= 0 && x + w->kernel_w <= t->in_w;
    for (int32_t ky = 0; ky < w->kernel_h; ky++, y += w->dilation_h, to += run) {
        if (y < 0 || y >= t->in_h) {
            for (int32_t i = 0; i < run; i++) {
                to[i] = zero_point;
            }
            continue;
        }
        const int8_t *const row = in + y * t->in_stride;
        if (inside) {
            ts_copy(to, row + x * channels, run);
            continue;
        }
        for (int32_t kx = 0; kx < w->kernel_w; kx++) {
            const int32_t at = x + kx * w->dilation_w;
            for (int32_t c = 0; c < channels; c++) {
                to[kx * channels + c] = at >= 0 && at < t->in_w ? row[at * channels + c] : zero_point;
            }
        }
    }
}

TS_INLINE void ts_im2col_rows(const int8_t *in, int8_t *out, const ts_matrix *m, const ts_window *w, int32_t channels,
                              const ts_tile *t, void *scratch, int form)
{
    const int32_t padded = (m->taps + 3) / 4 * 4;
#if TS_DSP
    ts_word *const wide = (ts_word *)scratch;
    int8_t *const field = (int8_t *)scratch + 8 * padded;
#else
    int8_t *const field = (int8_t *)scratch;
#endif
    for (int32_t k = m->taps; k < padded; k++) {
        field[k] = 0;
    }
    out += t->out_offset;
    for (int32_t row = 0; row < t->out_h; row++, out += t->out_stride) {
        const int32_t y = t->y + row * w->stride_h;
        int32_t x = t->x;
        int8_t *to = out;
#if TS_DSP
        for (int32_t block = t->out_w >> 2; block > 0; block--, to += 4 * m->outputs) {
            for (int32_t p = 0; p < 4; p++, x += w->stride_w) {
                ts_gather(in, t, w, channels, m->input_zero_point, y, x, field);
                ts_widen_pixel(field, padded, wide + p, 4);
            }
            ts_matrix_four_pixels(wide, to, m, form);
        }
        for (int32_t tail = t->out_w & 3; tail > 0; tail--, x += w->stride_w, to += m->outputs) {
            ts_gather(in, t, w, channels, m->input_zero_point, y, x, field);
            ts_widen_pixel(field, padded, wide, 1);
            ts_matrix_pixel(wide, to, m, form);
        }
#else
        for (int32_t left = t->out_w; left > 0; left--, x += w->stride_w, to += m->outputs) {
            ts_gather(in, t, w, channels, m->input_zero_point, y, x, field);
            for (int32_t n = 0; n < m->outputs; n++) {
                int32_t acc = m->channels[n].bias;
                for (int32_t k = 0; k < m->taps; k++) {
                    acc = ts_add(acc, field[k] * ts_weight(m, n, k));
                }
                to[n] = ts_requantise(acc, m->channels + n, &m->range, form);
            }
        }
#endif
    }
}
