/* Fully connected without scratch. Weights in the order output, input. */
static void ts_dense_plain(const int8_t *in, int8_t *out, const int8_t *weights, const ts_channel *channels,
                           int32_t inputs, int32_t outputs, int32_t input_zero_point, const ts_range *range)
{
    for (int32_t n = 0; n < outputs; n++, weights += inputs) {
        int32_t acc = channels[n].bias;
        for (int32_t k = 0; k < inputs; k++) {
            acc = ts_add(acc, weights[k] * (in[k] - input_zero_point));
        }
        out[n] = ts_requantise(acc, channels + n, range, TS_EXACT);
    }
}
