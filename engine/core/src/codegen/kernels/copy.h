/* The same codes under another shape. */
static void ts_copy_codes(const int8_t *in, int8_t *out, int32_t count)
{
    for (int32_t i = 0; i < count && in != out; i++) {
        out[i] = in[i];
    }
}
