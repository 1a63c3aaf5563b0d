/* What the parts of the differential program share: random operands, a running hash, output by semihosting. */
#ifndef COMMON_H
#define COMMON_H
#include <stdint.h>

extern uint32_t hash;
extern uint32_t state;

/* A linear congruential step, then an xorshift of its output. */
static inline uint32_t random32(void)
{
    state = state * 1664525u + 1013904223u;
    uint32_t x = state;
    x ^= x >> 15;
    x *= 0x2c1b3c6du;
    return x ^ x >> 12;
}

static inline void mix(uint32_t value)
{
    hash = (hash ^ value) * 0x01000193u;
    hash ^= hash >> 17;
}

/* An operand that is often an edge case. */
uint32_t operand(void);
/* A single-precision bit pattern that is often special. */
uint32_t float_operand(void);

void print(const char *text);
void print_hex(uint32_t value);
/* One line: class, round, hash so far. */
void report(const char *class_name, uint32_t round);

void test_arithmetic(uint32_t rounds);
void test_dsp(uint32_t rounds);
void test_narrow(uint32_t rounds);
void test_memory(uint32_t rounds);
void test_float(uint32_t rounds);
void test_double(uint32_t rounds);
void test_compiled(uint32_t rounds);
void test_exceptions(void);
void test_scenarios(uint32_t rounds);
void test_mpu(uint32_t rounds);

#endif
