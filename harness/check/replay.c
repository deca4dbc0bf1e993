/* replay.c: see replay.h. */
#include "check/replay.h"

#include <string.h>

#include "record/allocate.h"

/* A key's object. `era` tells whether it has been touched since the last reset. */
struct object {
  uint64_t era;
  bool present;        /* set, intern */
  history_value value; /* register, kv that never appended */
  char *text;          /* kv after an append, or NULL */
  size_t n;
  uint64_t id; /* intern; 0: not known */
};

struct drawn {
  uint64_t id, era;
};

struct world {
  const struct history *history;
  struct object *objects; /* by the key's value; the last one is for no key */
  struct drawn *drawn;    /* every id of the history, sorted */
  size_t drawn_count;
  uint64_t era;
};

static int by_id(const void *a, const void *b)
{
  uint64_t x = ((const struct drawn *)a)->id, y = ((const struct drawn *)b)->id;
  return (x > y) - (x < y);
}

/* True the first time in an era. */
static bool draw(struct world *world, uint64_t id)
{
  struct drawn *drawn = bsearch(&(struct drawn){.id = id}, world->drawn, world->drawn_count,
                                sizeof *world->drawn, by_id);
  bool fresh = drawn->era != world->era;
  drawn->era = world->era;
  return fresh;
}

static struct object *object_of(struct world *world, const struct history_op *op)
{
  const struct history *history = world->history;
  struct object *object = &world->objects[op->key == VALUE_ABSENT ? history->value_count : op->key];
  if (object->era != world->era)
    *object = (struct object){.era = world->era, .value = history->init};
  return object;
}

static bool do_register(struct object *object, const struct history_op *op)
{
  if (op->function == REGISTER_READ)
    return !op->has_result || object->value == op->result;
  if (op->function == REGISTER_WRITE) {
    object->value = op->args[0];
    return true;
  }
  bool swaps = object->value == op->args[0];
  if (swaps)
    object->value = op->args[1];
  return !op->has_result || swaps == (op->result == VALUE_TRUE);
}

static bool do_kv(const struct history *history, struct object *object, const struct history_op *op)
{
  if (op->function == KV_PUT) {
    free(object->text);
    object->text = NULL;
    object->value = op->args[0];
    return true;
  }
  if (op->function == KV_APPEND) {
    const struct history_scalar *tail = &history->values[op->args[0]];
    const struct history_scalar *head = &history->values[object->value];
    if (!object->text) {
      object->n = head->kind == KIND_STRING ? head->n : 0;
      object->text = allocate(object->n + tail->n, 1);
      if (object->n)
        memcpy(object->text, head->bytes, object->n);
    } else {
      object->text = allocate_again(object->text, object->n + tail->n, 1);
    }
    memcpy(object->text + object->n, tail->bytes, tail->n);
    object->n += tail->n;
    return true;
  }
  if (!op->has_result)
    return true;
  if (!object->text)
    return object->value == op->result;
  const struct history_scalar *got = &history->values[op->result];
  return got->kind == KIND_STRING && got->n == object->n &&
         memcmp(got->bytes, object->text, got->n) == 0;
}

static bool do_set(struct object *object, const struct history_op *op)
{
  bool before = object->present;
  bool changes = false;
  if (op->function == SET_ADD) {
    object->present = true;
    changes = !before;
  } else if (op->function == SET_REMOVE) {
    object->present = false;
    changes = before;
  } else {
    changes = before; /* contains: what it answers */
  }
  return !op->has_result || changes == (op->result == VALUE_TRUE);
}

/* Somebody saw that the key has this id. */
static bool has_id(struct world *world, struct object *object, uint64_t id)
{
  if (!object->present)
    return false;
  if (object->id)
    return object->id == id;
  object->id = id;
  return draw(world, id);
}

static bool do_intern(struct world *world, struct object *object, const struct history_op *op)
{
  bool empty = op->key != VALUE_ABSENT && world->history->values[op->key].n == 0;
  switch ((enum history_function)op->function) {
  case INTERN_PUT:
    if (!op->has_result) {
      object->present = object->present || !empty;
      return true;
    }
    if (op->id == 0)
      return !op->added;
    if (empty)
      return false;
    if (!op->added)
      return has_id(world, object, op->id);
    if (object->present)
      return false;
    object->present = true;
    return has_id(world, object, op->id);
  case INTERN_LOOKUP:
    if (!op->has_result)
      return true;
    return op->id ? has_id(world, object, op->id) : !object->present;
  case INTERN_STEAL_ID:
    return !op->has_result || (op->id != 0 && draw(world, op->id));
  default:
    world->era++;
    return true;
  }
}

static bool do_op(struct world *world, const struct history_op *op)
{
  struct object *object = object_of(world, op);
  switch (world->history->model) {
  case MODEL_REGISTER:
    return do_register(object, op);
  case MODEL_KV:
    return do_kv(world->history, object, op);
  case MODEL_SET:
    return do_set(object, op);
  case MODEL_INTERN:
    return do_intern(world, object, op);
  }
  return false;
}

static const char *check_order(const struct history *history, const uint32_t *order, size_t count)
{
  bool *seen = allocate_zeroed(history->op_count, sizeof *seen);
  const char *wrong = NULL;
  int64_t latest_call = INT64_MIN;
  for (size_t i = 0; !wrong && i < count; i++) {
    if (order[i] >= history->op_count || seen[order[i]]) {
      wrong = "names an operation twice or one that there is not";
      break;
    }
    const struct history_op *op = &history->ops[order[i]];
    seen[order[i]] = true;
    if (op->call > latest_call)
      latest_call = op->call;
    if (!op->open && op->end < latest_call)
      wrong = "puts an operation behind one that was called after it had returned";
  }
  for (size_t i = 0; !wrong && i < history->op_count; i++)
    if (!seen[i] && !history->ops[i].open)
      wrong = "leaves out an operation that returned";
  free(seen);
  return wrong;
}

const char *replay(const struct history *history, const uint32_t *order, size_t count)
{
  const char *wrong = check_order(history, order, count);
  if (wrong)
    return wrong;
  struct world world = {.history = history, .era = 1};
  world.objects = allocate_zeroed(history->value_count + 1, sizeof *world.objects);
  world.drawn = allocate_zeroed(history->op_count, sizeof *world.drawn);
  for (size_t i = 0; i < history->op_count; i++)
    world.drawn[i].id = history->ops[i].id;
  world.drawn_count = history->op_count;
  qsort(world.drawn, world.drawn_count, sizeof *world.drawn, by_id);
  size_t distinct = 0;
  for (size_t i = 0; i < world.drawn_count; i++)
    if (i == 0 || world.drawn[i].id != world.drawn[i - 1].id)
      world.drawn[distinct++] = world.drawn[i];
  world.drawn_count = distinct;
  for (size_t i = 0; !wrong && i < count; i++)
    if (!do_op(&world, &history->ops[order[i]]))
      wrong = "gives a result that was not the one recorded";
  for (size_t i = 0; i <= history->value_count; i++)
    free(world.objects[i].text);
  free(world.objects);
  free(world.drawn);
  return wrong;
}
