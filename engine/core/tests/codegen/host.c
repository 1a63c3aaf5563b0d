/* The harness on the host. */
#include "platform.h"
#include <stdio.h>

void platform_start(void) {}
/* At once, so that nothing is lost when the program ends in a fault. */
void platform_write(const void *bytes, uint32_t count)
{
    fwrite(bytes, 1, count, stdout);
    fflush(stdout);
}
uint32_t platform_instructions(void) { return 0; }
void platform_end(void) {}
