/* The cycle counter: Espressif's, which counts one event that is chosen, else the standard one. */
#include "firmware.h"

volatile uint32_t tinyscope_cycles;

void clock_start(void)
{
#if TINYSCOPE_ESPRESSIF
    write_csr("0x7e0", 1); /* mpcer: cycles */
    write_csr("0x7e2", 0); /* mpccr */
    write_csr("0x7e1", 1); /* mpcmr: on, turning over at the end */
#endif
}
