/* The four functions that a C compiler may call on its own, also without a library. */
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *restrict to, const void *restrict from, size_t count);
void *memmove(void *to, const void *from, size_t count);
void *memset(void *to, int value, size_t count);
int memcmp(const void *a, const void *b, size_t count);

/* Keeps the compiler from recognising the loop and calling the function from within itself. */
#define NOT_A_CALL __asm__ volatile("" ::: "memory")

typedef uint32_t word __attribute__((may_alias, aligned(1)));

void *memcpy(void *restrict to, const void *restrict from, size_t count)
{
    uint8_t *t = to;
    const uint8_t *f = from;
    for (; count >= 4; count -= 4, t += 4, f += 4) {
        *(word *)t = *(const word *)f;
        NOT_A_CALL;
    }
    for (; count > 0; count--) {
        *t++ = *f++;
        NOT_A_CALL;
    }
    return to;
}

void *memmove(void *to, const void *from, size_t count)
{
    uint8_t *t = to;
    const uint8_t *f = from;
    if ((uintptr_t)t - (uintptr_t)f >= count) {
        return memcpy(to, from, count);
    }
    while (count > 0) {
        count--;
        t[count] = f[count];
        NOT_A_CALL;
    }
    return to;
}

void *memset(void *to, int value, size_t count)
{
    uint8_t *t = to;
    uint32_t four = (uint8_t)value * 0x01010101u;
    for (; count >= 4; count -= 4, t += 4) {
        *(word *)t = four;
        NOT_A_CALL;
    }
    for (; count > 0; count--) {
        *t++ = (uint8_t)value;
        NOT_A_CALL;
    }
    return to;
}

int memcmp(const void *a, const void *b, size_t count)
{
    const uint8_t *x = a, *y = b;
    for (; count > 0; count--, x++, y++) {
        if (*x != *y) {
            return *x - *y;
        }
    }
    return 0;
}

#ifdef __clang__
/* The names by which clang calls them on Arm. */
void __aeabi_memcpy(void *to, const void *from, size_t count);
void __aeabi_memcpy4(void *to, const void *from, size_t count);
void __aeabi_memmove(void *to, const void *from, size_t count);
void __aeabi_memclr(void *to, size_t count);
void __aeabi_memclr4(void *to, size_t count);
void __aeabi_memset(void *to, size_t count, int value);
void __aeabi_memcpy(void *to, const void *from, size_t count) { memcpy(to, from, count); }
void __aeabi_memcpy4(void *to, const void *from, size_t count) { memcpy(to, from, count); }
void __aeabi_memmove(void *to, const void *from, size_t count) { memmove(to, from, count); }
void __aeabi_memclr(void *to, size_t count) { memset(to, 0, count); }
void __aeabi_memclr4(void *to, size_t count) { memset(to, 0, count); }
void __aeabi_memset(void *to, size_t count, int value) { memset(to, value, count); }
#endif
