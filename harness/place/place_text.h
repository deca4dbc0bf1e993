/* place_text.h: how a placement is spelled, taken apart. Private to this room: placement.c seats
 * threads by it.
 *
 *   place = part, or up to PLACE_PARTS_MOST parts joined with '+', a part a role
 *   part  = compact | scatter | cores-first | smt-first | none | node:N | cpus:LIST
 *   LIST  = OS indexes and ranges of them: 0,4,8-11
 *
 * Only node:N and cpus:LIST can be joined: the others are orders of the whole machine. There is no
 * '/' and no space in it, so it stands in a point's name and in a file's.
 */
#ifndef TMB_PLACE_TEXT_H
#define TMB_PLACE_TEXT_H

#include <stdbool.h>

enum place_kind {
  PLACE_COMPACT,
  PLACE_SCATTER,
  PLACE_CORES_FIRST,
  PLACE_SMT_FIRST,
  PLACE_NONE,
  PLACE_NODE,
  PLACE_CPUS,
};

enum {
  PLACE_PARTS_MOST = 8,
  PLACE_CPU_MOST = 65535, /* OS index; Linux has 8192 at most */
};

struct place_part {
  enum place_kind kind;
  unsigned node;  /* OS index, of PLACE_NODE */
  unsigned *cpus; /* OS indexes in the order given, each once, of PLACE_CPUS */
  unsigned cpu_count;
};

struct place_text {
  struct place_part part[PLACE_PARTS_MOST];
  unsigned parts;
};

/* 0; or -EINVAL or -ENOMEM with a sentence in error[TOPOLOGY_ERROR_BYTES], and nothing to fini. */
int place_text_init(struct place_text *, const char *text, char *error);
void place_text_fini(struct place_text *);

#endif
