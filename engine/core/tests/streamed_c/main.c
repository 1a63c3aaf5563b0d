/* Digests of what each step of a program writes, pass after pass. */
#include <stdint.h>
#include <stdio.h>

typedef struct {
    const int8_t *data;
    uint32_t rows, row_bytes, row_stride;
} tinyscope_view;

void tinyscope_step_begin(uint32_t step);
void tinyscope_step_end(uint32_t step, const tinyscope_view *out);
void test_start(void);
void test_steps(int number, int steps);
void test_output(int number, int index, const void *codes, unsigned long bytes);

static uint32_t digests[1000];

static uint32_t extended(uint32_t digest, const void *codes, unsigned long bytes)
{
    const uint8_t *const from = codes;
    for (unsigned long i = 0; i < bytes; i++) {
        digest = (digest ^ from[i]) * 16777619u;
    }
    return digest;
}

void tinyscope_step_begin(uint32_t step) { (void)step; }

void tinyscope_step_end(uint32_t step, const tinyscope_view *out)
{
    for (uint32_t row = 0; out && row < out->rows; row++) {
        digests[step] = extended(digests[step], out->data + row * out->row_stride, out->row_bytes);
    }
}

void test_start(void)
{
    for (int i = 0; i < 1000; i++) {
        digests[i] = 2166136261u;
    }
}

void test_steps(int number, int steps)
{
    for (int i = 0; i < steps; i++) {
        printf("%d step %d %lu\n", number, i, (unsigned long)digests[i]);
    }
    fflush(stdout);
}

void test_output(int number, int index, const void *codes, unsigned long bytes)
{
    printf("%d output %d %lu\n", number, index, (unsigned long)extended(2166136261u, codes, bytes));
    fflush(stdout);
}
