/* As Nordic's SystemInit and clock driver do it: nRF52840 product specification, chapters 4.3, 5.3 and 5.4. */
#include "start.h"

#define CLOCK 0x40000000u
#define NVMC 0x4001E000u
#define WDT 0x40010000u
#define P0 0x50000000u

void start(void)
{
    REG(0xE000ED88) |= 0xFu << 20;
    if (REG(0x10000100) != 0x52840) { /* FICR: part */
        for (;;) {
        }
    }
    REG(CLOCK + 0x100) = 0;
    REG(CLOCK + 0x000) = 1;
    WAIT(CLOCK + 0x100, 1, 1); /* HFCLKSTARTED */
    WAIT(CLOCK + 0x40C, 0x10001, 0x10001);
    REG(CLOCK + 0x518) = 1;
    REG(CLOCK + 0x104) = 0;
    REG(CLOCK + 0x008) = 1;
    WAIT(CLOCK + 0x104, 1, 1); /* LFCLKSTARTED */
    WAIT(CLOCK + 0x418, 0x10001, 0x10001);
    WAIT(CLOCK + 0x41C, 3, 1); /* LFCLKSRCCOPY */
    REG(CLOCK + 0x10C) = 0;
    REG(CLOCK + 0x010) = 1;
    WAIT(CLOCK + 0x10C, 1, 1); /* calibration done */
    REG(CLOCK + 0x578) = 1;    /* the converter */
    REG(NVMC + 0x504) = 1;
    WAIT(NVMC + 0x400, 1, 1);
    REG(0x10001200) = 18; /* UICR.PSELRESET */
    WAIT(NVMC + 0x400, 1, 1);
    REG(0x10001204) = 18;
    WAIT(NVMC + 0x400, 1, 1);
    REG(NVMC + 0x504) = 0;
    WAIT(NVMC + 0x400, 1, 1);
    REG(NVMC + 0x540) = 1; /* instruction cache */
    WAIT(NVMC + 0x540, 1, 1);
    REG(WDT + 0x504) = 32768;
    REG(WDT) = 1;
    REG(WDT + 0x600) = 0x6E524635;
    REG(P0 + 0x518) = 1u << 13;
    REG(P0 + 0x508) = 1u << 13;
    REG(CLOCK + 0x004) = 1;
    WAIT(CLOCK + 0x40C, 1, 0); /* the crystal is off again */
}
