/* tracer_test.c: what the tracer's tables write, read again: numbers, batches, tables with a real
 * map, damaged batches, and what the proof must find. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load/plugin_loader.h"
#include "tests/contract/cmocka_includes.h"
#include "tests/contract/poison_source.h"
#include "tracer/generation.h"
#include "tracer/trace_proof.h"
#include "tracer/varint.h"

/* ---- numbers ---- */

static void numbers_come_back(void **state)
{
  (void)state;
  for (unsigned bits = 0; bits <= 64; bits++) {
    uint64_t top = bits == 64 ? UINT64_MAX : UINT64_C(1) << bits;
    for (uint64_t value = top < 2 ? 0 : top - 2; value <= top; value++) {
      unsigned char bytes[VARINT_BYTES_MOST];
      const unsigned char *end = varint_write(bytes, value), *at = bytes;
      uint64_t back = ~value;
      assert_true(varint_read(&at, end, &back));
      assert_true(back == value && at == end);
      for (const unsigned char *cut = bytes; cut < end; cut++) {
        at = bytes;
        assert_false(varint_read(&at, cut, &back));
        assert_ptr_equal(at, bytes);
      }
      if (value == UINT64_MAX)
        break;
    }
  }
}

static void odd_numbers_are_refused(void **state)
{
  (void)state;
  static const unsigned char odd[][11] = {
      {0x80, 0x00},                                                       /* a byte too many */
      {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02},       /* 65 bits */
      {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x81, 0x00}, /* 11 bytes */
  };
  for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
    const unsigned char *at = odd[i];
    uint64_t value;
    assert_false(varint_read(&at, odd[i] + sizeof odd[i], &value));
  }
}

/* ---- batches ---- */

struct seen {
  uint64_t records, bytes;
};

static bool count_string(void *arg, uint64_t id, const unsigned char *bytes, size_t n)
{
  struct seen *seen = arg;
  (void)bytes;
  assert_int_equal(id, seen->records + 1);
  seen->records++;
  seen->bytes += n;
  return true;
}

static bool count_stack(void *arg, uint64_t id, const struct trace_frame *frames, size_t depth)
{
  (void)id, (void)frames;
  ((struct seen *)arg)->records++;
  ((struct seen *)arg)->bytes += depth;
  return true;
}

static const struct batch_visitor counting = {.string = count_string, .stack = count_stack};

static void a_record_that_does_not_fit_begins_a_batch(void **state)
{
  (void)state;
  struct batch_pool pool;
  struct trace_buffer buffer;
  assert_int_equal(batch_pool_init(&pool, 1), 0);
  trace_buffer_begin(&buffer, &pool, BATCH_STRINGS, 300);
  const uint64_t records = 500;
  for (uint64_t id = 1; id <= records; id++) {
    unsigned char *at = trace_buffer_reserve(&buffer, 1 + 2 * VARINT_BYTES_MOST + 1000);
    assert_non_null(at);
    *at++ = RECORD_STRING;
    at = varint_write(varint_write(at, id), 1000);
    memset(at, 'x', 1000);
    trace_buffer_commit(&buffer, at + 1000);
  }
  assert_null(trace_buffer_reserve(&buffer, TRACE_BATCH_BYTES)); /* fits no batch */
  assert_int_equal(buffer.lost, 1);
  trace_buffer_flush(&buffer);
  trace_buffer_flush(&buffer); /* of nothing */
  struct trace_batch *list = trace_buffer_take(&buffer);
  struct seen seen = {0};
  uint64_t batches = 0, bytes = 0;
  for (const struct trace_batch *batch = list; batch; batch = batch->next) {
    uint64_t generation;
    char error[BATCH_ERROR_BYTES];
    bytes += batch->used;
    batches += batch->used > 8; /* the last may hold no record */
    if (!batch_read(batch->bytes, batch->used, &counting, &seen, &generation, error))
      fail_msg("%s", error);
    assert_int_equal(generation, 300);
  }
  assert_int_equal(seen.records, records);
  assert_int_equal(seen.bytes, records * 1000);
  assert_int_equal(batches, (records + 64) / 65); /* 65 of these fit */
  assert_int_equal(bytes, buffer.bytes);
  batch_pool_return(&pool, list);
  batch_pool_fini(&pool);
}

/* ---- tables ---- */

struct rig {
  struct poison_source source;
  struct map_config config;
  const struct map_plugin *calls;
  struct batch_pool pool;
  struct corpus *corpus;
  struct generation generation;
  struct generation_seat seat;
};

static uint64_t clock_ns(void)
{
  static uint64_t ns;
  return ns += 10;
}

static const struct map_plugin *load_map(const char *map, const struct region_plugin **region)
{
  char error[PLUGIN_ERROR_BYTES];
  const union plugin_table *table = plugin_load(map, PLUGIN_MAP, error);
  const union plugin_table *regions = plugin_load("region_shared", PLUGIN_REGION, error);
  if (!table || !regions)
    fail_msg("%s", error);
  *region = &regions->region;
  return &table->map;
}

/* Three counters, two of them known. */
static struct corpus *symbols(void)
{
  static const struct corpus_frame frames[] = {{0x10, "main", 4, "main.c", 6, 12},
                                               {0x20, "work", 4, "", 0, 0}};
  struct corpus *corpus = calloc(1, sizeof *corpus);
  assert_non_null(corpus);
  corpus->frames = frames;
  corpus->frame_count = 2;
  return corpus;
}

static void set_up(struct rig *rig, const char *map)
{
  memset(rig, 0, sizeof *rig);
  poison_source_init(&rig->source);
  rig->calls = load_map(map, &rig->config.region);
  rig->config.threads = 1;
  rig->config.region_config = (struct region_config){
      .block_bytes = REGION_BLOCK_BYTES, .source = &rig->source.source, .threads = 1};
  rig->corpus = symbols();
  assert_int_equal(batch_pool_init(&rig->pool, 2), 0);
  assert_int_equal(generation_create(&rig->generation, rig->calls, &rig->config, false), 0);
  const struct seat_place place = {.cpu = -1, .node = -1};
  assert_int_equal(generation_enter(&rig->generation, &place, &rig->seat), 0);
  rig->generation.number = 1;
  string_table_begin(&rig->generation.strings, &rig->pool, 1);
}

static void tear_down(struct rig *rig)
{
  generation_leave(&rig->generation, &rig->seat);
  generation_destroy(&rig->generation);
  batch_pool_fini(&rig->pool);
  poison_source_fini(&rig->source);
  free(rig->corpus);
}

/* Every put that a proof is told, and what it is told instead when something is to be wrong. */
enum fault {
  FAULT_NONE,
  FAULT_ID,       /* one put says another id */
  FAULT_LOST,     /* one batch is not given */
  FAULT_UNPUT,    /* one string that was written was not put */
  FAULT_TWICE,    /* one put is said to have added again */
  FAULT_BYTES,    /* one string was another */
  FAULT_ORDER,    /* two puts are told in the other order */
  FAULT_EMITTED,  /* the stolen id belongs to a string */
  FAULT_DAMAGED,  /* a batch has a byte too many */
  FAULT_OTHER,    /* a batch of another generation */
  FAULT_SYMBOLS,  /* the symbols say something else */
  FAULT_FORGOTTEN /* a stack that was put is not written */
};

static void give_list(struct trace_proof *proof, const struct trace_batch *list, enum fault fault)
{
  for (const struct trace_batch *batch = list; batch; batch = batch->next) {
    if (fault == FAULT_LOST && batch == list)
      continue;
    trace_proof_batch(proof, batch->bytes, batch->used + (fault == FAULT_DAMAGED));
  }
}

struct told {
  enum corpus_kind kind;
  const void *bytes;
  size_t n;
  struct map_put put;
};

static void tell(struct trace_proof *proof, uint64_t key, const struct told *told, enum fault fault)
{
  struct trace_put put = {.kind = told->kind,
                          .key = key,
                          .bytes = told->bytes,
                          .n = told->n,
                          .id = told->put.id,
                          .added = told->put.added};
  if (fault == FAULT_ID && key == 1)
    put.id++;
  if (fault == FAULT_BYTES && key == 1)
    put.bytes = "another"; /* no longer than the string */
  trace_proof_put(proof, &put);
  if (fault == FAULT_TWICE && key == 1)
    trace_proof_put(proof, &put);
}

static bool round_trip(const char *map, enum fault fault, char *says, size_t size)
{
  struct rig rig;
  set_up(&rig, map);
  struct string_table *strings = &rig.generation.strings;
  static char long_string[5000];
  memset(long_string, 'l', sizeof long_string);
  static const uint64_t stacks[][3] = {{0x10, 0x20, 0x30}, {0x20, 0x10, 0x10}};
  struct told told[] = {
      {CORPUS_STRING, "a string", 8, {0}},     {CORPUS_STRING, "onother", 7, {0}},
      {CORPUS_STRING, "main", 4, {0}}, /* a name too */
      {CORPUS_STRING, long_string, 5000, {0}}, {CORPUS_STRING, "a string", 8, {0}},
      {CORPUS_STACK, stacks[0], 24, {0}},      {CORPUS_STACK, stacks[1], 8, {0}},
      {CORPUS_STACK, stacks[0], 24, {0}},
  };
  static const uint64_t key[] = {0, 1, 2, 3, 0, 4, 5, 4};
  enum { TOLD = sizeof told / sizeof *told };
  uint64_t emitted = string_table_emit(strings, rig.seat.strings, "stolen", 6);
  for (size_t i = 0; i < TOLD; i++)
    told[i].put =
        told[i].kind == CORPUS_STRING
            ? string_table_put(strings, rig.seat.strings, told[i].bytes, told[i].n)
            : stack_table_put(&rig.generation.stacks, rig.seat.stacks, told[i].bytes, told[i].n);
  assert_int_equal(stack_table_put(&rig.generation.stacks, rig.seat.stacks, "", 0).id, 0);

  _Atomic uint64_t blocks = 0;
  struct cleaning cleaning = {.corpus = rig.corpus,
                              .pool = &rig.pool,
                              .now_ns = clock_ns,
                              .blocks_back = &blocks,
                              .step_stacks = 1,
                              .step_blocks = 1,
                              .in_steps = rig.calls->visit_step != NULL};
  cleaning_begin(&cleaning, &rig.generation, &rig.seat);
  while (cleaning_step(&cleaning))
    ;
  assert_int_equal(cleaning.error, 0);
  assert_int_equal(cleaning.record.stacks, 2);
  assert_int_equal(cleaning.record.strings, 5 + 2); /* the names main.c and work are new */
  assert_int_equal(cleaning.record.unknown_frames, 1);
  assert_int_equal(poison_source_held_bytes(&rig.source), 0);

  struct trace_batch *list[2] = {trace_buffer_take(&strings->buffer),
                                 trace_buffer_take(&cleaning.dump.buffer)};
  struct trace_proof *proof = trace_proof_create(rig.corpus, 6, 1);
  assert_non_null(proof);
  trace_proof_begin(proof, fault == FAULT_OTHER ? 2 : 1, true);
  give_list(proof, list[0], fault);
  give_list(proof, list[1], fault == FAULT_FORGOTTEN ? FAULT_LOST : FAULT_NONE);
  if (fault == FAULT_SYMBOLS)
    rig.corpus->frame_count = 1; /* work is no longer known */
  trace_proof_emitted(proof, fault == FAULT_EMITTED ? told[0].put.id : emitted, "stolen", 6);
  if (fault == FAULT_ORDER)
    tell(proof, 1, &told[1], fault);
  for (size_t i = 0; i < TOLD; i++)
    if (!(fault == FAULT_UNPUT && key[i] == 1) && !(fault == FAULT_ORDER && key[i] == 1))
      tell(proof, key[i], &told[i], fault);
  bool good = trace_proof_end(proof);
  snprintf(says, size, "%s", trace_proof_contradiction(proof));
  trace_proof_destroy(proof);
  batch_pool_return(&rig.pool, list[0]);
  batch_pool_return(&rig.pool, list[1]);
  tear_down(&rig);
  return good;
}

static void what_is_put_comes_back(void **state)
{
  (void)state;
  char says[400];
  static const char *const maps[] = {"hash_trie", "fixed_bucket"};
  for (size_t m = 0; m < 2; m++)
    if (!round_trip(maps[m], FAULT_NONE, says, sizeof says))
      fail_msg("%s: %s", maps[m], says);
}

static void the_proof_finds_what_is_wrong(void **state)
{
  (void)state;
  static const struct {
    enum fault fault;
    const char *says;
  } faults[] = {
      {FAULT_ID, "other than the one written"},
      {FAULT_LOST, "is not written"},
      {FAULT_UNPUT, "that no put added"},
      {FAULT_TWICE, "added twice"},
      {FAULT_BYTES, "other than the one written"},
      {FAULT_ORDER, "not written in the order"},
      {FAULT_EMITTED, "emitted under id"},
      {FAULT_DAMAGED, "cannot be read: byte"},
      {FAULT_OTHER, "holds a batch of generation 1"},
      {FAULT_SYMBOLS, "a frame's name"},
      {FAULT_FORGOTTEN, "the stack that thread 0 put"},
  };
  for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
    char says[400];
    assert_false(round_trip("hash_trie", faults[i].fault, says, sizeof says));
    if (!strstr(says, faults[i].says))
      fail_msg("fault %d: '%s' does not say '%s'", (int)faults[i].fault, says, faults[i].says);
  }
}

/* ---- damaged batches ---- */

static bool any_string(void *arg, uint64_t id, const unsigned char *bytes, size_t n)
{
  (void)id;
  for (size_t i = 0; i < n; i++)
    *(uint64_t *)arg += bytes[i];
  return true;
}

static bool any_stack(void *arg, uint64_t id, const struct trace_frame *frames, size_t depth)
{
  (void)id;
  for (size_t i = 0; i < depth; i++)
    *(uint64_t *)arg += frames[i].pc;
  return true;
}

static void damaged_batches_are_refused_or_read(void **state)
{
  (void)state;
  static const struct batch_visitor any = {.string = any_string, .stack = any_stack};
  static const unsigned char good[2][24] = {
      {BATCH_STRINGS, 7, RECORD_STRING, 1, 3, 'a', 'b', 'c', RECORD_STRING, 2, 1, 'd'},
      {BATCH_STACKS, 7, RECORD_STACK, 1, 2, 16, 1, 2, 12, 32, 0, 0, 0},
  };
  static const size_t length[2] = {12, 13};
  uint64_t generation, sum = 0;
  char error[BATCH_ERROR_BYTES];
  for (int b = 0; b < 2; b++) {
    assert_true(batch_read(good[b], length[b], &any, &sum, &generation, error));
    for (size_t n = 0; n < length[b]; n++) { /* cut: whole only between records */
      unsigned char *copy = malloc(n + 1);   /* of its size, so that a read beyond is seen */
      assert_non_null(copy);
      memcpy(copy, good[b], n);
      bool between = n == 2 || (b == 0 && n == 8);
      assert_int_equal(batch_read(copy, n, &any, &sum, &generation, error), between);
      assert_int_equal(error[0] == 0, between);
      free(copy);
    }
    for (size_t at = 0; at < length[b]; at++) { /* each byte, every value: no crash */
      for (unsigned value = 0; value < 256; value++) {
        unsigned char copy[24];
        memcpy(copy, good[b], sizeof copy);
        copy[at] = (unsigned char)value;
        if (!batch_read(copy, length[b], &any, &sum, &generation, error))
          assert_int_not_equal(error[0], 0);
      }
    }
  }
  assert_false(batch_read(NULL, 0, &any, &sum, &generation, error));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(numbers_come_back),
      cmocka_unit_test(odd_numbers_are_refused),
      cmocka_unit_test(a_record_that_does_not_fit_begins_a_batch),
      cmocka_unit_test(what_is_put_comes_back),
      cmocka_unit_test(the_proof_finds_what_is_wrong),
      cmocka_unit_test(damaged_batches_are_refused_or_read),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
