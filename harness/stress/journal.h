/* journal.h: what one thread did to a map, call by call, with times: written while it runs, judged
 * when all have stopped. One thread writes a journal; a signal handler has its own. */
#ifndef TMB_JOURNAL_H
#define TMB_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum journal_operation { JOURNAL_PUT, JOURNAL_LOOKUP, JOURNAL_STEAL };

struct journal_entry {
  uint32_t key; /* not of a steal */
  uint16_t operation;
  bool added;
  uint64_t id;
  int64_t call_ns, end_ns;
};

struct journal {
  struct journal_entry *entries;
  size_t count, room;
};

/* False: no memory. Pages are present afterwards, so that writing faults nowhere. */
bool journal_init(struct journal *, size_t room);
void journal_fini(struct journal *);

/* The caller has seen to it that there is room. Async-signal-safe. */
static inline void journal_add(struct journal *journal, struct journal_entry entry)
{
  journal->entries[journal->count++] = entry;
}

#endif
