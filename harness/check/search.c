/* search.c: see search.h. */
#include "check/search.h"

#include <string.h>

#include "check/config_cache.h"
#include "record/allocate.h"

/* A node of the list is the call of a step, 1 + 2 * step, or its return, 2 + 2 * step. */
typedef uint32_t node;
#define HEAD ((node)0)

static node call_of(uint32_t step)
{
  return 1 + 2 * step;
}
static node return_of(uint32_t step)
{
  return 2 + 2 * step;
}
static bool is_call(node n)
{
  return n & 1;
}
static uint32_t step_of(node n)
{
  return (n - 1) / 2;
}

struct taken {
  uint32_t step;
  bool chosen; /* there may be other choices; else it was taken at once */
};

struct search {
  const struct problem *problem;
  struct search_budget budget;
  uint64_t steps;
  node *next, *prev;
  uint64_t *bits; /* steps taken: words of those that return, then words of the open ones */
  uint32_t returned_words, open_words;
  uint32_t low;     /* of those that return, all words below are full */
  uint32_t high;    /* and all words from there on are empty */
  uint32_t waiting; /* steps that returned and are not taken */
  struct taken *stack;
  size_t depth, depth_room;
  uint64_t *states; /* one behind the other: before each chosen step, last the one in hand */
  size_t state_count, state_room;
  uint64_t *key; /* room for the longest */
  struct config_cache cache;
  size_t text_bytes;
  struct taken *best; /* the order that came farthest; equal to `stack` below `common` */
  size_t best_depth, best_room, common;
  uint32_t best_waiting, best_stuck;
};

struct event {
  int64_t time;
  node node;
};

/* Calls before returns where times are equal, so that they count as concurrent. */
static int by_time(const void *a, const void *b)
{
  const struct event *x = a, *y = b;
  if (x->time != y->time)
    return x->time < y->time ? -1 : 1;
  if (is_call(x->node) != is_call(y->node))
    return is_call(x->node) ? -1 : 1;
  return x->node < y->node ? -1 : x->node > y->node;
}

static void link_events(struct search *search)
{
  const struct problem *problem = search->problem;
  struct event *events = allocate(2 * (size_t)problem->step_count, sizeof *events);
  size_t count = 0;
  for (uint32_t i = 0; i < problem->step_count; i++) {
    events[count++] = (struct event){problem->steps[i].call, call_of(i)};
    if (!problem->steps[i].open)
      events[count++] = (struct event){problem->steps[i].end, return_of(i)};
  }
  qsort(events, count, sizeof *events, by_time);
  node last = HEAD;
  for (size_t i = 0; i < count; i++) {
    search->next[last] = events[i].node;
    search->prev[events[i].node] = last;
    last = events[i].node;
  }
  search->next[last] = HEAD;
  search->prev[HEAD] = last;
  free(events);
}

static void unlink_node(struct search *search, node n)
{
  search->next[search->prev[n]] = search->next[n];
  search->prev[search->next[n]] = search->prev[n];
}

static void relink_node(struct search *search, node n)
{
  search->next[search->prev[n]] = n;
  search->prev[search->next[n]] = n;
}

static uint64_t *state_in_hand(struct search *search)
{
  return search->states + (search->state_count - 1) * search->problem->state_words;
}

/* Where the bit of a step is: those that return first, then the open ones from a word's start. */
static uint32_t word_of(const struct search *search, uint32_t step, uint64_t *bit)
{
  uint32_t returned = search->problem->returned_count;
  uint32_t index = step < returned ? step : search->returned_words * 64 + (step - returned);
  *bit = (uint64_t)1 << index % 64;
  return index / 64;
}

static bool is_taken(const struct search *search, uint32_t step)
{
  uint64_t bit;
  uint32_t word = word_of(search, step, &bit);
  return search->bits[word] & bit;
}

static void take(struct search *search, uint32_t step, bool chosen)
{
  search->stack =
      allocate_one_more(search->stack, search->depth, &search->depth_room, sizeof *search->stack);
  search->stack[search->depth++] = (struct taken){step, chosen};
  const struct step *taken = &search->problem->steps[step];
  if (taken->repeats)
    return;
  uint64_t bit;
  uint32_t word = word_of(search, step, &bit);
  search->bits[word] |= bit;
  if (!taken->open) {
    if (word >= search->high)
      search->high = word + 1;
    unlink_node(search, return_of(step));
    search->waiting--;
  }
  /* After the return, so that whoever stands on the call goes on to what is behind both. */
  unlink_node(search, call_of(step));
}

/* Takes the last step back. */
static struct taken give_back(struct search *search)
{
  struct taken last = search->stack[--search->depth];
  const struct step *taken = &search->problem->steps[last.step];
  if (search->common > search->depth)
    search->common = search->depth;
  if (last.chosen)
    search->state_count--;
  if (taken->repeats)
    return last;
  uint64_t bit;
  uint32_t word = word_of(search, last.step, &bit);
  search->bits[word] &= ~bit;
  relink_node(search, call_of(last.step));
  if (!taken->open) {
    if (word < search->low)
      search->low = word;
    relink_node(search, return_of(last.step));
    search->waiting++;
  }
  return last;
}

/* Takes every passive step that fits now. One pass is enough: the state does not change, and the
 * pass goes on beyond a return that it has lifted. */
static void take_passive(struct search *search)
{
  const uint64_t *state = state_in_hand(search);
  uint64_t *next = state_in_hand(search) + search->problem->state_words; /* room behind the last */
  size_t bytes = search->problem->state_words * sizeof *state;
  for (node n = search->next[HEAD]; n != HEAD && is_call(n); n = search->next[n]) {
    const struct step *step = &search->problem->steps[step_of(n)];
    if (!step->passive)
      continue;
    search->steps++;
    if (problem_step(search->problem, step, state, next) && memcmp(state, next, bytes) == 0)
      take(search, step_of(n), false);
  }
}

/* False when the configuration in hand is not worth entering. Steps that return are taken in a
 * narrow window of time, so that only its words need to be kept. */
static bool is_worth_entering(struct search *search)
{
  const struct problem *problem = search->problem;
  while (search->low < search->high && search->bits[search->low] == UINT64_MAX)
    search->low++;
  while (search->high > search->low && search->bits[search->high - 1] == 0)
    search->high--;
  uint64_t *key = search->key;
  size_t n = 0;
  key[n++] = search->low;
  for (uint32_t i = search->low; i < search->high; i++)
    key[n++] = search->bits[i];
  const uint64_t *state = state_in_hand(search);
  for (uint32_t i = 0; i < problem->state_words; i++)
    key[n++] = state[i];
  return config_cache_add(&search->cache, key, n, search->bits + search->returned_words,
                          &search->steps);
}

static bool fits_in_bytes(struct search *search)
{
  size_t key_words = 1 + search->high - search->low + search->problem->state_words;
  return config_cache_bytes(&search->cache, key_words) + search->text_bytes +
             search->state_room * search->problem->state_words * sizeof(uint64_t) <=
         search->budget.bytes;
}

/* Room for two states behind the one in hand. */
static void reserve_states(struct search *search)
{
  if (search->state_count + 2 <= search->state_room)
    return;
  search->state_room = 2 * search->state_room + 2;
  search->states = allocate_again(search->states, search->state_room,
                                  search->problem->state_words * sizeof *search->states);
}

static bool is_cas(const struct step *step)
{
  return step->kind == STEP_CAS || step->kind == STEP_TRY_CAS;
}

/* Whether a step that may come next gains by the state `value`, or an open one leads on from it to
 * where one does. `from` is the state before: to come back to it would be idle. */
static bool is_wanted(struct search *search, uint64_t from, uint64_t value, unsigned depth)
{
  enum { DEPTH = 3 };
  const struct problem *problem = search->problem;
  if (depth == DEPTH)
    return true;
  for (node n = search->next[HEAD]; n != HEAD && is_call(n); n = search->next[n]) {
    const struct step *step = &problem->steps[step_of(n)];
    uint64_t next;
    search->steps++;
    if (step->passive && problem_step(problem, step, &value, &next))
      return true;
    if (step->kind == STEP_APPEND || (step->kind == STEP_TRY_CAS && !step->open))
      return true;
    if (is_cas(step) && step->a == value &&
        (!step->open ||
         (step->b != value && step->b != from && is_wanted(search, from, step->b, depth + 1))))
      return true;
  }
  return false;
}

/* Whether taking an open step now can be of any use. In an order with the fewest open steps each is
 * followed at once by one that gains by the state it leaves, never by a write: else it could be
 * left out. (It has no return, so what may follow it may be taken already now.) And where an open
 * cas does the same as an open write, it goes first: the write can stand in for it later. */
static bool is_useful(struct search *search, uint32_t index, uint64_t state, uint64_t value)
{
  const struct step *open = &search->problem->steps[index];
  for (node n = search->next[HEAD]; n != HEAD && is_call(n); n = search->next[n]) {
    const struct step *step = &search->problem->steps[step_of(n)];
    if (open->kind == STEP_WRITE && !open->repeats && step->open && !step->repeats &&
        is_cas(step) && step->a == state && step->b == value)
      return false;
  }
  return is_wanted(search, state, value, 0);
}

/* The return of a get that cannot be taken any more: its text begins neither with the text in hand
 * nor with one that may be written before. HEAD: none among the next few. */
static node hopeless_get(struct search *search)
{
  enum { GETS = 4, WRITES = 16 };
  const struct problem *problem = search->problem;
  uint32_t text = (uint32_t)*state_in_hand(search), writes[WRITES], write_count = 0, gets = 0;
  for (node n = search->next[HEAD]; n != HEAD && gets < GETS; n = search->next[n]) {
    const struct step *step = &problem->steps[step_of(n)];
    search->steps++;
    if (is_call(n) && step->kind == STEP_WRITE) {
      if (write_count == WRITES)
        return HEAD;
      writes[write_count++] = step->a;
    }
    if (is_call(n) || step->kind != STEP_REQUIRE)
      continue;
    gets++;
    bool reachable = texts_begins(problem->texts, text, step->a);
    for (uint32_t i = 0; !reachable && i < write_count; i++)
      reachable = texts_begins(problem->texts, writes[i], step->a);
    if (!reachable)
      return n;
  }
  return HEAD;
}

/* Keeps the order in hand if no other came so far in time. `blocked` is a return that no order
 * which begins so can get past. */
static void keep_best(struct search *search, node blocked)
{
  uint32_t stuck = step_of(blocked);
  if (search->best_stuck != NO_STEP) {
    int64_t end = search->problem->steps[stuck].end;
    int64_t best_end = search->problem->steps[search->best_stuck].end;
    if (end < best_end || (end == best_end && search->waiting >= search->best_waiting))
      return;
  }
  if (search->best_room < search->depth_room) {
    search->best_room = search->depth_room;
    search->best = allocate_again(search->best, search->best_room, sizeof *search->best);
  }
  memcpy(search->best + search->common, search->stack + search->common,
         (search->depth - search->common) * sizeof *search->best);
  search->common = search->best_depth = search->depth;
  search->best_waiting = search->waiting;
  search->best_stuck = stuck;
}

/* Takes a step that fits, if this leads to a configuration worth entering. */
static bool choose(struct search *search, uint32_t index)
{
  const struct problem *problem = search->problem;
  const struct step *step = &problem->steps[index];
  if (step->open && !step->repeats && step->twin != NO_STEP && !is_taken(search, step->twin))
    return false;
  search->steps++;
  reserve_states(search);
  const uint64_t *state = state_in_hand(search);
  uint64_t *next = state_in_hand(search) + problem->state_words;
  if (!problem_step(problem, step, state, next))
    return false;
  if (step->kind == STEP_APPEND)
    search->text_bytes += texts_bytes(problem->texts, (uint32_t)*next);
  if (step->open && memcmp(state, next, problem->state_words * sizeof *state) == 0)
    return false;
  if (step->open && !problem->interning && !is_useful(search, index, *state, *next))
    return false;
  search->state_count++;
  take(search, index, true);
  take_passive(search);
  if (search->waiting == 0)
    return true;
  node blocked = problem->texts ? hopeless_get(search) : HEAD;
  if (blocked != HEAD)
    keep_best(search, blocked);
  return blocked == HEAD && is_worth_entering(search);
}

/* Takes steps back up to the last choice, and returns where to look for another. */
static node take_back_choice(struct search *search, bool *opening)
{
  struct taken last;
  do
    last = give_back(search);
  while (!last.chosen);
  *opening = search->problem->steps[last.step].open;
  return search->next[call_of(last.step)];
}

static enum search_outcome explore(struct search *search)
{
  take_passive(search);
  /* What returned is tried before what is open: the less is spent, the more others it spares. */
  bool opening = false;
  node n = search->next[HEAD];
  while (search->waiting > 0) {
    if (search->steps > search->budget.steps)
      return SEARCH_OUT_OF_STEPS;
    if (n == HEAD || !is_call(n)) { /* no further call before a return, or at all */
      if (!opening) {
        opening = true;
        n = search->next[HEAD];
        continue;
      }
      keep_best(search, n);
      if (search->state_count == 1)
        return SEARCH_NONE; /* no choice is left to take back */
      n = take_back_choice(search, &opening);
      continue;
    }
    const struct step *step = &search->problem->steps[step_of(n)];
    /* Where states are values, a passive step that fits has been taken already. */
    if (step->open != opening || (step->passive && !search->problem->interning)) {
      n = search->next[n];
      continue;
    }
    if (!fits_in_bytes(search))
      return SEARCH_OUT_OF_BYTES;
    size_t depth = search->depth;
    if (choose(search, step_of(n))) {
      opening = false;
      n = search->next[HEAD];
    } else if (search->depth > depth) {
      n = take_back_choice(search, &opening); /* taken, and not worth entering */
    } else {
      n = search->next[n];
    }
  }
  return SEARCH_FOUND;
}

struct search_result search_run(const struct problem *problem, struct search_budget budget)
{
  struct search search = {.problem = problem, .budget = budget};
  size_t nodes = 1 + 2 * (size_t)problem->step_count;
  search.next = allocate(nodes, sizeof *search.next);
  search.prev = allocate(nodes, sizeof *search.prev);
  link_events(&search);
  search.waiting = problem->returned_count;
  search.best_stuck = NO_STEP;
  search.returned_words = (problem->returned_count + 63) / 64;
  search.open_words = (problem->step_count - problem->returned_count + 63) / 64;
  search.bits = allocate_zeroed(search.returned_words + search.open_words, sizeof *search.bits);
  search.key = allocate(1 + search.returned_words + problem->state_words, sizeof *search.key);
  search.stack = allocate_one_more(NULL, 0, &search.depth_room, sizeof *search.stack);
  reserve_states(&search);
  search.state_count = 1;
  for (uint32_t i = 0; i < problem->state_words; i++)
    search.states[i] = problem->initial;
  config_cache_init(&search.cache, search.open_words);

  struct search_result result = {.outcome = explore(&search), .steps = search.steps};
  bool found = result.outcome == SEARCH_FOUND;
  const struct taken *order = found ? search.stack : search.best;
  result.order_count = found ? search.depth : search.best_depth;
  result.stuck = found ? NO_STEP : search.best_stuck;
  result.order = allocate(result.order_count, sizeof *result.order);
  for (size_t i = 0; i < result.order_count; i++)
    result.order[i] = order[i].step;

  config_cache_fini(&search.cache);
  free(search.next);
  free(search.prev);
  free(search.bits);
  free(search.key);
  free(search.states);
  free(search.stack);
  free(search.best);
  return result;
}

void search_result_fini(struct search_result *result)
{
  free(result->order);
}
