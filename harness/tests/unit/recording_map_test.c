/* recording_map_test.c: the recording map around a map whose answers the test makes up, the history
 * it gives, and the interning check over it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check/recording_check.h"
#include "record/tape_clock.h"

/* The inner map: answers what it was told to. */
struct fake_map {
  struct map_put answer;
  uint64_t found, stolen;
  int enter_error;
  struct recording_map *watch; /* its tape 0 is looked at from within put */
  bool open_within_put;
  void *seat_seen;
};

static int fake_enter(void *map, const struct seat_place *place, void **seat)
{
  struct fake_map *fake = map;
  *seat = (void *)(uintptr_t)(place->thread + 100);
  return fake->enter_error;
}

static void fake_leave(void *map, void *seat)
{
  (void)map, (void)seat;
}

static struct map_put fake_put(void *map, void *seat, const void *bytes, size_t n)
{
  (void)bytes;
  struct fake_map *fake = map;
  fake->seat_seen = seat;
  if (fake->watch) {
    const struct recorded_tape *tape = recording_map_tape(fake->watch, 0);
    fake->open_within_put = tape->count > 0 && tape->ops[tape->count - 1].end == INT64_MAX;
  }
  return n ? fake->answer : (struct map_put){0};
}

static uint64_t fake_lookup(void *map, void *seat, const void *bytes, size_t n)
{
  (void)seat, (void)bytes, (void)n;
  return ((struct fake_map *)map)->found;
}

static uint64_t fake_steal_id(void *map, void *seat)
{
  (void)seat;
  return ((struct fake_map *)map)->stolen;
}

static int fake_reset(void *map)
{
  (void)map;
  return 0;
}

static const struct map_plugin fake_plugin = {
    .head = {.kind = PLUGIN_MAP,
             .abi_major = TMB_ABI_MAJOR,
             .size = sizeof(struct map_plugin),
             .promises = MAP_DENSE_IDS | MAP_ORDERED_IDS | MAP_ASYNC_SIGNAL_SAFE,
             .name = "fake",
             .summary = "made-up answers"},
    .enter = fake_enter,
    .leave = fake_leave,
    .put = fake_put,
    .lookup = fake_lookup,
    .steal_id = fake_steal_id,
    .reset = fake_reset,
};

/* A recording with as many seats as a test needs. */
struct rig {
  struct fake_map fake;
  struct recording_map *recording;
  const struct map_plugin *calls;
  void *seat[3];
};

static void open_rig(struct rig *rig, double share)
{
  *rig = (struct rig){0};
  rig->recording = recording_map_create(&fake_plugin, &rig->fake,
                                        &(struct recording_options){.share = share, .seed = 3});
  rig->calls = recording_map_calls(rig->recording);
  for (unsigned t = 3; t-- > 0;) { /* tapes are in the order of threads all the same */
    struct seat_place place = {.thread = t, .cpu = -1, .node = -1};
    assert_int_equal(rig->calls->enter(rig->recording, &place, &rig->seat[t]), 0);
  }
}

static void close_rig(struct rig *rig)
{
  for (unsigned t = 0; t < 3; t++)
    rig->calls->leave(rig->recording, rig->seat[t]);
  recording_map_destroy(rig->recording);
}

/* Lets the clock move, however coarse it is, so that what follows is later. */
static void pass_a_moment(void)
{
  int64_t now_ns = tape_clock_read_ns();
  while (tape_clock_read_ns() == now_ns)
    ;
}

static void put(struct rig *rig, unsigned thread, const char *key, uint64_t id, bool added)
{
  rig->fake.answer = (struct map_put){.id = id, .added = added};
  rig->calls->put(rig->recording, rig->seat[thread], key, strlen(key));
  pass_a_moment();
}

static void look_up(struct rig *rig, unsigned thread, const char *key, uint64_t id)
{
  rig->fake.found = id;
  rig->calls->lookup(rig->recording, rig->seat[thread], key, strlen(key));
  pass_a_moment();
}

static void steal(struct rig *rig, unsigned thread, uint64_t id)
{
  rig->fake.stolen = id;
  rig->calls->steal_id(rig->recording, rig->seat[thread]);
  pass_a_moment();
}

static void operations_are_written_down(void **state)
{
  (void)state;
  struct rig rig;
  open_rig(&rig, 1);
  rig.fake.watch = rig.recording;
  put(&rig, 0, "abc", 7, true);
  rig.fake.watch = NULL;
  assert_true(rig.fake.open_within_put);
  assert_ptr_equal(rig.fake.seat_seen, (void *)100);
  look_up(&rig, 0, "abc", 7);
  steal(&rig, 0, 8);
  put(&rig, 0, "", 0, false); /* no bytes, no operation */
  put(&rig, 2, "x", 9, true);

  const struct recorded_tape *tape = recording_map_tape(rig.recording, 0);
  assert_int_equal(tape->count, 3);
  assert_int_equal(recording_map_tape(rig.recording, 1)->count, 0);
  assert_int_equal(recording_map_tape(rig.recording, 2)->count, 1);
  assert_null(recording_map_tape(rig.recording, 3));
  assert_int_equal(recording_map_operations(rig.recording), 4);
  assert_int_equal(tape->ops[0].function, RECORDED_PUT);
  assert_int_equal(tape->ops[0].id, 7);
  assert_true(tape->ops[0].added);
  assert_int_equal(tape->ops[0].n, 3);
  assert_int_equal(tape->ops[1].function, RECORDED_LOOKUP);
  assert_int_equal(tape->ops[1].id, 7);
  assert_int_equal(tape->ops[2].function, RECORDED_STEAL);
  assert_int_equal(tape->ops[2].id, 8);
  assert_null(tape->ops[2].bytes);
  for (int i = 0; i < 3; i++) {
    assert_true(tape->ops[i].call <= tape->ops[i].end);
    assert_true(i == 0 || tape->ops[i - 1].end <= tape->ops[i].call);
  }
  assert_false(rig.calls->head.promises & MAP_ASYNC_SIGNAL_SAFE);
  close_rig(&rig);
}

static void equal_bytes_have_one_number(void **state)
{
  (void)state;
  struct rig rig;
  open_rig(&rig, 1);
  char copy[] = "one";
  put(&rig, 0, "one", 1, true);
  put(&rig, 0, "two", 2, true);
  put(&rig, 1, copy, 1, false); /* other place, same bytes */
  put(&rig, 1, "on", 3, true);
  uint32_t count;
  const struct recorded_key *keys = recording_map_keys(rig.recording, &count);
  assert_int_equal(count, 3);
  assert_memory_equal(keys[0].bytes, "one", 3);
  const struct recorded_tape *other = recording_map_tape(rig.recording, 1);
  assert_int_equal(other->ops[0].key, 0);
  assert_int_equal(other->ops[1].key, 2);
  close_rig(&rig);
}

enum { SAMPLED_KEYS = 4000 };

/* A sampled key has all its operations, so that what is said of it is true: leaving out single
 * operations would lose adders. */
static void a_share_is_of_keys_not_of_operations(void **state)
{
  (void)state;
  struct rig rig;
  open_rig(&rig, 0.25);
  static char key[SAMPLED_KEYS][8];
  for (int i = 0; i < SAMPLED_KEYS; i++) {
    snprintf(key[i], sizeof key[i], "k%d", i);
    put(&rig, 0, key[i], (uint64_t)i + 1, true);
    put(&rig, 1, key[i], (uint64_t)i + 1, false);
    look_up(&rig, 1, key[i], (uint64_t)i + 1);
  }
  uint32_t count;
  recording_map_keys(rig.recording, &count);
  assert_in_range(count, SAMPLED_KEYS / 5, SAMPLED_KEYS * 3 / 10); /* a deviation is 27 */
  assert_int_equal(recording_map_tape(rig.recording, 0)->count, count);
  assert_int_equal(recording_map_tape(rig.recording, 1)->count, 2 * count);
  assert_false(recording_map_is_whole(rig.recording));
  /* The ids have gaps, as seen: it must not be held against a map that promises none. */
  assert_int_equal(recording_check(rig.recording, 0).verdict, INTERN_LINEARIZABLE);
  close_rig(&rig);
}

static void errors_of_enter_come_back(void **state)
{
  (void)state;
  struct rig rig;
  open_rig(&rig, 1);
  rig.fake.enter_error = -EAGAIN;
  void *seat;
  struct seat_place place = {.thread = 0};
  assert_int_equal(rig.calls->enter(rig.recording, &place, &seat), -EAGAIN);
  rig.fake.enter_error = 0;
  close_rig(&rig);
}

/* ---- the check ---- */

static enum intern_verdict verdict(struct rig *rig, int64_t error_ns, const char *text)
{
  struct intern_certificate certificate = recording_check(rig->recording, error_ns);
  char said[1024] = "";
  recording_certificate_print(rig->recording, &certificate, said, sizeof said);
  if (text && !strstr(said, text))
    fail_msg("'%s' lacks '%s'", said, text);
  assert_null(strchr(said, '\n'));
  return certificate.verdict;
}

static void right_histories_are_not_accused(void **state)
{
  (void)state;
  struct rig rig;
  open_rig(&rig, 1);
  look_up(&rig, 1, "a", 0);
  put(&rig, 0, "a", 1, true);
  put(&rig, 1, "a", 1, false);
  look_up(&rig, 2, "a", 1);
  steal(&rig, 2, 2);
  put(&rig, 2, "b", 3, true);
  assert_int_equal(verdict(&rig, 0, NULL), INTERN_LINEARIZABLE);
  assert_int_equal(verdict(&rig, 1000000, NULL), INTERN_LINEARIZABLE);
  close_rig(&rig);
}

static void wrong_histories_are(void **state)
{
  (void)state;
  struct rig rig;
  open_rig(&rig, 1);
  put(&rig, 0, "key", 1, true);
  put(&rig, 2, "key", 1, true);
  assert_int_equal(verdict(&rig, 0, "thread 2: put added \"key\" (3 bytes) as id 1"),
                   INTERN_ADDED_TWICE);
  close_rig(&rig);

  open_rig(&rig, 1);
  put(&rig, 0, "a", 1, true);
  put(&rig, 1, "b", 1, true);
  assert_int_equal(verdict(&rig, 0, NULL), INTERN_SHARED_ID);
  close_rig(&rig);

  open_rig(&rig, 1);
  put(&rig, 0, "a", 1, true);
  steal(&rig, 1, 1);
  assert_int_equal(verdict(&rig, 0, NULL), INTERN_SHARED_ID);
  close_rig(&rig);

  open_rig(&rig, 1);
  put(&rig, 0, "a", 2, true);
  put(&rig, 0, "b", 1, true);
  assert_int_equal(verdict(&rig, 0, NULL), INTERN_IDS_OUT_OF_ORDER);
  close_rig(&rig);

  open_rig(&rig, 1);
  put(&rig, 0, "a", 2, true);
  assert_int_equal(verdict(&rig, 0, NULL), INTERN_GAP_IN_IDS);
  close_rig(&rig);
}

static void order_within_the_clock_error_is_no_order(void **state)
{
  (void)state;
  struct rig rig;
  open_rig(&rig, 1);
  put(&rig, 0, "a", 1, true);
  look_up(&rig, 1, "a", 0);
  assert_int_equal(verdict(&rig, 0, NULL), INTERN_MISSED_TOO_LATE);
  assert_int_equal(verdict(&rig, INT64_C(10000000000), NULL), INTERN_LINEARIZABLE);
  close_rig(&rig);
}

static void resets_begin_anew_however_wide_the_error(void **state)
{
  (void)state;
  struct rig rig;
  open_rig(&rig, 1);
  for (int epoch = 0; epoch < 3; epoch++) {
    put(&rig, 0, "a", 1, true);
    put(&rig, 1, "b", 2, true);
    rig.calls->reset(rig.recording);
    look_up(&rig, 1, "a", 0);
  }
  assert_int_equal(verdict(&rig, 0, NULL), INTERN_LINEARIZABLE);
  assert_int_equal(verdict(&rig, 5000, NULL), INTERN_LINEARIZABLE);
  put(&rig, 2, "b", 1, true);
  put(&rig, 2, "b", 1, true);
  assert_int_equal(verdict(&rig, 0, NULL), INTERN_ADDED_TWICE);
  close_rig(&rig);
}

static struct map_put put_never_returns(void *map, void *seat, const void *bytes, size_t n)
{
  (void)seat, (void)bytes, (void)n;
  longjmp(*(jmp_buf *)map, 1); /* as far as the recording can see */
}

/* An operation that never returned may have happened. */
static void what_never_returned_stays_open(void **state)
{
  (void)state;
  jmp_buf stuck;
  struct map_plugin plugin = {.head = fake_plugin.head, .put = put_never_returns};
  struct recording_map *recording =
      recording_map_create(&plugin, &stuck, &(struct recording_options){.share = 1});
  const struct map_plugin *calls = recording_map_calls(recording);
  assert_null(calls->lookup); /* the inner map has none */
  void *seat;
  assert_int_equal(calls->enter(recording, &(struct seat_place){0}, &seat), 0);
  if (setjmp(stuck) == 0)
    calls->put(recording, seat, "a", 1);
  assert_int_equal(recording_map_tape(recording, 0)->ops[0].end, INT64_MAX);
  assert_int_equal(recording_check(recording, 100).verdict, INTERN_LINEARIZABLE);
  struct history *history = recording_history(recording, 100, "open");
  assert_true(history->ops[0].open);
  history_destroy(history);
  recording_map_destroy(recording);
}

/* ---- the history ---- */

static struct history *write_and_read(const struct recording_map *recording, int64_t error_ns)
{
  struct history_error error;
  struct history *written = recording_history(recording, error_ns, "test");
  if (!history_validate(written, "written", &error))
    fail_msg("%s", error.text);
  FILE *file = tmpfile();
  assert_non_null(file);
  history_write(written, file);
  history_destroy(written);
  rewind(file);
  struct history *read = history_read(file, "file", 0, &error);
  if (!read)
    fail_msg("%s", error.text);
  fclose(file);
  return read;
}

static void a_history_survives_its_file(void **state)
{
  (void)state;
  struct rig rig;
  open_rig(&rig, 1);
  for (int i = 0; i < 50; i++) {
    look_up(&rig, (unsigned)i % 3, "\x01\xff key", i ? 1 : 0);
    put(&rig, (unsigned)i % 3, "\x01\xff key", 1, i == 0);
  }
  steal(&rig, 1, 2);
  rig.calls->reset(rig.recording);
  put(&rig, 0, "z", 1, true);
  const int64_t errors[] = {0, 300, 100000};
  for (int i = 0; i < 3; i++) { /* widened, a thread's operations overlap: lanes keep them apart */
    struct history *history = write_and_read(rig.recording, errors[i]);
    assert_int_equal(history->model, MODEL_INTERN);
    assert_int_equal(history->op_count, 103);
    const struct history_op *op = &history->ops[0];
    const struct recorded_op *from = &recording_map_tape(rig.recording, 0)->ops[0];
    assert_int_equal(op->call, from->call - errors[i]);
    assert_int_equal(op->end, from->end + errors[i]);
    assert_string_equal(history->values[op->key].bytes, "01ff206b6579");
    history_destroy(history);
  }
  close_rig(&rig);
}

/* ---- threads ---- */

enum { THREADS = 4, OPERATIONS = 5000 };

struct worker {
  struct recording_map *recording;
  unsigned thread;
};

static struct map_put found_put(void *map, void *seat, const void *bytes, size_t n)
{
  (void)map, (void)seat, (void)bytes, (void)n;
  return (struct map_put){.id = 1};
}

static void *work(void *arg)
{
  const struct worker *self = arg;
  const struct map_plugin *calls = recording_map_calls(self->recording);
  struct seat_place place = {.thread = self->thread, .cpu = -1, .node = -1};
  void *seat;
  if (calls->enter(self->recording, &place, &seat) != 0)
    return NULL;
  for (int i = 0; i < OPERATIONS; i++)
    calls->put(self->recording, seat, "key", 3);
  calls->leave(self->recording, seat);
  return NULL;
}

static void threads_lose_no_operation(void **state)
{
  (void)state;
  struct map_plugin plugin = {.head = fake_plugin.head, .put = found_put};
  struct recording_map *recording = recording_map_create(
      &plugin, NULL, &(struct recording_options){.share = 1, .operations = 100}); /* too few */
  struct worker worker[THREADS];
  pthread_t thread[THREADS];
  for (unsigned i = 0; i < THREADS; i++) {
    worker[i] = (struct worker){.recording = recording, .thread = i};
    assert_int_equal(pthread_create(&thread[i], NULL, work, &worker[i]), 0);
  }
  for (unsigned i = 0; i < THREADS; i++)
    pthread_join(thread[i], NULL);
  for (size_t i = 0; i < THREADS; i++)
    assert_int_equal(recording_map_tape(recording, i)->count, OPERATIONS);
  assert_int_equal(recording_check(recording, 0).verdict, INTERN_NEVER_ADDED);
  recording_map_destroy(recording);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(operations_are_written_down),
      cmocka_unit_test(equal_bytes_have_one_number),
      cmocka_unit_test(a_share_is_of_keys_not_of_operations),
      cmocka_unit_test(errors_of_enter_come_back),
      cmocka_unit_test(right_histories_are_not_accused),
      cmocka_unit_test(wrong_histories_are),
      cmocka_unit_test(order_within_the_clock_error_is_no_order),
      cmocka_unit_test(resets_begin_anew_however_wide_the_error),
      cmocka_unit_test(what_never_returned_stays_open),
      cmocka_unit_test(a_history_survives_its_file),
      cmocka_unit_test(threads_lose_no_operation),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
