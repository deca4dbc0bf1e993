/* recording_map.c: see recording_map.h. */
#include "record/recording_map.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "around/around_map.h"
#include "record/allocate.h"
#include "record/tape_clock.h"

enum { CACHE_LINE = 64 };

struct recording_seat {
  _Alignas(CACHE_LINE) struct recorded_tape tape; /* written by the seat's thread only */
  void *inner;
  unsigned thread;
  bool taken; /* guarded by the lock, like next */
  struct recording_seat *next;
};

struct recording_map {
  struct around_map around; /* first */
  bool whole;
  uint64_t hash_limit; /* unless whole: keys whose hash is below are recorded */
  uint64_t seed;
  uint64_t operations;
  struct block_source *source; /* NULL: the heap */
  pthread_mutex_t lock;
  struct recording_seat *seats;  /* guarded by lock; in the order of their threads */
  struct recorded_reset *resets; /* guarded by lock */
  size_t reset_count, reset_room;
  struct recorded_key *keys; /* made by recording_map_keys() */
};

static bool is_recorded(const struct recording_map *self, const void *bytes, size_t n)
{
  return self->whole || XXH3_64bits_withSeed(bytes, n, self->seed) < self->hash_limit;
}

static size_t tape_bytes(size_t room)
{
  return (room * sizeof(struct recorded_op) + 4095) & ~(size_t)4095;
}

static void tape_free(const struct recording_map *self, struct recorded_tape *tape)
{
  if (!self->source)
    free(tape->ops);
  else if (tape->ops)
    self->source->give_back(self->source, tape->ops, tape_bytes(tape->room));
}

/* Gives the tape room for so many operations, more than it has. */
static void tape_grow(const struct recording_map *self, struct recorded_tape *tape, size_t room)
{
  if (!self->source) {
    tape->ops = allocate_again(tape->ops, room, sizeof *tape->ops);
  } else {
    struct recorded_op *ops = self->source->take(self->source, tape_bytes(room));
    if (!ops) {
      fputs("tmb: out of memory for recorded operations\n", stderr);
      exit(4);
    }
    if (tape->count)
      memcpy(ops, tape->ops, tape->count * sizeof *ops);
    tape_free(self, tape);
    tape->ops = ops;
  }
  tape->room = room;
}

/* Puts the operation on the tape, open; returns its place there. Its call is read last. */
static struct recorded_op *open_op(const struct recording_map *self, struct recording_seat *seat,
                                   enum recorded_function function, const void *bytes, size_t n)
{
  struct recorded_tape *tape = &seat->tape;
  if (tape->count == tape->room)
    tape_grow(self, tape, tape->room ? 2 * tape->room : 16);
  struct recorded_op *op = &tape->ops[tape->count++];
  *op = (struct recorded_op){
      .end = INT64_MAX, .bytes = bytes, .n = (uint32_t)n, .function = (uint8_t)function};
  op->call = tape_clock_before_ns();
  return op;
}

static struct map_put put(void *map, void *opaque_seat, const void *bytes, size_t n)
{
  const struct recording_map *self = map;
  struct recording_seat *seat = opaque_seat;
  if (n == 0 || !is_recorded(self, bytes, n)) /* no bytes are no key: (0, false) whatever happens */
    return self->around.inner.put(self->around.inner_map, seat->inner, bytes, n);
  struct recorded_op *op = open_op(self, seat, RECORDED_PUT, bytes, n);
  struct map_put result = self->around.inner.put(self->around.inner_map, seat->inner, bytes, n);
  op->end = tape_clock_after_ns();
  op->id = result.id;
  op->added = result.added;
  return result;
}

static uint64_t lookup(void *map, void *opaque_seat, const void *bytes, size_t n)
{
  const struct recording_map *self = map;
  struct recording_seat *seat = opaque_seat;
  if (n == 0 || !is_recorded(self, bytes, n))
    return self->around.inner.lookup(self->around.inner_map, seat->inner, bytes, n);
  struct recorded_op *op = open_op(self, seat, RECORDED_LOOKUP, bytes, n);
  uint64_t id = self->around.inner.lookup(self->around.inner_map, seat->inner, bytes, n);
  op->end = tape_clock_after_ns();
  op->id = id;
  return id;
}

static uint64_t steal_id(void *map, void *opaque_seat)
{
  const struct recording_map *self = map;
  struct recording_seat *seat = opaque_seat;
  struct recorded_op *op = open_op(self, seat, RECORDED_STEAL, NULL, 0);
  uint64_t id = self->around.inner.steal_id(self->around.inner_map, seat->inner);
  op->end = tape_clock_after_ns();
  op->id = id;
  return id;
}

static struct recording_seat *new_seat(const struct recording_map *self, unsigned thread)
{
  struct recording_seat *seat = allocate_lines(1, sizeof *seat);
  *seat = (struct recording_seat){.thread = thread};
  if (self->operations) {
    tape_grow(self, &seat->tape, self->operations);
    memset(seat->tape.ops, 0, seat->tape.room * sizeof *seat->tape.ops); /* touches the pages */
  }
  return seat;
}

/* A seat that this thread number has left, or else a new one. Under the lock. */
static struct recording_seat *take_seat(struct recording_map *self, unsigned thread)
{
  struct recording_seat **at = &self->seats;
  for (; *at && (*at)->thread <= thread; at = &(*at)->next)
    if ((*at)->thread == thread && !(*at)->taken)
      break;
  struct recording_seat *seat = *at;
  if (!seat || seat->thread != thread) {
    seat = new_seat(self, thread);
    seat->next = *at;
    *at = seat;
  }
  seat->taken = true;
  return seat;
}

static int enter(void *map, const struct seat_place *place, void **opaque_seat)
{
  struct recording_map *self = map;
  void *inner = NULL;
  if (self->around.inner.enter) {
    int error = self->around.inner.enter(self->around.inner_map, place, &inner);
    if (error)
      return error;
  }
  pthread_mutex_lock(&self->lock);
  struct recording_seat *seat = take_seat(self, place->thread);
  pthread_mutex_unlock(&self->lock);
  seat->inner = inner;
  *opaque_seat = seat;
  return 0;
}

static void leave(void *map, void *opaque_seat)
{
  struct recording_map *self = map;
  struct recording_seat *seat = opaque_seat;
  if (self->around.inner.leave)
    self->around.inner.leave(self->around.inner_map, seat->inner);
  pthread_mutex_lock(&self->lock);
  seat->taken = false;
  pthread_mutex_unlock(&self->lock);
}

static int reset(void *map)
{
  struct recording_map *self = map;
  struct recorded_reset reset = {.call = tape_clock_before_ns()};
  int result = self->around.inner.reset(self->around.inner_map);
  reset.end = tape_clock_after_ns();
  if (result != 0)
    return result;
  pthread_mutex_lock(&self->lock);
  self->resets =
      allocate_one_more(self->resets, self->reset_count, &self->reset_room, sizeof *self->resets);
  self->resets[self->reset_count++] = reset;
  pthread_mutex_unlock(&self->lock);
  return 0;
}

struct recording_map *recording_map_create(const struct map_plugin *inner, void *inner_map,
                                           const struct recording_options *options)
{
  struct recording_map *self = allocate_zeroed(1, sizeof *self);
  self->whole = options->share >= 1;
  /* 2^64 as a double; a share below 1 times it is below 2^64. */
  self->hash_limit = self->whole ? 0 : (uint64_t)(options->share * 0x1p64);
  self->seed = options->seed;
  self->operations = options->operations;
  self->source = options->source;
  pthread_mutex_init(&self->lock, NULL); /* cannot fail with default attributes */
  static const struct map_plugin own = {.enter = enter,
                                        .leave = leave,
                                        .put = put,
                                        .lookup = lookup,
                                        .steal_id = steal_id,
                                        .reset = reset};
  around_map_init(&self->around, inner, inner_map, &own);
  return self;
}

void recording_map_destroy(struct recording_map *self)
{
  for (struct recording_seat *seat = self->seats, *next; seat; seat = next) {
    next = seat->next;
    tape_free(self, &seat->tape);
    free(seat);
  }
  pthread_mutex_destroy(&self->lock);
  free(self->resets);
  free(self->keys);
  free(self);
}

const struct map_plugin *recording_map_calls(const struct recording_map *self)
{
  return &self->around.calls;
}

uint32_t recording_map_promises(const struct recording_map *self)
{
  return self->around.inner.head.promises;
}

bool recording_map_is_whole(const struct recording_map *self)
{
  return self->whole;
}

const struct recorded_tape *recording_map_tape(const struct recording_map *self, size_t index)
{
  const struct recording_seat *seat = self->seats;
  while (seat && index-- > 0)
    seat = seat->next;
  return seat ? &seat->tape : NULL;
}

uint64_t recording_map_operations(const struct recording_map *self)
{
  uint64_t operations = 0;
  for (const struct recording_seat *seat = self->seats; seat; seat = seat->next)
    operations += seat->tape.count;
  return operations;
}

const struct recorded_reset *recording_map_resets(const struct recording_map *self, size_t *count)
{
  *count = self->reset_count;
  return self->resets;
}

/* ---- the keys' numbers ---- */

struct key_index {
  uint32_t *slot; /* key number + 1; 0: free */
  size_t slots;   /* a power of two, more than twice the keys */
  struct recorded_key *keys;
  size_t count, room;
};

static size_t find_slot(const struct key_index *index, const void *bytes, size_t n)
{
  size_t slot = XXH3_64bits(bytes, n) & (index->slots - 1);
  for (; index->slot[slot]; slot = (slot + 1) & (index->slots - 1)) {
    const struct recorded_key *key = &index->keys[index->slot[slot] - 1];
    if (key->n == n && memcmp(key->bytes, bytes, n) == 0)
      break;
  }
  return slot;
}

static void grow_index(struct key_index *index)
{
  free(index->slot);
  index->slots *= 2;
  index->slot = allocate_zeroed(index->slots, sizeof *index->slot);
  for (size_t i = 0; i < index->count; i++)
    index->slot[find_slot(index, index->keys[i].bytes, index->keys[i].n)] = (uint32_t)i + 1;
}

static uint32_t number_of(struct key_index *index, const void *bytes, size_t n)
{
  size_t slot = find_slot(index, bytes, n);
  if (index->slot[slot])
    return index->slot[slot] - 1;
  index->keys = allocate_one_more(index->keys, index->count, &index->room, sizeof *index->keys);
  index->keys[index->count] = (struct recorded_key){bytes, n};
  uint32_t number = (uint32_t)index->count++;
  index->slot[slot] = number + 1;
  if (2 * index->count >= index->slots)
    grow_index(index);
  return number;
}

const struct recorded_key *recording_map_keys(struct recording_map *self, uint32_t *count)
{
  struct key_index index = {.slots = 64};
  index.slot = allocate_zeroed(index.slots, sizeof *index.slot);
  for (struct recording_seat *seat = self->seats; seat; seat = seat->next) {
    for (size_t i = 0; i < seat->tape.count; i++) {
      struct recorded_op *op = &seat->tape.ops[i];
      if (op->bytes)
        op->key = number_of(&index, op->bytes, op->n);
    }
  }
  free(index.slot);
  free(self->keys);
  self->keys = index.keys;
  *count = (uint32_t)index.count;
  return self->keys;
}
