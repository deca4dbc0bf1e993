/* split.h: splits a history into problems that can be solved one by one: it is linearizable if and
 * only if each of its problems is and no two ids clash.
 *
 *   register, kv, set   a problem a key
 *   intern              a problem a key and epoch, plus the condition, free of any order, that ids
 *                       of an epoch differ between keys and are the same for one key. An epoch ends
 *                       at a reset that nothing overlaps. An epoch in which another reset overlaps
 *                       something is one problem, all keys together
 *
 * Called by linearize.c. Not thread-safe.
 */
#ifndef TMB_SPLIT_H
#define TMB_SPLIT_H

#include "check/models.h"

struct problem_set {
  struct problem *problems;
  size_t count, room;
  bool clash; /* these two operations returned ids that no order reconciles */
  uint32_t clashing[2];
};

struct problem_set problem_set_of(const struct history *history);
void problem_set_fini(struct problem_set *set);

#endif
