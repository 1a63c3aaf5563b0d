/* What a compiler calls for 64-bit division, for clang and zig, which link no run-time library here; gcc has libgcc.
   Names and registers: Arm, "Run-time ABI for the Arm
   Architecture" (RTABI32), section 5.3.1; for RISC-V those of libgcc. A division by zero gives zero and leaves the
   dividend, as no trap is defined for it. */
#include <stdint.h>

#ifdef __clang__

typedef struct {
    uint64_t quotient, rest;
} division;

/* Long division, a bit at a time, from the first place where the divisor fits. */
static division divide(uint64_t dividend, uint64_t divisor)
{
    division result = {0, dividend};
    if (divisor == 0 || divisor > dividend) {
        return result;
    }
    int shift = __builtin_clzll(divisor) - __builtin_clzll(dividend);
    uint64_t shifted = divisor << shift;
    for (; shift >= 0; shift--, shifted >>= 1) {
        if (result.rest >= shifted) {
            result.rest -= shifted;
            result.quotient |= (uint64_t)1 << shift;
        }
    }
    return result;
}

static uint64_t magnitude(int64_t value)
{
    return value < 0 ? -(uint64_t)value : (uint64_t)value;
}

/* Towards zero; the rest has the dividend's sign. */
static division divide_signed(int64_t dividend, int64_t divisor)
{
    division result = divide(magnitude(dividend), magnitude(divisor));
    if ((dividend < 0) != (divisor < 0)) {
        result.quotient = -result.quotient;
    }
    if (dividend < 0) {
        result.rest = -result.rest;
    }
    return result;
}

#ifdef __arm__
uint64_t tinyscope_divide(uint64_t dividend, uint64_t divisor, uint64_t *rest);
uint64_t tinyscope_divide_signed(int64_t dividend, int64_t divisor, uint64_t *rest);
void __aeabi_uldivmod(void);
void __aeabi_ldivmod(void);

__attribute__((used)) uint64_t tinyscope_divide(uint64_t dividend, uint64_t divisor, uint64_t *rest)
{
    division result = divide(dividend, divisor);
    *rest = result.rest;
    return result.quotient;
}

__attribute__((used)) uint64_t tinyscope_divide_signed(int64_t dividend, int64_t divisor, uint64_t *rest)
{
    division result = divide_signed(dividend, divisor);
    *rest = result.rest;
    return result.quotient;
}

/* Quotient in r0 and r1, rest in r2 and r3: what no C function can return. */
#define RETURNS_BOTH(function)        \
    __asm__("push {r4, lr}\n"         \
            "sub sp, sp, #16\n"       \
            "add r4, sp, #8\n"        \
            "str r4, [sp]\n"          \
            "bl " function "\n"       \
            "ldr r2, [sp, #8]\n"      \
            "ldr r3, [sp, #12]\n"     \
            "add sp, sp, #16\n"       \
            "pop {r4, pc}\n")

__attribute__((naked)) void __aeabi_uldivmod(void) { RETURNS_BOTH("tinyscope_divide"); }
__attribute__((naked)) void __aeabi_ldivmod(void) { RETURNS_BOTH("tinyscope_divide_signed"); }
#else
uint64_t __udivdi3(uint64_t dividend, uint64_t divisor);
uint64_t __umoddi3(uint64_t dividend, uint64_t divisor);
int64_t __divdi3(int64_t dividend, int64_t divisor);
int64_t __moddi3(int64_t dividend, int64_t divisor);
uint64_t __udivdi3(uint64_t dividend, uint64_t divisor) { return divide(dividend, divisor).quotient; }
uint64_t __umoddi3(uint64_t dividend, uint64_t divisor) { return divide(dividend, divisor).rest; }
int64_t __divdi3(int64_t dividend, int64_t divisor) { return (int64_t)divide_signed(dividend, divisor).quotient; }
int64_t __moddi3(int64_t dividend, int64_t divisor) { return (int64_t)divide_signed(dividend, divisor).rest; }
#endif

#else
/* A file of C holds at least one declaration. */
typedef int tinyscope_nothing_needed;
#endif
