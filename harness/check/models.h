/* models.h: what a history's operations require and do, in the few kinds of step that the search
 * knows. A problem is a set of steps to be put in order; split.h says which operations make one.
 *
 * Operations that no order can contradict become no step: reads without a known result, refused
 * puts, open operations without effect.
 *
 * Called by split.c, search.c and shrink.c. A problem refers to its history, which must outlive it.
 * Not thread-safe.
 */
#ifndef TMB_MODELS_H
#define TMB_MODELS_H

#include "check/texts.h"
#include "record/history.h"

enum step_kind {
  /* On a state of one word: a value, or 0 (absent) and 1 (present). */
  STEP_REQUIRE,     /* is a */
  STEP_REQUIRE_NOT, /* is not a */
  STEP_WRITE,       /* becomes a */
  STEP_CAS,         /* is a and becomes b */
  STEP_TRY_CAS,     /* becomes b if it is a */
  STEP_APPEND,      /* text a is appended */
  /* On all keys of an interning map. a: the key's slot, b: the id. */
  STEP_ADD_ID,
  STEP_FIND_ID,
  STEP_MISS,
  STEP_PUT, /* result not known */
  STEP_STEAL,
  STEP_RESET,
  /* Contradicts the model in every state. */
  STEP_NEVER
};

struct step {
  int64_t call, end;
  uint32_t op; /* index in the history */
  uint32_t a, b;
  uint32_t twin; /* open: the open step called before it with the same effect, or NO_STEP */
  uint8_t kind;  /* enum step_kind */
  bool open;
  bool passive; /* without it any order stays valid: it only looks */
  bool repeats; /* open, and may happen any number of times */
};

#define NO_STEP UINT32_MAX

struct problem {
  const struct history *history;
  struct step *steps; /* those that returned by time of call, then the open ones by time of call */
  uint32_t step_count, returned_count;
  uint32_t state_words;
  uint64_t initial; /* of every state word */
  bool interning;   /* all keys of an interning map: a word a key, then a bit an id */
  uint32_t slots;
  uint64_t *ids; /* interning: the distinct ids, sorted */
  uint32_t id_count;
  struct texts *texts; /* kv with append: its numbers are the states; else NULL */
};

/* Of operations on one key. Of an interning map: between two resets, where ids are judged apart. */
struct problem problem_of_key(const struct history *history, const uint32_t *ops, size_t count);
/* Of operations on all keys of an interning map, sorted by key. */
struct problem problem_of_map(const struct history *history, const uint32_t *ops, size_t count);
void problem_fini(struct problem *problem);

/* False: no order can contradict the operation. */
bool problem_constrains(const struct history *history, const struct history_op *op);

/* How an operation takes part in a part of a problem. */
enum role {
  ROLE_KEPT,    /* as it is */
  ROLE_PENDING, /* has not returned yet: optional, but its result stands */
  ROLE_ONCE,    /* optional, its result forgotten */
  ROLE_OPENED,  /* anything may have become of it: the same, and any number of times */
  ROLE_GONE
};

/* The problem with the operation of steps[i] in roles[i]. Where none is gone: if the part has no
 * linearization, neither has the whole, since opening an operation only allows more. Shares the
 * whole's ids and texts, which must outlive it. */
struct problem problem_part(const struct problem *whole, const uint8_t *roles);
void problem_part_fini(struct problem *part);

/* Whether the step can be taken in `state`; if so `next` is the state after it. */
bool problem_step(const struct problem *problem, const struct step *step, const uint64_t *state,
                  uint64_t *next);

#endif
