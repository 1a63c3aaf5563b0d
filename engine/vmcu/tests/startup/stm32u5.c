/* As HAL_PWREx_ControlVoltageScaling, HAL_PWREx_ConfigSupply, HAL_RCC_OscConfig, HAL_RCC_ClockConfig and
   HAL_ICACHE_Enable do it: RM0456, chapters 7, 8, 10 and 11. */
#include "start.h"

#define RCC 0x46020C00u
#define PWR 0x46020800u
#define FLASH 0x40022000u
#define ICACHE 0x40030400u

void start(void)
{
    REG(0xE000ED88) |= 0xFu << 20;
    SET(RCC + 0x94, 1u << 2); /* PWR's clock */
    SET(PWR + 8, 1u << 1);
    WAIT(PWR + 0x3C, 1u << 1, 1u << 1); /* SMPS in use */
    CLEAR(PWR + 8, 1u << 1);
    WAIT(PWR + 0x3C, 1u << 1, 0);                         /* LDO in use */
    REG(PWR + 0x0C) = (REG(PWR + 0x0C) & ~(3u << 16)) | 3u << 16; /* range 1 */
    WAIT(PWR + 0x0C, 1u << 15, 1u << 15);                 /* VOSRDY */
    WAIT(PWR + 0x3C, 1u << 15 | 3u << 16, 1u << 15 | 3u << 16);
    SET(RCC, 1);
    WAIT(RCC, 1u << 2, 1u << 2); /* MSIS */
    SET(RCC, 1u << 4);
    WAIT(RCC, 1u << 5, 1u << 5); /* MSIK */
    SET(RCC, 1u << 8);
    WAIT(RCC, 1u << 10, 1u << 10); /* HSI */
    SET(RCC, 1u << 12);
    WAIT(RCC, 1u << 13, 1u << 13); /* HSI48 */
    SET(RCC, 1u << 14);
    WAIT(RCC, 1u << 15, 1u << 15); /* SHSI */
    SET(RCC, 1u << 16);
    WAIT(RCC, 1u << 17, 1u << 17); /* HSE */
    SET(PWR + 0x28, 1);            /* backup domain */
    WAIT(PWR + 0x28, 1, 1);
    SET(RCC + 0xF0, 1u << 26);
    WAIT(RCC + 0xF0, 1u << 27, 1u << 27); /* LSI */
    SET(RCC + 0xF0, 1);
    WAIT(RCC + 0xF0, 2, 2); /* LSE */
    SET(RCC + 0xF0, 1u << 7);
    WAIT(RCC + 0xF0, 1u << 11, 1u << 11); /* LSE for the system */
    SET(PWR + 0x0C, 1u << 18);
    WAIT(PWR + 0x0C, 1u << 14, 1u << 14); /* booster */
    for (uint32_t pll = 24; pll <= 28; pll += 2) {
        CLEAR(RCC, 1u << pll);
        WAIT(RCC, 2u << pll, 0);
        SET(RCC, 1u << pll);
        WAIT(RCC, 2u << pll, 2u << pll);
    }
    REG(FLASH) = (REG(FLASH) & ~0xFu) | 4;
    WAIT(FLASH, 0xF, 4);
    REG(RCC + 0x1C) = (REG(RCC + 0x1C) & ~3u) | 3;
    WAIT(RCC + 0x1C, 0xC, 0xC); /* PLL1 is the clock */
    WAIT(ICACHE + 4, 1, 0);
    SET(ICACHE, 2);
    WAIT(ICACHE + 4, 2, 2);
    SET(ICACHE, 1);
    WAIT(ICACHE, 1, 1);
}
