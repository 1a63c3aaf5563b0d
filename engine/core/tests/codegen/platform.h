/* What differs between the host and the emulated board. */
#include <stdint.h>

void platform_start(void);
void platform_write(const void *bytes, uint32_t count);
uint32_t platform_instructions(void);
void platform_end(void);
