/* Fully connected: one flattened input through one matrix. Scratch: the input as int16. */
TS_INLINE void ts_dense_run(const int8_t *in, int8_t *out, const ts_matrix *m, void *scratch, int form)
{
#if TS_DSP
    ts_word *const wide = (ts_word *)scratch;
    ts_widen_pixel(in, m->taps, wide, 1);
    ts_matrix_pixel(wide, out, m, form);
#else
    (void)scratch;
    for (int32_t n = 0; n < m->outputs; n++) {
        int32_t acc = m->channels[n].bias;
        for (int32_t k = 0; k < m->taps; k++) {
            acc = ts_add(acc, in[k] * ts_weight(m, n, k));
        }
        out[n] = ts_requantise(acc, m->channels + n, &m->range, form);
    }
#endif
}
