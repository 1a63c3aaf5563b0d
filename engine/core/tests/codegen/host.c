/* The harness on the host. */
#include "platform.h"
#include <stdio.h>

void platform_start(void) {}
void platform_write(const void *bytes, uint32_t count) { fwrite(bytes, 1, count, stdout); }
uint32_t platform_instructions(void) { return 0; }
void platform_end(void) {}
