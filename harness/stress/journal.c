/* journal.c: see journal.h. */
#include "stress/journal.h"

#include <stdlib.h>
#include <string.h>

bool journal_init(struct journal *journal, size_t room)
{
  *journal =
      (struct journal){.entries = malloc((room + 1) * sizeof *journal->entries), .room = room};
  if (!journal->entries)
    return false;
  memset(journal->entries, 0xff, (room + 1) * sizeof *journal->entries);
  return true;
}

void journal_fini(struct journal *journal)
{
  free(journal->entries);
  *journal = (struct journal){0};
}
