/* As HAL_PWREx_ControlVoltageScaling, HAL_RCC_OscConfig, HAL_RCC_ClockConfig and HAL_ICACHE_Enable do it: RM0438,
   chapters 6, 8, 9 and 10. */
#include "start.h"

#define RCC 0x40021000u
#define PWR 0x40007000u
#define FLASH 0x40022000u
#define ICACHE 0x40030400u

void start(void)
{
    REG(0xE000ED88) |= 0xFu << 20;
    SET(RCC + 0x58, 1u << 28);
    REG(PWR) &= ~(3u << 9); /* range 0 */
    WAIT(PWR + 0x14, 1u << 10, 0);
    SET(RCC, 1);
    WAIT(RCC, 2, 2); /* MSI */
    SET(RCC, 1u << 8);
    WAIT(RCC, 1u << 10, 1u << 10); /* HSI */
    SET(RCC, 1u << 16);
    WAIT(RCC, 1u << 17, 1u << 17); /* HSE */
    SET(RCC + 0x98, 1);
    WAIT(RCC + 0x98, 2, 2); /* HSI48 */
    SET(RCC + 0x94, 1);
    WAIT(RCC + 0x94, 2, 2); /* LSI */
    SET(PWR, 1u << 8);
    WAIT(PWR, 1u << 8, 1u << 8);
    SET(RCC + 0x90, 1);
    WAIT(RCC + 0x90, 2, 2); /* LSE */
    for (uint32_t pll = 24; pll <= 28; pll += 2) {
        CLEAR(RCC, 1u << pll);
        WAIT(RCC, 2u << pll, 0);
        SET(RCC, 1u << pll);
        WAIT(RCC, 2u << pll, 2u << pll);
    }
    REG(FLASH) = 5;
    WAIT(FLASH, 0xF, 5);
    REG(RCC + 8) = (REG(RCC + 8) & ~3u) | 3;
    WAIT(RCC + 8, 0xC, 0xC); /* the PLL is the clock */
    WAIT(ICACHE + 4, 1, 0);
    SET(ICACHE, 2);
    WAIT(ICACHE + 4, 2, 2); /* invalidated */
    SET(ICACHE, 1);
    WAIT(ICACHE, 1, 1);
}
