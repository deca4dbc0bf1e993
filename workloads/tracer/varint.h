/* varint.h: numbers of 64 bits as the tracer writes them: LEB128, seven bits a byte, the lowest
 * first, the top bit set where more follow; no byte more than needed. */
#ifndef TMB_TRACER_VARINT_H
#define TMB_TRACER_VARINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VARINT_BYTES_MOST 10

/* Writes value at `out`, which has room for VARINT_BYTES_MOST; returns the first byte behind it. */
static inline unsigned char *varint_write(unsigned char *out, uint64_t value)
{
  for (; value >= 0x80; value >>= 7)
    *out++ = (unsigned char)(value | 0x80);
  *out++ = (unsigned char)value;
  return out;
}

/* Reads a number from *at, which moves behind it. False, and *at unchanged: it is cut off at `end`,
 * has more than 64 bits or a byte too many. */
static inline bool varint_read(const unsigned char **at, const unsigned char *end, uint64_t *value)
{
  const unsigned char *byte = *at;
  uint64_t read = 0;
  for (unsigned shift = 0; byte < end && shift < 64; shift += 7, byte++) {
    uint64_t bits = *byte & 0x7f;
    if (shift == 63 && bits > 1)
      return false;
    read |= bits << shift;
    if (*byte & 0x80)
      continue;
    if (*byte == 0 && shift > 0)
      return false;
    *value = read;
    *at = byte + 1;
    return true;
  }
  return false;
}

#endif
