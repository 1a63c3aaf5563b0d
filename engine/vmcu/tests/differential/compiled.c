/* Ordinary C, so that each optimisation level brings its own mixture of instructions. */
#include "common.h"

typedef struct { uint32_t low : 5, mid : 13, high : 14; int8_t small; uint16_t pair[3]; uint64_t wide; } record;

static int32_t values[256];
static int8_t image[24 * 24], kernel[9];

static void sort(int32_t *list, int count)
{
    for (int gap = count / 2; gap > 0; gap /= 2) {
        for (int i = gap; i < count; i++) {
            int32_t held = list[i];
            int j = i;
            for (; j >= gap && list[j - gap] > held; j -= gap) list[j] = list[j - gap];
            list[j] = held;
        }
    }
}

/* A recursive evaluation with a switch, for calls, stacks and table branches. */
static uint32_t evaluate(uint32_t depth, uint32_t seed)
{
    if (depth == 0) return seed;
    uint32_t x = evaluate(depth - 1, seed * 2654435761u + depth);
    uint32_t y = seed & 1 ? evaluate(depth - 1, seed ^ 0x5bd1e995u) : seed;
    switch (seed >> 3 & 7) {
    case 0: return x + y;
    case 1: return x - y;
    case 2: return x * y;
    case 3: return x ^ y >> 3;
    case 4: return y ? x / y : x;
    case 5: return y ? x % y : y;
    case 6: return (uint32_t)((int32_t)x >> (y & 31));
    default: return x << (y & 31) | (x >> 1) / 3;
    }
}

static uint32_t convolve(void)
{
    uint32_t sum = 0;
    for (int row = 1; row < 23; row++) {
        for (int column = 1; column < 23; column++) {
            int32_t accumulator = 1 << 7;
            for (int k = 0; k < 9; k++) {
                accumulator += image[(row + k / 3 - 1) * 24 + column + k % 3 - 1] * kernel[k];
            }
            int64_t scaled = (int64_t)accumulator * 1518500250 + (1 << 30);
            int32_t result = (int32_t)(scaled >> 31) >> 4;
            result = result > 127 ? 127 : result < -128 ? -128 : result;
            sum = sum * 31 + (uint8_t)result;
        }
    }
    return sum;
}

void test_compiled(uint32_t rounds)
{
    for (uint32_t round = 0; round < rounds; round++) {
        record r = { 0 }, copy;
        for (int k = 0; k < 256; k++) values[k] = (int32_t)operand();
        sort(values, 256);
        for (int k = 0; k < 256; k++) mix((uint32_t)values[k]);
        mix(evaluate(6, random32()));
        for (int k = 0; k < 24 * 24; k++) image[k] = (int8_t)random32();
        for (int k = 0; k < 9; k++) kernel[k] = (int8_t)random32();
        mix(convolve());
        uint64_t wide = (uint64_t)random32() << 32 | random32();
        int64_t signed_wide = (int64_t)(wide * 6364136223846793005u);
        r.low = random32(), r.mid = random32(), r.high = random32(), r.small = (int8_t)random32();
        r.pair[round % 3] = (uint16_t)random32(), r.wide = wide;
        copy = r;
        mix(copy.low + copy.mid * 3u + copy.high * 5u + (uint32_t)copy.small + copy.pair[0] + copy.pair[2]);
        mix((uint32_t)(signed_wide >> (random32() & 63)));
        mix((uint32_t)(copy.wide >> 17) + (uint32_t)(signed_wide < 0) + (uint32_t)__builtin_popcountll(wide));
        uint64_t quotient = wide / ((random32() >> 3) | 1u);
        mix((uint32_t)quotient ^ (uint32_t)(quotient >> 32));
        if (round % 50 == 49) report("compiled", round);
    }
}
