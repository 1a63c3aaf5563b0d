/* As SystemInit, HAL_PWREx_ConfigSupply, HAL_PWREx_ControlVoltageScaling, HAL_RCC_OscConfig and HAL_RCC_ClockConfig do
   it: RM0433, chapters 4, 6 and 8. */
#include "start.h"

#define RCC 0x58024400u
#define PWR 0x58024800u
#define FLASH 0x52002000u
#define IWDG 0x58004800u

void start(void)
{
    REG(0xE000ED88) |= 0xFu << 20;
    REG(PWR + 0x0C) = (REG(PWR + 0x0C) & ~7u) | 2; /* LDO */
    WAIT(PWR + 4, 1u << 13, 1u << 13);             /* ACTVOSRDY */
    SET(PWR + 0x18, 3u << 14);                     /* scale 1 */
    WAIT(PWR + 0x18, 1u << 13, 1u << 13);          /* VOSRDY */
    WAIT(PWR + 4, 3u << 14, 3u << 14);             /* ACTVOS follows */
    SET(RCC + 0xF4, 2);                            /* SYSCFG's clock */
    SET(0x5800042C, 1);                            /* SYSCFG: scale 0 */
    WAIT(PWR + 4, 1u << 13, 1u << 13);
    SET(RCC, 1);
    WAIT(RCC, 1u << 2, 1u << 2); /* HSI */
    SET(RCC, 1u << 7);
    WAIT(RCC, 1u << 8, 1u << 8); /* CSI */
    SET(RCC, 1u << 12);
    WAIT(RCC, 1u << 13, 1u << 13); /* HSI48 */
    SET(RCC, 1u << 16);
    WAIT(RCC, 1u << 17, 1u << 17); /* HSE */
    WAIT(RCC, 3u << 14, 3u << 14); /* domain clocks */
    SET(RCC + 0x74, 1);
    WAIT(RCC + 0x74, 2, 2); /* LSI */
    SET(PWR, 1u << 8);
    WAIT(PWR, 1u << 8, 1u << 8);
    SET(RCC + 0x70, 1);
    WAIT(RCC + 0x70, 2, 2); /* LSE */
    for (uint32_t pll = 24; pll <= 28; pll += 2) {
        CLEAR(RCC, 1u << pll);
        WAIT(RCC, 2u << pll, 0);
        SET(RCC, 1u << pll);
        WAIT(RCC, 2u << pll, 2u << pll);
    }
    REG(FLASH) = 4 | 2u << 4;
    WAIT(FLASH, 0x3F, 0x24);
    REG(RCC + 0x10) = (REG(RCC + 0x10) & ~7u) | 3;
    WAIT(RCC + 0x10, 7u << 3, 3u << 3); /* PLL1 is the clock */
    SET(PWR + 0x0C, 1u << 24);
    WAIT(PWR + 0x0C, 1u << 26, 1u << 26); /* USB33RDY */
    SET(PWR + 8, 1);
    WAIT(PWR + 8, 1u << 16, 1u << 16); /* backup regulator */
    REG(IWDG) = 0xCCCC;
    REG(IWDG) = 0x5555;
    REG(IWDG + 4) = 4;
    WAIT(IWDG + 12, 7, 0);
    REG(IWDG) = 0xAAAA;
}
