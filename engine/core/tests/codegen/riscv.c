/* The harness on QEMU's RISC-V board "virt": start, traps, semihosting output. */
#include "platform.h"

extern uint32_t bss_begin[], bss_end[];
int main(void);
void start(void);
void trap(void);
static int handle;

/* The call as the RISC-V semihosting specification writes it: three uncompressed instructions, the middle one a break. */
static int semihost(int operation, const void *argument)
{
    register int a0 __asm__("a0") = operation;
    register const void *a1 __asm__("a1") = argument;
    __asm__ volatile(".balign 16\n"
                     ".option push\n"
                     ".option norvc\n"
                     "slli x0, x0, 0x1f\n"
                     "ebreak\n"
                     "srai x0, x0, 7\n"
                     ".option pop"
                     : "+r"(a0)
                     : "r"(a1)
                     : "memory");
    return a0;
}

/* On 32 bits SYS_EXIT takes the reason itself. */
static void leave(int reason)
{
    semihost(0x18, (const void *)reason);
    for (;;) {
    }
}

__attribute__((aligned(4), used)) void trap(void) { leave(0x20023); }

__attribute__((naked, section(".start"), used)) void start(void)
{
    __asm__ volatile("la sp, stack_top\n"
                     "la t0, trap\n"
                     "csrw mtvec, t0\n"
                     "la t0, bss_begin\n"
                     "la t1, bss_end\n"
                     "1: bgeu t0, t1, 2f\n"
                     "sw zero, 0(t0)\n"
                     "addi t0, t0, 4\n"
                     "j 1b\n"
                     "2: j main\n");
}

void platform_start(void)
{
    static const char name[] = ":tt";
    const void *const open[3] = {name, (const void *)5, (const void *)3};
    handle = semihost(1, open);
}

void platform_write(const void *bytes, uint32_t count)
{
    const void *const write[3] = {(const void *)handle, bytes, (const void *)count};
    semihost(5, write);
}

uint32_t platform_instructions(void)
{
    uint32_t count;
    __asm__ volatile("csrr %0, minstret" : "=r"(count));
    return count;
}

void platform_end(void) { leave(0x20026); }

/* gcc may call these for copies it recognises. */
void *memcpy(void *to, const void *from, unsigned count)
{
    unsigned char *t = to;
    for (const unsigned char *f = from; count > 0; count--) {
        *t++ = *f++;
    }
    return to;
}

void *memmove(void *to, const void *from, unsigned count)
{
    if ((uintptr_t)to <= (uintptr_t)from) {
        return memcpy(to, from, count);
    }
    for (volatile unsigned char *at = to; count > 0; count--) {
        at[count - 1] = ((const unsigned char *)from)[count - 1];
    }
    return to;
}

void *memset(void *to, int value, unsigned count)
{
    for (unsigned char *t = to; count > 0; count--) {
        *t++ = (unsigned char)value;
    }
    return to;
}
