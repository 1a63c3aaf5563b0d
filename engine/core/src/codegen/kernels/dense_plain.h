/* Fully connected without scratch. Weights in the order output, input. */
typedef struct {
    const int8_t *weights;
    const ts_channel *channels;
    int32_t inputs, outputs;
    ts_range range;
    int16_t input_zero_point;
    /* Of the general form only. */
    int16_t weight_zero_point;
} ts_dense;

TS_INLINE void ts_dense_plain_run(const int8_t *in, int8_t *out, const ts_dense *l, int general)
{
    const int8_t *weights = l->weights;
    const int32_t inputs = l->inputs, outputs = l->outputs;
    const int32_t input_zero = l->input_zero_point, zero = general ? l->weight_zero_point : 0;
    for (int32_t n = 0; n < outputs; n++, weights += inputs) {
        int32_t acc = l->channels[n].bias;
        for (int32_t k = 0; k < inputs; k++) {
            acc = ts_add(acc, (weights[k] - zero) * (in[k] - input_zero));
        }
        out[n] = ts_requantise(acc, l->channels + n, &l->range, TS_EXACT);
    }
}
