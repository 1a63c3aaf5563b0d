/* Digests of what each step of a program writes, pass after pass, and arenas of exactly the asked size: on the host each
   from the heap, where sanitisers see its bounds, elsewhere in one place between guards. */
#include "batch.h"
#include "platform.h"

typedef struct {
    const int8_t *data;
    uint32_t rows, row_bytes, row_stride;
} tinyscope_view;

void tinyscope_step_begin(uint32_t step);
void tinyscope_step_end(uint32_t step, const tinyscope_view *out);

static uint32_t digests[TEST_STEPS];

static uint32_t extended(uint32_t digest, const void *codes, uint32_t bytes)
{
    const uint8_t *const from = codes;
    for (uint32_t i = 0; i < bytes; i++) {
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

static void print(const char *word, uint32_t number)
{
    char line[32], digits[10];
    uint32_t length = 0, count = 0;
    while (*word) {
        line[length++] = *word++;
    }
    do {
        digits[count++] = (char)('0' + number % 10u);
        number /= 10u;
    } while (number > 0);
    while (count > 0) {
        line[length++] = digits[--count];
    }
    platform_write(line, length);
}

static void result(uint32_t number, const char *what, uint32_t index, uint32_t digest)
{
    print("", number);
    print(what, index);
    print(" ", digest);
    platform_write("\n", 1);
}

void test_fail(void)
{
    platform_write("failed\n", 7);
    platform_end();
    for (;;) {
    }
}

#if __STDC_HOSTED__
#include <stdlib.h>

static uint8_t *take(uint32_t bytes) { return malloc(bytes); }
static void give(uint8_t *arena, uint32_t bytes)
{
    (void)bytes;
    free(arena);
}
#else
enum { GUARD = 64 };
static uint8_t pool[GUARD + TEST_ARENA_BYTES + GUARD] __attribute__((aligned(16)));

static uint8_t *take(uint32_t bytes)
{
    for (uint32_t i = 0; i < GUARD; i++) {
        pool[i] = pool[GUARD + bytes + i] = 0xa5;
    }
    return pool + GUARD;
}

static void give(uint8_t *arena, uint32_t bytes)
{
    for (uint32_t i = 0; i < GUARD; i++) {
        if (pool[i] != 0xa5 || arena[bytes + i] != 0xa5) {
            test_fail();
        }
    }
}
#endif

uint8_t *test_start(uint32_t arena_bytes)
{
    for (uint32_t i = 0; i < TEST_STEPS; i++) {
        digests[i] = 2166136261u;
    }
    uint8_t *const arena = take(arena_bytes);
    for (uint32_t i = 0; i < arena_bytes; i++) {
        arena[i] = 0x5b;
    }
    return arena;
}

void test_steps(uint32_t number, uint32_t steps)
{
    for (uint32_t i = 0; i < steps; i++) {
        result(number, " step ", i, digests[i]);
    }
}

void test_output(uint32_t number, uint32_t index, const uint8_t *codes, uint32_t bytes)
{
    result(number, " output ", index, extended(2166136261u, codes, bytes));
}

void test_end(uint8_t *arena, uint32_t arena_bytes) { give(arena, arena_bytes); }

#define CALL(number) void test_p##number(void);
TEST_EACH(CALL)
#undef CALL

int main(void)
{
    platform_start();
#define CALL(number) test_p##number();
    TEST_EACH(CALL)
    platform_end();
    return 0;
}
