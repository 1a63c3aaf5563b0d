/* One up channel in the layout that SEGGER published for RTT, so that any RTT reader finds it. */
#include "firmware.h"

typedef struct {
    const char *name;
    uint8_t *buffer;
    uint32_t size;
    volatile uint32_t write; /* ours */
    volatile uint32_t read;  /* the host's */
    uint32_t flags;
} rtt_channel;

typedef struct {
    volatile uint8_t id[16];
    uint32_t up_channels;
    uint32_t down_channels;
    rtt_channel up[1];
} rtt_control_block;

rtt_control_block _SEGGER_RTT;
static uint8_t rtt_buffer[1024];

void rtt_init(void)
{
    /* Put together at run time, so that the mark stands nowhere else in memory. */
    static const uint8_t id_reversed[10] = {'T', 'T', 'R', ' ', 'R', 'E', 'G', 'G', 'E', 'S'};
    rtt_channel *up = &_SEGGER_RTT.up[0];
    _SEGGER_RTT.up_channels = 1;
    _SEGGER_RTT.down_channels = 0;
    up->name = "report";
    up->buffer = rtt_buffer;
    up->size = sizeof rtt_buffer;
    up->write = 0;
    up->read = 0;
    up->flags = 2; /* wait when full: nothing is dropped */
    memory_barrier();
    for (uint32_t i = 0; i < sizeof id_reversed; i++) {
        _SEGGER_RTT.id[i] = id_reversed[sizeof id_reversed - 1 - i];
    }
}

void rtt_write(const uint8_t *bytes, uint32_t count)
{
    rtt_channel *up = &_SEGGER_RTT.up[0];
    uint32_t at = up->write;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t next = at + 1 == sizeof rtt_buffer ? 0 : at + 1;
        if (next == up->read) {
            memory_barrier();
            up->write = at;
            while (next == up->read) {
            }
        }
        rtt_buffer[at] = bytes[i];
        at = next;
    }
    memory_barrier();
    up->write = at;
}
