#include "start.h"

static void reset(void)
{
    start();
    done = DONE;
    for (;;) {
    }
}

static void fault(void)
{
    for (;;) {
    }
}

__attribute__((section(".vectors"), used)) static void (*const vectors[16])(void) = {
    (void (*)(void))0x20002000, reset, fault, fault, fault, fault, fault,
};
