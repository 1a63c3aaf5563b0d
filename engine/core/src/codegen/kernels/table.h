/* A function of each code, by its table. The input may be overwritten. */
static void ts_table(const int8_t *in, int8_t *out, int32_t channels, const int8_t *table, const ts_tile *t)
{
    const int32_t count = t->out_w * channels;
    table += 128;
    in += t->y * t->in_stride + t->x * channels;
    out += t->out_offset;
    for (int32_t y = 0; y < t->out_h; y++, in += t->in_stride, out += t->out_stride) {
        for (int32_t i = 0; i < count; i++) {
            out[i] = table[in[i]];
        }
    }
}
