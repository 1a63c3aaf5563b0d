/* Copies of up to four dimensions: out[i] = in[offset + i . stride] where i lies in the input, else `fill`. A transposed
   map has permuted strides; a padded one begins before its input. */
typedef struct {
    int32_t extent[4], before[4], inside[4], stride[4];
    int8_t fill;
} ts_layout;

static void ts_relayout(const int8_t *in, int8_t *out, const ts_layout *l)
{
    int32_t at[4];
    for (at[0] = 0; at[0] < l->extent[0]; at[0]++) {
        for (at[1] = 0; at[1] < l->extent[1]; at[1]++) {
            for (at[2] = 0; at[2] < l->extent[2]; at[2]++) {
                for (at[3] = 0; at[3] < l->extent[3]; at[3]++) {
                    int32_t from = 0;
                    int inside = 1;
                    for (int d = 0; d < 4; d++) {
                        const int32_t i = at[d] - l->before[d];
                        inside = inside && i >= 0 && i < l->inside[d];
                        from += i * l->stride[d];
                    }
                    *out++ = inside ? in[from] : l->fill;
                }
            }
        }
    }
}
