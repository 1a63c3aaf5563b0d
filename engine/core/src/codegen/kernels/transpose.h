/* Axes permuted: up to four output extents, and the input's stride along each of them. */
typedef struct {
    int32_t extent[4], stride[4];
} ts_permutation;

static void ts_transpose(const int8_t *in, int8_t *out, const ts_permutation *p)
{
    for (int32_t a = 0; a < p->extent[0]; a++) {
        for (int32_t b = 0; b < p->extent[1]; b++) {
            for (int32_t c = 0; c < p->extent[2]; c++) {
                const int8_t *const from = in + a * p->stride[0] + b * p->stride[1] + c * p->stride[2];
                for (int32_t d = 0; d < p->extent[3]; d++) {
                    *out++ = from[d * p->stride[3]];
                }
            }
        }
    }
}
