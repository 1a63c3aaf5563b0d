/* A map in a larger one: pixels outside the input, and channels before and after its own, get the zero point. */
static void ts_pad(const int8_t *in, int8_t *out, int32_t inputs, int32_t outputs, int32_t front, int8_t zero_point,
                   const ts_tile *t)
{
    out += t->out_offset;
    for (int32_t row = 0; row < t->out_h; row++, out += t->out_stride) {
        const int32_t y = t->y + row;
        for (int32_t i = 0; i < t->out_w * outputs; i++) {
            out[i] = zero_point;
        }
        for (int32_t col = 0; col < t->out_w && y >= 0 && y < t->in_h; col++) {
            const int32_t x = t->x + col;
            if (x >= 0 && x < t->in_w) {
                ts_copy(out + col * outputs + front, in + y * t->in_stride + x * inputs, inputs);
            }
        }
    }
}
