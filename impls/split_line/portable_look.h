/* portable_look.h: a look at a line, in C11, on any processor. */
#ifndef SPLIT_LINE_PORTABLE_LOOK_H
#define SPLIT_LINE_PORTABLE_LOOK_H

#include "split_line/line.h"

struct look_portable {
  uint64_t slot[LINE_SLOTS];
};

static inline struct look_portable look_portable(line_slot *line)
{
  struct look_portable look;
#pragma GCC unroll 8
  for (unsigned i = 0; i < LINE_SLOTS; i++)
    /* Pairs with the publishes in put_closely() and with the finish in child_finish(). */
    look.slot[i] = load_acquire(&line[i]);
  return look;
}

static inline unsigned look_matches_portable(const struct look_portable *look, uint64_t tag)
{
  unsigned matches = 0;
#pragma GCC unroll 8
  for (unsigned i = 0; i < LINE_SLOTS; i++)
    matches |= (unsigned)(((look->slot[i] ^ tag) & SLOT_TAG_MASK) == 0) << i;
  return matches;
}

static inline unsigned look_empty_portable(const struct look_portable *look)
{
  return look_matches_portable(look, 0);
}

#endif
