/* epoch.c: see epoch.h. */
#include "stress/epoch.h"

#include <string.h>

/* Bytes that are enough to number the keys. */
static uint32_t number_bytes(uint32_t keys)
{
  return keys <= 1u << 8 ? 1 : keys <= 1u << 16 ? 2 : 4;
}

struct epoch_shape epoch_shape_draw(struct draw *draw, unsigned threads_most)
{
  static const struct {
    uint32_t least, most;
  } sizes[] = {{1, 8}, {5, 60}, {8, 1024}, {16, 16}, {1, 200}};
  struct epoch_shape shape = {0};
  shape.threads = (unsigned)draw_between(draw, 1, threads_most);
  shape.rounds = (unsigned)draw_between(draw, 2, 4);
  shape.keys = (uint32_t)1 << draw_between(draw, 3, 12);
  shape.keys += (uint32_t)draw_below(draw, shape.keys);
  shape.steps = (uint32_t)draw_between(draw, shape.keys / shape.threads + 1, 2 * shape.keys);
  uint64_t size = draw_below(draw, sizeof sizes / sizeof *sizes);
  shape.key_least = sizes[size].least;
  shape.key_most = sizes[size].most;
  shape.alike = draw_chance(draw, 50);
  shape.number_last = draw_chance(draw, 50);
  static const unsigned percents[] = {0, 10, 50, 90, 100};
  shape.shared_percent = percents[draw_below(draw, 5)];
  shape.lookup_percent = percents[draw_below(draw, 4)];
  shape.steals = (unsigned)draw_below(draw, 65);
  shape.block_bytes = (size_t)4096 << draw_below(draw, 5);
  shape.hash_seed = draw_next(draw);
  return shape;
}

/* Each key begins with all the keys before it. */
static bool make_nested_keys(struct epoch *epoch)
{
  struct workload_plan *plan = &epoch->memory.plan;
  size_t keys = epoch->shape.keys;
  uint64_t *offset = plan->allocate(plan, (keys + 1) * sizeof *offset);
  unsigned char *bytes = plan->allocate(plan, keys * (keys + 1) / 2);
  if (!offset || !bytes)
    return false;
  memset(bytes, 'a', keys * (keys + 1) / 2);
  for (size_t key = 0; key <= keys; key++)
    offset[key] = key * (key + 1) / 2;
  plan->key_set = (struct key_set){.bytes = bytes, .offset = offset, .count = keys};
  return true;
}

static bool make_keys(struct epoch *epoch, struct draw *draw)
{
  if (epoch->shape.nested)
    return make_nested_keys(epoch);
  const struct epoch_shape *shape = &epoch->shape;
  struct workload_plan *plan = &epoch->memory.plan;
  uint32_t number = number_bytes(shape->keys);
  uint32_t least = shape->key_least > number ? shape->key_least : number;
  uint32_t most = shape->key_most > least ? shape->key_most : least;
  uint64_t *offset = plan->allocate(plan, ((size_t)shape->keys + 1) * sizeof *offset);
  unsigned char *bytes = plan->allocate(plan, (size_t)shape->keys * most);
  if (!offset || !bytes)
    return false;
  uint64_t end = 0;
  for (uint32_t key = 0; key < shape->keys; key++) {
    unsigned char *at = bytes + end;
    uint64_t length = draw_between(draw, least, most);
    offset[key] = end;
    for (uint64_t i = 0; i < length; i++)
      at[i] = shape->alike ? 'a' : (unsigned char)draw_next(draw);
    for (uint32_t i = 0; i < number; i++)
      at[shape->number_last ? length - 1 - i : i] = (unsigned char)(key >> 8 * i);
    end += length;
  }
  offset[shape->keys] = end;
  plan->key_set = (struct key_set){.bytes = bytes, .offset = offset, .count = shape->keys};
  return true;
}

static size_t padded(size_t bytes)
{
  return (bytes + 7) & ~(size_t)7;
}

/* The keys up to `shared` are for all threads; the rest is split among them. */
static uint32_t draw_key(const struct epoch_shape *shape, struct draw *draw, uint32_t shared,
                         const uint32_t *order, unsigned thread, uint32_t step)
{
  uint32_t own = (shape->keys - shared) / shape->threads;
  if (own == 0 || (shared > 0 && draw_chance(draw, shape->shared_percent)))
    return order[step % shared];
  return shared + thread * own + (uint32_t)draw_below(draw, own);
}

static bool make_tape(struct epoch *epoch, struct draw *draw, const uint32_t *order,
                      uint32_t shared, unsigned thread, struct tape *tape)
{
  const struct epoch_shape *shape = &epoch->shape;
  struct workload_plan *plan = &epoch->memory.plan;
  const struct key_set *set = &plan->key_set;
  uint32_t *keys = plan->allocate(plan, shape->steps * sizeof *keys);
  if (!keys)
    return false;
  size_t bytes = 0;
  for (uint32_t i = 0; i < shape->steps; i++) {
    keys[i] = draw_key(shape, draw, shared, order, thread, i);
    bytes += sizeof(struct tape_step) +
             padded((size_t)(set->offset[keys[i] + 1] - set->offset[keys[i]]));
  }
  char *at = plan->allocate(plan, bytes);
  if (!at)
    return false;
  *tape = (struct tape){.steps = (struct tape_step *)at, .bytes = bytes, .count = shape->steps};
  for (uint32_t i = 0; i < shape->steps; i++) {
    uint32_t length = (uint32_t)(set->offset[keys[i] + 1] - set->offset[keys[i]]);
    struct tape_step *step = (struct tape_step *)at;
    step->key = keys[i];
    step->operation = draw_chance(draw, shape->lookup_percent);
    step->length = length & INT32_MAX;
    memcpy(step + 1, set->bytes + set->offset[keys[i]], length);
    at += sizeof *step + padded(length);
  }
  return true;
}

static bool make_round(struct epoch *epoch, struct draw *draw, struct tape *tapes)
{
  const struct epoch_shape *shape = &epoch->shape;
  struct workload_plan *plan = &epoch->memory.plan;
  uint32_t shared = shape->shared_percent == 0     ? 0
                    : shape->shared_percent == 100 ? shape->keys
                                                   : shape->keys / 2;
  if (shape->keys - shared < shape->threads)
    shared = shape->keys;
  uint32_t *order = plan->allocate(plan, ((size_t)shared + 1) * sizeof *order);
  if (!order)
    return false;
  for (uint32_t i = 0; i < shared; i++) {
    uint32_t j = (uint32_t)draw_below(draw, i + 1);
    order[i] = order[j];
    order[j] = i;
  }
  for (unsigned t = 0; t < shape->threads; t++)
    if (!make_tape(epoch, draw, order, shared, t, &tapes[t]))
      return false;
  return true;
}

bool epoch_init(struct epoch *epoch, const struct epoch_shape *shape, struct draw *draw)
{
  epoch->shape = *shape;
  plan_memory_init(&epoch->memory);
  struct workload_plan *plan = &epoch->memory.plan;
  size_t tapes = (size_t)shape->rounds * shape->threads;
  plan->threads = shape->threads;
  plan->timed = plan->allocate(plan, tapes * sizeof *plan->timed);
  bool made = plan->timed && make_keys(epoch, draw);
  for (unsigned r = 0; made && r < shape->rounds; r++)
    made = make_round(epoch, draw, &plan->timed[(size_t)r * shape->threads]);
  if (!made)
    epoch_fini(epoch);
  return made;
}

void epoch_fini(struct epoch *epoch)
{
  plan_memory_fini(&epoch->memory);
}

const struct tape *epoch_tape(const struct epoch *epoch, unsigned round, unsigned thread)
{
  return &epoch->memory.plan.timed[(size_t)round * epoch->shape.threads + thread];
}
