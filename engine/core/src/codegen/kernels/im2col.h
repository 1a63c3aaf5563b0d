/* Convolution: the receptive fields of four output pixels are gathered and go through one matrix. Of each row of a
   field the bytes that make whole words come first, row after row, then what is left of each row: so the words are
   widened from where they lie. Padded taps read the input's zero point, which counts as nothing.
   Scratch: four fields of int16 and their end, one field of int8, one row of zero points. */
typedef struct {
    ts_window window;
    int32_t channels;
} ts_fields;

TS_INLINE void ts_gather(const int8_t *in, const ts_tile *t, const ts_fields *f, int8_t zero_point, int32_t y, int32_t x,
                         int8_t *to)
{
    const ts_window *const w = &f->window;
    const int32_t run = w->kernel_w * f->channels, whole = run & ~3;
    int8_t *rest = to + w->kernel_h * whole;
    for (int32_t ky = 0; ky < w->kernel_h; ky++, y += w->dilation_h, to += whole, rest += run - whole) {
        const int8_t *const row = in + y * t->in_stride;
        int32_t i = 0;
        for (int32_t kx = 0, at = x; kx < w->kernel_w; kx++, at += w->dilation_w) {
            const int inside = y >= 0 && y < t->in_h && at >= 0 && at < t->in_w;
            for (int32_t c = 0; c < f->channels; c++, i++) {
                *(i < whole ? to + i : rest + (i - whole)) = inside ? row[at * f->channels + c] : zero_point;
            }
        }
    }
}

#if TS_DSP
/* One field to every `step`th word. */
TS_INLINE void ts_widen_field(const int8_t *in, const ts_tile *t, const ts_fields *f, const ts_matrix *m, int32_t y,
                              int32_t x, int8_t *field, ts_word *to, int32_t step)
{
    const ts_window *const w = &f->window;
    const int32_t run = w->kernel_w * f->channels, rest = run & 3, padded = ts_padded_taps(m);
    if (w->dilation_w != 1 || x < 0 || x + w->kernel_w > t->in_w) {
        ts_gather(in, t, f, m->input_zero_point, y, x, field);
        ts_widen_pixel(field, m->taps, padded, to, step);
        return;
    }
    const int8_t *const padding = field + m->taps;
    int8_t *left = field;
    for (int32_t ky = 0; ky < w->kernel_h; ky++, y += w->dilation_h) {
        const int8_t *row = y >= 0 && y < t->in_h ? in + (y * t->in_stride + x * f->channels) : padding;
        for (int32_t words = run >> 2; words > 0; words--, row += 4, to += 2 * step) {
            ts_widen_word(ts_load(row), to, step);
        }
        for (int32_t i = 0; i < rest; i++) {
            *left++ = row[i];
        }
    }
    ts_widen_pixel(field, rest * w->kernel_h, padded - (run - rest) * w->kernel_h, to, step);
}

TS_INLINE void ts_im2col_pixels(const int8_t *in, int8_t *out, int32_t pixels, const ts_matrix *m, const ts_fields *f,
                                const ts_tile *t, int32_t y, int32_t x, int8_t *field, ts_word *wide,
                                const ts_blocks *run, int form)
{
    for (int32_t p = 0; p < pixels; p++, x += f->window.stride_w) {
        ts_widen_field(in, t, f, m, y, x, field, wide + p, pixels);
    }
    ts_matrix_pixels(wide, pixels, out, m, run, form);
}
#endif

TS_INLINE void ts_im2col_rows(const int8_t *in, int8_t *out, const ts_matrix *m, const ts_fields *f, const ts_tile *t,
                              void *scratch, const ts_blocks *run, int form)
{
    const int32_t stride = f->window.stride_w;
#if TS_DSP
    const int32_t padded = ts_padded_taps(m);
    ts_word *const wide = (ts_word *)scratch;
    int8_t *const field = (int8_t *)scratch + 8 * padded + 8;
    wide[2 * padded] = TS_END;
    for (int32_t i = 0; i < f->window.kernel_w * f->channels; i++) {
        field[m->taps + i] = m->input_zero_point;
    }
#else
    int8_t *const field = (int8_t *)scratch;
    (void)run;
#endif
    out += t->out_offset;
    for (int32_t row = 0; row < t->out_h; row++, out += t->out_stride) {
        const int32_t y = t->y + row * f->window.stride_h;
        int32_t x = t->x, left = t->out_w;
        int8_t *to = out;
#if TS_DSP
        for (; left >= 4; left -= 4, x += 4 * stride, to += 4 * m->outputs) {
            ts_im2col_pixels(in, to, 4, m, f, t, y, x, field, wide, run, form);
        }
        if ((left & 2) != 0) {
            ts_im2col_pixels(in, to, 2, m, f, t, y, x, field, wide, run, form);
            x += 2 * stride;
            to += 2 * m->outputs;
        }
        if ((left & 1) != 0) {
            ts_im2col_pixels(in, to, 1, m, f, t, y, x, field, wide, run, form);
        }
#else
        for (; left > 0; left--, x += stride, to += m->outputs) {
            ts_gather(in, t, f, m->input_zero_point, y, x, field);
            for (int32_t n = 0; n < m->outputs; n++) {
                to[n] = ts_matrix_output(field, m, n, form);
            }
        }
#endif
    }
}
