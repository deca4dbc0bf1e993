/* locked_instruction.c: see locked_instruction.h.
 *
 * Reference: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, chapter 2
 * (instruction format) and LOCK, XCHG in volume 2. All instructions that take a lock prefix have a
 * ModRM byte behind an opcode of one byte, or of 0f and one. */
#include "measure/locked_instruction.h"

/* A byte of the instruction; 0 behind those that are given, which then is no locked one. */
struct reader {
  const unsigned char *bytes;
  size_t n, at;
};

static unsigned peek(const struct reader *r)
{
  return r->at < r->n ? r->bytes[r->at] : 0;
}

static unsigned next(struct reader *r)
{
  unsigned byte = peek(r);
  r->at++;
  return byte;
}

static int64_t displacement(struct reader *r, int bytes)
{
  uint32_t value = 0;
  for (int i = 0; i < bytes; i++)
    value |= (uint32_t)next(r) << (8 * i);
  return bytes == 1 ? (int8_t)value : (int32_t)value;
}

/* Bytes behind the operand: what a rip-relative address must know. Of the instructions that can be
 * locked, the arithmetic ones with an immediate and the bit tests have any. */
static int immediate_bytes(unsigned opcode, bool two_bytes, bool short_operand)
{
  if (two_bytes)
    return opcode == 0xba ? 1 : 0;
  if (opcode == 0x80 || opcode == 0x83)
    return 1;
  if (opcode == 0x81)
    return short_operand ? 2 : 4;
  return 0;
}

struct instruction instruction_decode(const unsigned char *bytes, size_t n, uint64_t at,
                                      const struct instruction_registers *registers)
{
  struct reader r = {.bytes = bytes, .n = n};
  struct instruction found = {0};
  bool lock = false, short_operand = false, short_address = false;
  uint64_t segment = 0;
  for (bool prefix = true; prefix;) {
    switch (peek(&r)) {
    case 0xf0:
      lock = true;
      break;
    case 0xf2:
    case 0xf3:
      found.repeats = true;
      break;
    case 0x64:
      segment = registers->fs_base;
      break;
    case 0x65:
      segment = registers->gs_base;
      break;
    case 0x66:
      short_operand = true;
      break;
    case 0x67:
      short_address = true;
      break;
    case 0x26:
    case 0x2e:
    case 0x36:
    case 0x3e:
      break;
    default:
      prefix = false;
    }
    r.at += prefix;
  }
  unsigned rex = 0;
  if ((peek(&r) & 0xf0) == 0x40)
    rex = next(&r);
  unsigned opcode = next(&r);
  bool two_bytes = opcode == 0x0f;
  if (two_bytes)
    opcode = next(&r);
  unsigned modrm = next(&r), mode = modrm >> 6, low = modrm & 7;
  bool exchanges = !two_bytes && (opcode == 0x86 || opcode == 0x87);
  if (mode == 3 || !(lock || exchanges) || r.at > n)
    return found;

  uint64_t base = 0;
  bool relative = false, wide = false; /* wide: a displacement of 4 bytes instead of a base */
  if (low == 4) {
    unsigned sib = next(&r);
    unsigned index = (sib >> 3 & 7) | (rex & 2) << 2, from = sib & 7;
    if (index != 4)
      base += registers->general[index] << (sib >> 6);
    wide = mode == 0 && from == 5;
    if (!wide)
      base += registers->general[from | (rex & 1) << 3];
  } else if (mode == 0 && low == 5) {
    relative = wide = true;
  } else {
    base = registers->general[low | (rex & 1) << 3];
  }
  int64_t offset = displacement(&r, mode == 1 ? 1 : mode == 2 || wide ? 4 : 0);
  if (relative)
    base = at + r.at + (size_t)immediate_bytes(opcode, two_bytes, short_operand);
  uint64_t address = base + (uint64_t)offset;
  if (short_address)
    address &= UINT32_MAX;
  found.locked = r.at <= n;
  found.address = found.locked ? address + segment : 0;
  return found;
}
