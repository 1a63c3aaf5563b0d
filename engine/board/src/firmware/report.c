/* Frames: magic, kind, sequence, payload length, payload, CRC-32 (IEEE 802.3) of all before it; little-endian.

   A frame is gone through twice: the first time only its checksum is taken, the second time it is sent, with the
   checksum of the first. So nothing that the host's traffic may do to the memory meanwhile passes for a result. */
#include "firmware.h"

#define REPORT_MAGIC 0x32525354u /* "TSR2" */

static uint32_t crc, sending;

uint32_t crc_update(uint32_t value, const uint8_t *bytes, uint32_t count)
{
    static const uint32_t nibble[16] = {
        0x00000000u, 0x1DB71064u, 0x3B6E20C8u, 0x26D930ACu, 0x76DC4190u, 0x6B6B51F4u, 0x4DB26158u, 0x5005713Cu,
        0xEDB88320u, 0xF00F9344u, 0xD6D6A3E8u, 0xCB61B38Cu, 0x9B64C2B0u, 0x86D3D2D4u, 0xA00AE278u, 0xBDBDF21Cu,
    };
    for (uint32_t i = 0; i < count; i++) {
        value ^= bytes[i];
        value = (value >> 4) ^ nibble[value & 15u];
        value = (value >> 4) ^ nibble[value & 15u];
    }
    return value;
}

void report_bytes(const uint8_t *bytes, uint32_t count)
{
    if (sending) {
        rtt_write(bytes, count);
    } else {
        crc = crc_update(crc, bytes, count);
    }
}

void report_word(uint32_t value)
{
    const uint8_t bytes[4] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16), (uint8_t)(value >> 24)};
    report_bytes(bytes, sizeof bytes);
}

void report_long(uint64_t value)
{
    report_word((uint32_t)value);
    report_word((uint32_t)(value >> 32));
}

void report_open(uint32_t kind, uint32_t sequence, uint32_t payload_bytes)
{
    if (!sending) {
        crc = CRC_START;
    }
    report_word(REPORT_MAGIC);
    report_word(kind);
    report_word(sequence);
    report_word(payload_bytes);
}

void report_send(void)
{
    sending = 1;
}

void report_close(void)
{
    report_word(~crc);
    sending = 0;
}
