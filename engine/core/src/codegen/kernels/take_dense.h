/* Fully connected, its input taken a part at a time: `count` codes that are number `first` and so on of all. Weights in
   the order output, input. */
typedef struct {
    const int8_t *weights;
    const ts_channel *channels;
    int32_t inputs, outputs;
    ts_range range;
    int16_t input_zero_point, weight_zero_point;
} ts_parts;

static void ts_take_dense(const int8_t *in, void *totals, const ts_parts *l, int32_t first, int32_t count)
{
    ts_total *const to = (ts_total *)totals;
    const int8_t *weights = l->weights + first;
    for (int32_t n = 0; n < l->outputs; n++, weights += l->inputs) {
        int32_t acc = to[n];
        for (int32_t k = 0; k < count; k++) {
            acc = ts_add(acc, (weights[k] - l->weight_zero_point) * (in[k] - l->input_zero_point));
        }
        to[n] = acc;
    }
}

static void ts_finish_dense(const void *totals, int8_t *out, const ts_parts *l)
{
    const ts_total *const from = (const ts_total *)totals;
    for (int32_t n = 0; n < l->outputs; n++) {
        const int32_t acc = ts_add(from[n], l->channels[n].bias);
        out[n] = ts_requantise(acc, l->channels + n, &l->range, TS_EXACT);
    }
}
