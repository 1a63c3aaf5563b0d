/* Fully connected: one flattened input through one matrix. Scratch: the input as int16. */
TS_INLINE void ts_dense_run(const int8_t *in, int8_t *out, const ts_matrix *m, void *scratch, const ts_blocks *run,
                            int form)
{
#if TS_DSP
    ts_word *const wide = (ts_word *)scratch;
    ts_widen_pixel(in, m->taps, ts_padded_taps(m), wide, 1);
    ts_matrix_pixels(wide, 1, out, m, run, form);
#else
    (void)scratch;
    (void)run;
    for (int32_t n = 0; n < m->outputs; n++) {
        out[n] = ts_matrix_output(in, m, n, form);
    }
#endif
}
