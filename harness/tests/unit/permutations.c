/* permutations.c: see permutations.h. */
#include "permutations.h"

#include <string.h>

enum { OPS_MAX = 12, TEXT_MAX = OPS_MAX + 2, UNSEEN_ID = 1000 };

/* The object, all keys. A key's number is that of the first operation on it. */
struct object {
  history_value value[OPS_MAX]; /* register */
  char text[OPS_MAX][TEXT_MAX]; /* kv; "\1" stands for null */
  bool present[OPS_MAX];        /* set, intern */
  uint64_t id[OPS_MAX];
  uint64_t drawn[OPS_MAX];
  unsigned drawn_count;
  uint64_t unseen; /* ids drawn that nobody saw */
};

struct trial {
  const struct history *history;
  bool done[OPS_MAX];
};

static unsigned key_number(const struct history *history, const struct history_op *op)
{
  unsigned number = 0;
  while (history->ops[number].key != op->key)
    number++;
  return number;
}

static const char *text_of(const struct history *history, history_value value)
{
  return history->values[value].kind == KIND_STRING ? history->values[value].bytes : "\1";
}

static bool is_drawn(const struct object *object, uint64_t id)
{
  for (unsigned i = 0; i < object->drawn_count; i++)
    if (object->drawn[i] == id)
      return true;
  return false;
}

static bool rest_can_follow(struct trial *trial, const struct object *object);

/* Goes on with the key interned under that id. */
static bool add_and_follow(struct trial *trial, const struct object *before, unsigned key,
                           uint64_t id)
{
  if (is_drawn(before, id))
    return false;
  struct object object = *before;
  object.present[key] = true;
  object.id[key] = id;
  object.drawn[object.drawn_count++] = id;
  return rest_can_follow(trial, &object);
}

static bool intern_can_follow(struct trial *trial, const struct history_op *op,
                              const struct object *before)
{
  const struct history *history = trial->history;
  unsigned key = key_number(history, op);
  struct object object = *before;
  bool empty = op->key != VALUE_ABSENT && history->values[op->key].n == 0;
  switch ((enum history_function)op->function) {
  case INTERN_PUT:
    if (empty || (op->has_result && op->id == 0)) {
      if (op->has_result && (op->id != 0 || op->added))
        return false;
      return rest_can_follow(trial, &object);
    }
    if (op->has_result && op->added)
      return !object.present[key] && add_and_follow(trial, before, key, op->id);
    if (op->has_result)
      return object.present[key] && object.id[key] == op->id && rest_can_follow(trial, &object);
    if (object.present[key])
      return rest_can_follow(trial, &object);
    /* It drew an id: one that somebody saw, or one that nobody did. */
    for (size_t i = 0; i < history->op_count; i++)
      if (history->ops[i].id && add_and_follow(trial, before, key, history->ops[i].id))
        return true;
    object.unseen++;
    return add_and_follow(trial, &object, key, UNSEEN_ID + object.unseen);
  case INTERN_LOOKUP:
    if (op->has_result && op->id == 0 && object.present[key])
      return false;
    if (op->has_result && op->id != 0 && !(object.present[key] && object.id[key] == op->id))
      return false;
    return rest_can_follow(trial, &object);
  case INTERN_STEAL_ID:
    if (op->has_result && (op->id == 0 || is_drawn(&object, op->id)))
      return false;
    if (op->has_result)
      object.drawn[object.drawn_count++] = op->id;
    return rest_can_follow(trial, &object);
  default:
    memset(&object, 0, sizeof object);
    return rest_can_follow(trial, &object);
  }
}

/* Does the operation; false when its result cannot come of it. */
static bool perform(const struct history *history, const struct history_op *op,
                    struct object *object)
{
  unsigned key = key_number(history, op);
  char *text = object->text[key];
  bool answer = true;
  switch ((enum history_function)op->function) {
  case REGISTER_READ:
    return !op->has_result || object->value[key] == op->result;
  case REGISTER_WRITE:
    object->value[key] = op->args[0];
    return true;
  case REGISTER_CAS:
    answer = object->value[key] == op->args[0];
    if (answer)
      object->value[key] = op->args[1];
    break;
  case KV_GET:
    return !op->has_result || strcmp(text, text_of(history, op->result)) == 0;
  case KV_PUT:
    strcpy(text, text_of(history, op->args[0]));
    return true;
  case KV_APPEND:
    if (strcmp(text, "\1") == 0)
      text[0] = '\0';
    strcat(text, text_of(history, op->args[0]));
    return true;
  case SET_ADD:
    answer = !object->present[key];
    object->present[key] = true;
    break;
  case SET_REMOVE:
    answer = object->present[key];
    object->present[key] = false;
    break;
  default:
    answer = object->present[key];
    break;
  }
  return !op->has_result || answer == (op->result == VALUE_TRUE);
}

static bool can_follow(struct trial *trial, size_t next, const struct object *before)
{
  const struct history_op *op = &trial->history->ops[next];
  if (trial->history->model == MODEL_INTERN)
    return intern_can_follow(trial, op, before);
  struct object object = *before;
  return perform(trial->history, op, &object) && rest_can_follow(trial, &object);
}

static bool rest_can_follow(struct trial *trial, const struct object *object)
{
  const struct history *history = trial->history;
  bool complete = true;
  for (size_t i = 0; i < history->op_count; i++)
    complete = complete && (trial->done[i] || history->ops[i].open);
  if (complete)
    return true;
  for (size_t i = 0; i < history->op_count; i++) {
    bool may_be_next = !trial->done[i];
    for (size_t j = 0; j < history->op_count; j++) {
      const struct history_op *other = &history->ops[j];
      if (!trial->done[j] && !other->open && other->end < history->ops[i].call)
        may_be_next = false;
    }
    if (!may_be_next)
      continue;
    trial->done[i] = true;
    bool found = can_follow(trial, i, object);
    trial->done[i] = false;
    if (found)
      return true;
  }
  return false;
}

static void begin(const struct history *history, struct object *object)
{
  memset(object, 0, sizeof *object);
  for (unsigned key = 0; key < OPS_MAX; key++) {
    object->value[key] = history->init;
    strcpy(object->text[key], text_of(history, history->init));
  }
}

bool permutations_linearizable(const struct history *history)
{
  struct trial trial = {.history = history};
  struct object object;
  begin(history, &object);
  return rest_can_follow(&trial, &object);
}

uint64_t chance_below(struct chance *chance, uint64_t limit)
{
  /* splitmix64 */
  uint64_t z = chance->state += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return (z ^ z >> 31) % limit;
}

static bool one_in(struct chance *chance, uint64_t n)
{
  return chance_below(chance, n) == 0;
}

/* An open operation of a random function with random arguments. */
static struct history_op random_op(struct chance *chance, struct history *history,
                                   struct random_shape shape)
{
  static const enum history_function first[] = {[MODEL_REGISTER] = REGISTER_READ,
                                                [MODEL_KV] = KV_GET,
                                                [MODEL_SET] = SET_ADD,
                                                [MODEL_INTERN] = INTERN_PUT};
  uint64_t function = first[shape.model] + chance_below(chance, 3);
  if (shape.model == MODEL_INTERN) {
    uint64_t pick = chance_below(chance, 12);
    function = pick < 6    ? INTERN_PUT
               : pick < 10 ? INTERN_LOOKUP
               : pick < 11 ? INTERN_STEAL_ID
                           : INTERN_RESET;
    if (function == INTERN_RESET && shape.quiet_resets)
      function = INTERN_PUT; /* these are put in by themselves */
  }
  struct history_op op = history_op_of((enum history_function)function);
  uint64_t key = chance_below(chance, shape.keys);
  unsigned char byte = (unsigned char)key;
  if (shape.model == MODEL_INTERN && function <= INTERN_LOOKUP)
    op.key = history_hex(history, &byte, one_in(chance, 40) ? 0 : 1);
  else if (shape.model != MODEL_INTERN && (shape.model != MODEL_REGISTER || shape.keys > 1))
    op.key = history_integer(history, (int64_t)key);
  for (unsigned i = 0; i < 2; i++) {
    char text[2] = {(char)('a' + chance_below(chance, shape.values)), '\0'};
    bool texts = function == KV_PUT || function == KV_APPEND;
    if (texts)
      op.args[i] = history_string(history, text, 1);
    else if (function == REGISTER_WRITE || function == REGISTER_CAS)
      op.args[i] = one_in(chance, 8) ? VALUE_NULL : history_integer(history, text[0]);
    if (function != REGISTER_CAS)
      break;
  }
  return op;
}

/* A random result, or with luck the right one. */
static void random_result(struct chance *chance, struct history *history, struct history_op *op,
                          struct random_shape shape)
{
  char text[3] = {(char)('a' + chance_below(chance, shape.values)),
                  (char)('a' + chance_below(chance, shape.values)), '\0'};
  op->has_result = true;
  switch ((enum history_function)op->function) {
  case REGISTER_READ:
    op->result = one_in(chance, 6) ? VALUE_NULL : history_integer(history, text[0]);
    break;
  case KV_GET:
    op->result =
        one_in(chance, 4) ? history->init : history_string(history, text, chance_below(chance, 3));
    break;
  case INTERN_PUT:
    op->id = chance_below(chance, 5);
    op->added = one_in(chance, 2);
    if (op->id == 0 && !one_in(chance, 10))
      op->added = false;
    break;
  case INTERN_LOOKUP:
    op->id = chance_below(chance, 5);
    break;
  case INTERN_STEAL_ID:
    op->id = 1 + chance_below(chance, 5);
    if (one_in(chance, 30))
      op->id = 0;
    break;
  case REGISTER_WRITE:
  case KV_PUT:
  case KV_APPEND:
  case INTERN_RESET:
    op->has_result = false;
    break;
  default:
    op->result = one_in(chance, 2) ? VALUE_TRUE : VALUE_FALSE;
  }
}

/* A sequential run in which the last operation has a result that fits, found by trying. */
static void add_fitting(struct chance *chance, struct history *history, struct history_op op,
                        struct random_shape shape)
{
  history_add(history, &op);
  for (unsigned tries = 0; tries < 40; tries++) {
    struct history_op *last = &history->ops[history->op_count - 1];
    random_result(chance, history, last, shape);
    if (permutations_linearizable(history))
      return;
  }
}

/* Stretches the moments, 10 apart, to intervals that overlap. */
static void stretch(struct chance *chance, struct history *history, struct random_shape shape)
{
  uint64_t width = 1 + chance_below(chance, 4);
  int64_t floor = INT64_MIN; /* the last quiet reset */
  for (size_t i = 0; i < history->op_count; i++) {
    struct history_op *op = &history->ops[i];
    bool quiet = shape.quiet_resets && op->function == INTERN_RESET;
    int64_t moment = op->call;
    if (!quiet) {
      op->call -= (int64_t)(5 * chance_below(chance, 1 + width));
      op->end = moment + (int64_t)(5 * chance_below(chance, 1 + width));
    }
    if (shape.quiet_resets) {
      if (!quiet && op->call <= floor)
        op->call = floor + 1;
      for (size_t j = i + 1; !quiet && j < history->op_count; j++)
        if (history->ops[j].function == INTERN_RESET && op->end >= history->ops[j].call)
          op->end = history->ops[j].call - 1;
      if (quiet)
        floor = moment;
    }
  }
}

struct history *random_history(struct chance *chance, struct random_shape shape)
{
  struct history *history = history_create(shape.model, "random");
  if (shape.model == MODEL_REGISTER && one_in(chance, 2))
    history->init = history_integer(history, 'a');
  if (shape.model == MODEL_KV && one_in(chance, 2))
    history->init = history_string(history, "", 0);
  size_t count = 1 + chance_below(chance, shape.ops_max);
  size_t last_reset = 0;
  for (size_t i = 0; i < count; i++) {
    struct history_op op = random_op(chance, history, shape);
    if (shape.quiet_resets && i > 0 && one_in(chance, 8)) {
      op = history_op_of(INTERN_RESET);
      last_reset = i;
    }
    op.number = (int64_t)i;
    op.process = history_integer(history, (int64_t)i);
    op.call = op.end = 10 * (int64_t)i;
    op.open = false;
    add_fitting(chance, history, op, shape);
  }
  stretch(chance, history, shape);
  for (size_t i = 0; i < count; i++) {
    struct history_op *op = &history->ops[i];
    bool pinned = shape.quiet_resets && (op->function == INTERN_RESET || i < last_reset);
    if (!pinned && one_in(chance, shape.often_open ? 2 : 5)) {
      op->open = true;
      op->end = INT64_MAX;
    }
    if (op->open || (!shape.quiet_resets && one_in(chance, 10))) {
      op->has_result = op->added = false;
      op->id = 0;
      op->result = VALUE_ABSENT;
    }
  }
  for (uint64_t tries = (shape.often_open ? 5 : 2) * chance_below(chance, 4); tries > 0; tries--) {
    struct history_op *op = &history->ops[chance_below(chance, count)];
    if (op->has_result)
      random_result(chance, history, op, shape);
  }
  return history;
}
