/* As SystemInit, HAL_PWREx_EnableOverDrive, HAL_RCC_OscConfig and HAL_RCC_ClockConfig do it: RM0390, chapters 3, 5
   and 6. The F7 is the same but for the reset value of some registers. */
#include "start.h"

#define RCC 0x40023800u
#define PWR 0x40007000u
#define FLASH 0x40023C00u
#define IWDG 0x40003000u

void start(void)
{
    REG(0xE000ED88) |= 0xFu << 20; /* CPACR: the FPU */
    SET(RCC + 0x40, 1u << 28);     /* PWR's clock */
    SET(PWR, 3u << 14);            /* scale 1 */
    SET(RCC, 1u << 16);
    WAIT(RCC, 1u << 17, 1u << 17); /* HSE */
    SET(RCC, 1);
    WAIT(RCC, 2, 2); /* HSI */
    SET(RCC + 0x74, 1);
    WAIT(RCC + 0x74, 2, 2); /* LSI */
    SET(PWR, 1u << 8);      /* backup domain */
    WAIT(PWR, 1u << 8, 1u << 8);
    SET(RCC + 0x70, 1);
    WAIT(RCC + 0x70, 2, 2); /* LSE */
    CLEAR(RCC, 1u << 24);
    WAIT(RCC, 1u << 25, 0);
    REG(RCC + 4) = 8u | 360u << 6 | 1u << 22 | 7u << 24;
    SET(RCC, 1u << 24);
    WAIT(RCC, 1u << 25, 1u << 25); /* PLL */
    SET(RCC, 1u << 26);
    WAIT(RCC, 1u << 27, 1u << 27); /* PLLI2S */
    SET(RCC, 1u << 28);
    WAIT(RCC, 1u << 29, 1u << 29); /* PLLSAI */
    WAIT(PWR + 4, 1u << 14, 1u << 14); /* VOSRDY */
    SET(PWR, 1u << 16);
    WAIT(PWR + 4, 1u << 16, 1u << 16); /* over-drive */
    SET(PWR, 1u << 17);
    WAIT(PWR + 4, 1u << 17, 1u << 17); /* its switch */
    SET(PWR + 4, 1u << 9);
    WAIT(PWR + 4, 1u << 3, 1u << 3); /* backup regulator */
    BYTE(FLASH) = 5;                 /* latency, as a byte, as ST's macro writes it */
    WAIT(FLASH, 0xF, 5);
    SET(FLASH, 0x300);
    WAIT(FLASH, 0x30F, 0x305); /* and the accelerator */
    REG(RCC + 8) = (REG(RCC + 8) & ~3u) | 2 | 5u << 10 | 4u << 13;
    WAIT(RCC + 8, 0xC, 8); /* the PLL is the clock */
    REG(IWDG) = 0x5555;
    REG(IWDG + 4) = 4;
    REG(IWDG + 8) = 100;
    WAIT(IWDG + 12, 3, 0);
    REG(IWDG) = 0xCCCC;
    REG(IWDG) = 0xAAAA;
}
