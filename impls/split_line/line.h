/* line.h: a line of eight slots: where split_line writes down which records there are.
 *
 * A slot is one atomic word. It is 0, or a marker, or a link, which is the address of a line alone;
 * or it names a record: 16 bits of its hash (the tag, at the top), its address (of 48 bits, aligned
 * to 8), flags in the lowest bits.
 *
 *   slots 0 … 6:  0        nothing yet
 *                 SEALED   nothing, and never will be
 *                 record   for ever
 *   slot 7:       0        the line is not filled yet: its strings are still in its parent
 *                 FILLED   nothing, and the line is in use
 *                 SEALED   nothing, and never will be
 *                 record   until it moves into an overflow line; with SLOT_LAST for ever
 *                 link     to an overflow line, for ever; the record that stood here is its first
 *
 * Slots are taken in order, each by one compare-and-swap of the first that is empty. So whoever
 * reads a line from its first slot on, and meets an empty one, has seen all that it holds; and
 * whoever then takes that very slot knows that nothing was added since. A line is sealed by taking
 * its first empty slot with SEALED, or by SLOT_LAST in its eighth: from then on its chain never
 * changes.
 */
#ifndef SPLIT_LINE_LINE_H
#define SPLIT_LINE_LINE_H

#include <stdalign.h>

#include "common/atomics.h"
#include "split_line/record.h"

#define LINE_SLOTS 8u
#define LINE_BYTES 64u

typedef _Atomic uint64_t line_slot;

/* Markers: no address, and never SLOT_RECORD. SLOT_LAST is asked of records only. */
#define SLOT_FILLED UINT64_C(2)
#define SLOT_SEALED UINT64_C(4)
#define SLOT_RECORD UINT64_C(1) /* flag: names a record; an address without it is a link */
#define SLOT_LAST UINT64_C(2)   /* flag: the last record of a sealed chain */
#define SLOT_TAG_SHIFT 48u
#define SLOT_TAG_MASK (~UINT64_C(0) << SLOT_TAG_SHIFT)
#define SLOT_ADDRESS_MASK (~SLOT_TAG_MASK & ~UINT64_C(7))

/* Addresses have 48 bits: what Linux gives a program that does not ask for more. */
static inline bool slot_can_name(const void *address)
{
  return ((uintptr_t)address & ~SLOT_ADDRESS_MASK) == 0;
}

/* Below its own bits a tag may hold anything. */
static inline uint64_t slot_naming(const struct record *record, uint64_t tag)
{
  return (tag & SLOT_TAG_MASK) | (uintptr_t)record | SLOT_RECORD;
}

static inline uint64_t slot_linking(const line_slot *line)
{
  return (uintptr_t)line;
}

/* 1 or 0. */
static inline unsigned slot_has_tag(uint64_t slot, uint64_t tag)
{
  return ((slot ^ (tag | SLOT_RECORD)) & (SLOT_TAG_MASK | SLOT_RECORD)) == 0;
}

static inline bool slot_names_nothing(uint64_t slot)
{
  return (slot & SLOT_ADDRESS_MASK) == 0;
}

static inline bool slot_is_record(uint64_t slot)
{
  return slot & SLOT_RECORD;
}

static inline bool slot_is_link(uint64_t slot)
{
  return !slot_names_nothing(slot) && !slot_is_record(slot);
}

static inline struct record *slot_record(uint64_t slot)
{
  return (struct record *)(uintptr_t)(slot & SLOT_ADDRESS_MASK);
}

static inline line_slot *slot_line(uint64_t slot)
{
  return (line_slot *)(uintptr_t)slot;
}

static inline bool line_is_filled(const line_slot *line)
{
  /* Pairs with the finish in child_finish(): the other slots are read after this. */
  return load_acquire(&line[7]) != 0;
}

enum line_end {
  LINE_FOUND,  /* *slot names the record */
  LINE_ROOM,   /* *at is the first empty slot, *slot what it holds: 0 or SLOT_FILLED */
  LINE_FULL,   /* *at is the eighth slot, *slot the record in it */
  LINE_SEALED, /* the string is not here and will not be */
};

/* From now on nothing is added to the chain that begins here. */
static inline void line_seal(line_slot *line)
{
  for (unsigned i = 0;;) {
    uint64_t held = load_acquire(&line[i]); /* the same */
    if (!slot_names_nothing(held)) {
      if (i < 7) {
        i++;
        continue;
      }
      if (slot_is_link(held)) {
        line = slot_line(held);
        i = 0;
        continue;
      }
      if (held & SLOT_LAST)
        return;
      /* Pairs with the loads in search() and line_next(). */
      if (cas_publish(&line[7], &held, held | SLOT_LAST))
        return;
      continue;
    }
    if (held == SLOT_SEALED || cas_publish(&line[i], &held, SLOT_SEALED)) /* the same */
      return;
  }
}

/* Where a walk over the records of a chain stands. */
struct line_walk {
  line_slot *line;
  unsigned next, depth; /* slot to look at; lines behind the first */
};

/* The next record's slot, 0 at the end. */
static inline uint64_t line_next(struct line_walk *walk)
{
  while (walk->line) {
    uint64_t held = load_acquire(&walk->line[walk->next]); /* the same as in search() */
    if (slot_is_link(held)) {
      walk->line = slot_line(held);
      walk->next = 0;
      walk->depth++;
      continue;
    }
    if (!slot_is_record(held) || walk->next == 7)
      walk->line = NULL;
    walk->next++;
    if (slot_is_record(held))
      return held & ~SLOT_LAST;
  }
  return 0;
}

#endif
