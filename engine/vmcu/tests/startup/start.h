/* What the start-up programs share: registers by address, the vector table, and the word that says which wait comes
   next, so that a wait without end can be named. */
#ifndef START_H
#define START_H

#include <stdint.h>

#define REG(address) (*(volatile uint32_t *)(address))
#define BYTE(address) (*(volatile uint8_t *)(address))
/* Waits until all bits of a mask read as a value. */
#define WAIT(address, mask, value)                                                                 \
    do {                                                                                           \
        step = __LINE__;                                                                           \
        while ((REG(address) & (mask)) != (value)) {                                               \
        }                                                                                          \
    } while (0)
#define SET(address, bits) (REG(address) |= (bits))
#define CLEAR(address, bits) (REG(address) &= ~(uint32_t)(bits))

/* In RAM at a fixed address (link.ld): the line of the last wait, then DONE. */
extern volatile uint32_t step, done;
#define DONE 0x600D600Du

void start(void);

#endif
