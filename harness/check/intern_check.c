/* intern_check.c: see intern_check.h. */
#include "check/intern_check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "record/allocate.h"

static const struct intern_key unseen = {.add_call = INTERN_FOREVER,
                                         .add_end = INTERN_NEVER,
                                         .miss_call = INTERN_NEVER,
                                         .miss_end = INTERN_NEVER,
                                         .find_call = INTERN_FOREVER,
                                         .find_end = INTERN_FOREVER,
                                         .open_call = INTERN_FOREVER};

static bool was_added(const struct intern_key *seen)
{
  return seen->add_call <= seen->add_end;
}

/* A thread's summary. */

static void summary_clear(struct intern_summary *summary)
{
  for (uint32_t key = 0; key < summary->key_count; key++)
    summary->keys[key] = unseen;
  summary->first_call = summary->first_open_call = INTERN_FOREVER;
  summary->last_end = INTERN_NEVER;
  summary->steal_count = 0;
  summary->open_steals = 0;
  summary->conflict = (struct intern_certificate){.verdict = INTERN_LINEARIZABLE};
}

void intern_summary_init(struct intern_summary *summary, uint32_t keys, uint32_t thread)
{
  *summary = (struct intern_summary){
      .keys = allocate_lines(keys, sizeof *summary->keys), .key_count = keys, .thread = thread};
  summary_clear(summary);
}

void intern_summary_fini(struct intern_summary *summary)
{
  free(summary->keys);
  free(summary->steals);
}

/* The operation that fixed the id of a key that has been seen. */
static struct intern_op first_op(const struct intern_key *seen, uint32_t key, uint32_t add_thread,
                                 uint32_t find_thread)
{
  if (was_added(seen))
    return (struct intern_op){INTERN_ADDED,   key,          add_thread, seen->id,
                              seen->add_call, seen->add_end};
  return (struct intern_op){INTERN_FOUND,    key,           find_thread, seen->id,
                            seen->find_call, seen->find_end};
}

/* Keeps the first contradiction only. */
static void contradict(struct intern_certificate *kept, enum intern_verdict verdict,
                       struct intern_op first, struct intern_op second)
{
  if (kept->verdict == INTERN_LINEARIZABLE)
    *kept = (struct intern_certificate){.verdict = verdict, .op_count = 2, .ops = {first, second}};
}

static void refute(struct intern_certificate *kept, enum intern_verdict verdict,
                   struct intern_op op)
{
  if (kept->verdict == INTERN_LINEARIZABLE)
    *kept = (struct intern_certificate){.verdict = verdict, .op_count = 1, .ops = {op}};
}

void intern_summary_first_id(struct intern_summary *summary, uint32_t key, uint64_t id,
                             enum intern_op_kind kind, int64_t call, int64_t end)
{
  struct intern_key *seen = &summary->keys[key];
  struct intern_op op = {kind, key, summary->thread, id, call, end};
  if (id == 0)
    refute(&summary->conflict, INTERN_ZERO_ID, op);
  else if (seen->id == 0)
    seen->id = id;
  else
    contradict(&summary->conflict, INTERN_TWO_IDS,
               first_op(seen, key, summary->thread, summary->thread), op);
}

void intern_summary_second_add(struct intern_summary *summary, uint32_t key, uint64_t id,
                               int64_t call, int64_t end)
{
  const struct intern_key *seen = &summary->keys[key];
  contradict(&summary->conflict, INTERN_ADDED_TWICE,
             first_op(seen, key, summary->thread, summary->thread),
             (struct intern_op){INTERN_ADDED, key, summary->thread, id, call, end});
}

void intern_summary_bad_interval(struct intern_summary *summary, const struct intern_op *op)
{
  /* An error of the harness displaces what was found before. */
  if (!intern_verdict_blames_harness(summary->conflict.verdict))
    summary->conflict = (struct intern_certificate){
        .verdict = INTERN_ENDS_BEFORE_ITS_CALL, .op_count = 1, .ops = {*op}};
}

void intern_summary_open_put(struct intern_summary *summary, uint32_t key, int64_t call)
{
  struct intern_key *seen = &summary->keys[key];
  if (call < summary->first_open_call)
    summary->first_open_call = call;
  if (call < seen->open_call)
    seen->open_call = call;
}

void intern_summary_steal(struct intern_summary *summary, uint64_t id, int64_t call, int64_t end)
{
  struct intern_op op = {INTERN_STOLE, 0, summary->thread, id, call, end};
  if (call > end)
    intern_summary_bad_interval(summary, &op);
  intern_summary_span(summary, call, end);
  if (id == 0) {
    refute(&summary->conflict, INTERN_ZERO_ID, op);
    return;
  }
  summary->steals = allocate_one_more(summary->steals, summary->steal_count, &summary->steal_room,
                                      sizeof *summary->steals);
  summary->steals[summary->steal_count++] = (struct intern_steal){id, call, end};
}

void intern_summary_open_steal(struct intern_summary *summary, int64_t call)
{
  if (call < summary->first_open_call)
    summary->first_open_call = call;
  summary->open_steals++;
}

/* All threads together. */

struct merged_key {
  struct intern_key seen;
  uint32_t add_thread, miss_thread, find_thread, open_thread;
};

/* An id that was drawn, and the operation that shows it. */
struct drawn_id {
  uint64_t id;
  struct intern_op op;
};

struct intern_check {
  struct merged_key *keys;
  uint32_t key_count;
  unsigned promises;
  uint64_t epoch;
  struct intern_op earliest, latest, first_open; /* of the epoch in hand; only times and thread */
  int64_t reset_end;                             /* of the reset that began the epoch */
  struct drawn_id *stolen;
  size_t stolen_count, stolen_room;
  uint64_t open_steals;
  struct intern_certificate conflict; /* of the epoch in hand */
  struct intern_certificate result;   /* of the epochs before it */
};

static void epoch_clear(struct intern_check *check)
{
  for (uint32_t key = 0; key < check->key_count; key++)
    check->keys[key] = (struct merged_key){.seen = unseen};
  check->earliest = check->first_open =
      (struct intern_op){.kind = INTERN_OTHER, .call = INTERN_FOREVER, .end = INTERN_FOREVER};
  check->latest =
      (struct intern_op){.kind = INTERN_OTHER, .call = INTERN_NEVER, .end = INTERN_NEVER};
  check->stolen_count = 0;
  check->open_steals = 0;
  check->conflict = (struct intern_certificate){.verdict = INTERN_LINEARIZABLE};
}

struct intern_check *intern_check_create(uint32_t keys, unsigned promises)
{
  struct intern_check *check = allocate_zeroed(1, sizeof *check);
  check->keys = allocate(keys, sizeof *check->keys);
  check->key_count = keys;
  check->promises = promises;
  check->reset_end = INTERN_NEVER;
  epoch_clear(check);
  return check;
}

void intern_check_destroy(struct intern_check *check)
{
  free(check->keys);
  free(check->stolen);
  free(check);
}

static void take_conflict(struct intern_certificate *ours, const struct intern_certificate *theirs)
{
  if (ours->verdict == INTERN_LINEARIZABLE || (intern_verdict_blames_harness(theirs->verdict) &&
                                               !intern_verdict_blames_harness(ours->verdict)))
    *ours = *theirs;
}

static void merge_key(struct intern_check *check, uint32_t key, const struct intern_key *theirs,
                      uint32_t thread)
{
  struct merged_key *merged = &check->keys[key];
  struct intern_key *ours = &merged->seen;
  if (theirs->id != 0) {
    struct intern_op their_op = first_op(theirs, key, thread, thread);
    struct intern_op our_op = first_op(ours, key, merged->add_thread, merged->find_thread);
    if (ours->id != 0 && ours->id != theirs->id)
      contradict(&check->conflict, INTERN_TWO_IDS, our_op, their_op);
    if (was_added(ours) && was_added(theirs))
      contradict(&check->conflict, INTERN_ADDED_TWICE, our_op, their_op);
    if (ours->id == 0)
      ours->id = theirs->id;
  }
  if (was_added(theirs)) {
    ours->add_call = theirs->add_call;
    ours->add_end = theirs->add_end;
    merged->add_thread = thread;
  }
  if (theirs->miss_call > ours->miss_call) {
    ours->miss_call = theirs->miss_call;
    ours->miss_end = theirs->miss_end;
    merged->miss_thread = thread;
  }
  if (theirs->find_end < ours->find_end) {
    ours->find_call = theirs->find_call;
    ours->find_end = theirs->find_end;
    merged->find_thread = thread;
  }
  if (theirs->open_call < ours->open_call) {
    ours->open_call = theirs->open_call;
    merged->open_thread = thread;
  }
}

void intern_check_merge(struct intern_check *check, struct intern_summary *summary)
{
  uint32_t thread = summary->thread;
  take_conflict(&check->conflict, &summary->conflict);
  for (uint32_t key = 0; key < check->key_count; key++)
    merge_key(check, key, &summary->keys[key], thread);
  for (size_t i = 0; i < summary->steal_count; i++) {
    const struct intern_steal *steal = &summary->steals[i];
    check->stolen = allocate_one_more(check->stolen, check->stolen_count, &check->stolen_room,
                                      sizeof *check->stolen);
    check->stolen[check->stolen_count++] =
        (struct drawn_id){steal->id, {INTERN_STOLE, 0, thread, steal->id, steal->call, steal->end}};
  }
  check->open_steals += summary->open_steals;
  if (summary->first_call < check->earliest.call) {
    check->earliest.call = summary->first_call;
    check->earliest.thread = thread;
  }
  if (summary->last_end > check->latest.end) {
    check->latest.end = summary->last_end;
    check->latest.thread = thread;
  }
  if (summary->first_open_call < check->first_open.call) {
    check->first_open.call = summary->first_open_call;
    check->first_open.thread = thread;
  }
  summary_clear(summary);
}

/* The rule of the header, for one key. */
static void judge_key(struct intern_check *check, uint32_t key)
{
  const struct merged_key *merged = &check->keys[key];
  const struct intern_key *seen = &merged->seen;
  if (seen->id == 0)
    return; /* never in the map as far as anybody saw: misses and open puts are free */
  bool added = was_added(seen);
  struct intern_op find = {INTERN_FOUND,    key,           merged->find_thread, seen->id,
                           seen->find_call, seen->find_end};
  struct intern_op miss = {INTERN_MISSED,   key,           merged->miss_thread, 0,
                           seen->miss_call, seen->miss_end};
  struct intern_op adder = {INTERN_ADDED,   key,          merged->add_thread, seen->id,
                            seen->add_call, seen->add_end};
  if (!added) {
    if (seen->open_call == INTERN_FOREVER) {
      refute(&check->conflict, INTERN_NEVER_ADDED, find);
      return;
    }
    adder = (struct intern_op){INTERN_OPEN_PUT, key,           merged->open_thread, 0,
                               seen->open_call, INTERN_FOREVER};
  }
  int64_t lo = adder.call > miss.call ? adder.call : miss.call;
  int64_t hi = adder.end < find.end ? adder.end : find.end;
  if (lo <= hi)
    return;
  /* One of the two that set lo and one of the two that set hi contradict each other. */
  if (find.end < adder.call) {
    contradict(&check->conflict, INTERN_FOUND_TOO_EARLY, find, adder);
  } else if (adder.end < miss.call) {
    contradict(&check->conflict, INTERN_MISSED_TOO_LATE, adder, miss);
  } else {
    if (check->conflict.verdict == INTERN_LINEARIZABLE)
      check->conflict = (struct intern_certificate){
          .verdict = INTERN_LOST, .op_count = 3, .ops = {find, miss, adder}};
  }
}

static int by_id(const void *a, const void *b)
{
  const struct drawn_id *x = a, *y = b;
  if (x->id != y->id)
    return x->id < y->id ? -1 : 1;
  return (x->op.call > y->op.call) - (x->op.call < y->op.call);
}

static int by_call(const void *a, const void *b)
{
  const struct drawn_id *x = a, *y = b;
  return (x->op.call > y->op.call) - (x->op.call < y->op.call);
}

static int by_end(const void *a, const void *b)
{
  const struct drawn_id *x = a, *y = b;
  return (x->op.end > y->op.end) - (x->op.end < y->op.end);
}

/* Whoever is called after another has returned must have the larger id. Sweeps through the calls in
 * time order beside the returns in time order. */
static void judge_id_order(struct intern_check *check, struct drawn_id *adds, size_t count)
{
  struct drawn_id *ends = allocate(count, sizeof *ends);
  for (size_t i = 0; i < count; i++)
    ends[i] = adds[i];
  qsort(adds, count, sizeof *adds, by_call);
  qsort(ends, count, sizeof *ends, by_end);
  const struct drawn_id *largest = NULL; /* of those that have returned */
  size_t returned = 0;
  for (size_t i = 0; i < count; i++) {
    for (; returned < count && ends[returned].op.end < adds[i].op.call; returned++)
      if (!largest || ends[returned].id > largest->id)
        largest = &ends[returned];
    if (largest && largest->id > adds[i].id) {
      contradict(&check->conflict, INTERN_IDS_OUT_OF_ORDER, largest->op, adds[i].op);
      break;
    }
  }
  free(ends);
}

static void judge_ids(struct intern_check *check)
{
  size_t count = 0, adds = 0;
  uint64_t unknown = check->open_steals; /* ids drawn, perhaps, that nobody saw */
  struct drawn_id *drawn = allocate(check->key_count + check->stolen_count, sizeof *drawn);
  for (uint32_t key = 0; key < check->key_count; key++) {
    const struct merged_key *merged = &check->keys[key];
    const struct intern_key *seen = &merged->seen;
    if (seen->id == 0) {
      unknown += seen->open_call != INTERN_FOREVER;
      continue;
    }
    struct intern_op op = first_op(seen, key, merged->add_thread, merged->find_thread);
    drawn[count++] = (struct drawn_id){seen->id, op};
  }
  adds = count;
  for (size_t i = 0; i < check->stolen_count; i++)
    drawn[count++] = check->stolen[i];

  if (check->promises & INTERN_ORDERED_IDS) {
    struct drawn_id *ordered = allocate(adds, sizeof *ordered);
    for (size_t i = 0; i < adds; i++) {
      ordered[i] = drawn[i];
      const struct merged_key *merged = &check->keys[drawn[i].op.key];
      if (drawn[i].op.kind == INTERN_FOUND) { /* added by an open put: no earlier than this */
        ordered[i].op =
            (struct intern_op){INTERN_OPEN_PUT, drawn[i].op.key,        merged->open_thread,
                               drawn[i].id,     merged->seen.open_call, INTERN_FOREVER};
      }
    }
    judge_id_order(check, ordered, adds);
    free(ordered);
  }

  qsort(drawn, count, sizeof *drawn, by_id);
  for (size_t i = 1; i < count; i++)
    if (drawn[i - 1].id == drawn[i].id)
      contradict(&check->conflict, INTERN_SHARED_ID, drawn[i - 1].op, drawn[i].op);
  if (check->promises & INTERN_DENSE_IDS && count > 0 && drawn[count - 1].id - count > unknown)
    refute(&check->conflict, INTERN_GAP_IN_IDS, drawn[count - 1].op);
  free(drawn);
}

static void blame_reset(struct intern_check *check, struct intern_op reset, struct intern_op op)
{
  if (intern_verdict_blames_harness(check->conflict.verdict))
    return;
  check->conflict = (struct intern_certificate){
      .verdict = INTERN_RESET_OVERLAPPED, .op_count = 2, .ops = {reset, op}};
}

static void judge_epoch(struct intern_check *check)
{
  struct intern_op reset = {
      .kind = INTERN_WAS_RESET, .call = INTERN_NEVER, .end = check->reset_end};
  if (check->earliest.call < check->reset_end)
    blame_reset(check, reset, check->earliest);
  if (check->first_open.call < check->reset_end)
    blame_reset(check, reset, check->first_open);
  for (uint32_t key = 0; key < check->key_count; key++)
    judge_key(check, key);
  judge_ids(check);
  check->conflict.epoch = check->epoch;
  take_conflict(&check->result, &check->conflict);
}

void intern_check_reset(struct intern_check *check, int64_t call, int64_t end)
{
  struct intern_op reset = {.kind = INTERN_WAS_RESET, .call = call, .end = end};
  if (check->latest.end > call)
    blame_reset(check, reset, check->latest);
  if (check->first_open.call != INTERN_FOREVER)
    blame_reset(check, reset, check->first_open);
  judge_epoch(check);
  epoch_clear(check);
  check->epoch++;
  check->reset_end = end;
}

struct intern_certificate intern_check_finish(struct intern_check *check)
{
  judge_epoch(check);
  return check->result;
}
