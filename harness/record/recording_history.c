/* recording_history.c: from the tapes of a recording map to a history. See recording_map.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "record/allocate.h"
#include "record/recording_map.h"

/* What one thread's operations are written as: processes, each with one operation open at a time.
 */
struct lanes {
  size_t thread;
  int64_t *last_end;
  history_value *process;
  size_t count, end_room, process_room;
};

static history_value name_lane(struct history *history, size_t thread, size_t lane)
{
  if (lane == 0)
    return history_integer(history, (int64_t)thread);
  char name[64];
  if (lane < 26)
    snprintf(name, sizeof name, "%zu%c", thread, (char)('a' + lane));
  else
    snprintf(name, sizeof name, "%zuz%zu", thread, lane);
  return history_string(history, name, strlen(name));
}

/* The first lane that is free at `call`, taken until `end`. */
static history_value take_lane(struct history *history, struct lanes *lanes, int64_t call,
                               int64_t end)
{
  size_t lane = 0;
  while (lane < lanes->count && lanes->last_end[lane] > call)
    lane++;
  if (lane == lanes->count) {
    lanes->last_end =
        allocate_one_more(lanes->last_end, lane, &lanes->end_room, sizeof *lanes->last_end);
    lanes->process =
        allocate_one_more(lanes->process, lane, &lanes->process_room, sizeof *lanes->process);
    lanes->process[lane] = name_lane(history, lanes->thread, lane);
    lanes->count++;
  }
  lanes->last_end[lane] = end;
  return lanes->process[lane];
}

static void add_tape(struct history *history, const struct recorded_tape *tape, size_t thread,
                     int64_t error_ns)
{
  static const enum history_function function[] = {[RECORDED_PUT] = INTERN_PUT,
                                                   [RECORDED_LOOKUP] = INTERN_LOOKUP,
                                                   [RECORDED_STEAL] = INTERN_STEAL_ID};
  struct lanes lanes = {.thread = thread};
  for (size_t i = 0; i < tape->count; i++) {
    const struct recorded_op *from = &tape->ops[i];
    struct history_op op = history_op_of(function[from->function]);
    op.number = (int64_t)history->op_count;
    op.call = from->call - error_ns;
    op.open = from->end == INT64_MAX;
    op.has_result = !op.open;
    if (!op.open) {
      op.end = from->end + error_ns;
      op.id = from->id;
      op.added = from->added;
    }
    if (from->bytes)
      op.key = history_hex(history, from->bytes, from->n);
    op.process = take_lane(history, &lanes, op.call, op.end);
    history_add(history, &op);
  }
  free(lanes.last_end);
  free(lanes.process);
}

/* A reset of less than twice the error becomes a moment in its middle. */
static void add_resets(struct history *history, const struct recording_map *recording,
                       int64_t error_ns)
{
  size_t count;
  const struct recorded_reset *resets = recording_map_resets(recording, &count);
  for (size_t i = 0; i < count; i++) {
    int64_t call = resets[i].call + error_ns, end = resets[i].end - error_ns;
    if (call > end)
      call = end = resets[i].call + (resets[i].end - resets[i].call) / 2;
    struct history_op op = history_op_of(INTERN_RESET);
    op.number = (int64_t)history->op_count;
    op.process = history_string(history, "reset", strlen("reset"));
    op.call = call;
    op.end = end;
    op.open = false;
    history_add(history, &op);
  }
}

struct history *recording_history(const struct recording_map *recording, int64_t error_ns,
                                  const char *name)
{
  struct history *history = history_create(MODEL_INTERN, name);
  const struct recorded_tape *tape;
  for (size_t thread = 0; (tape = recording_map_tape(recording, thread)); thread++)
    add_tape(history, tape, thread, error_ns);
  add_resets(history, recording, error_ns);
  return history;
}
