/* recording_check.c: see recording_check.h. */
#include "check/recording_check.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "record/allocate.h"

static void take_op(struct intern_summary *summary, const struct recorded_op *op, int64_t error_ns)
{
  bool open = op->end == INT64_MAX;
  int64_t call = op->call - error_ns, end = open ? INT64_MAX : op->end + error_ns;
  switch ((enum recorded_function)op->function) {
  case RECORDED_PUT:
    if (open)
      intern_summary_open_put(summary, op->key, call);
    else
      intern_summary_put(summary, op->key, op->id, op->added, call, end);
    break;
  case RECORDED_LOOKUP:
    if (!open) /* an open one says nothing */
      intern_summary_lookup(summary, op->key, op->id, call, end);
    break;
  case RECORDED_STEAL:
    if (open)
      intern_summary_open_steal(summary, call);
    else
      intern_summary_steal(summary, op->id, call, end);
    break;
  }
}

/* Takes the operations called before `until` from each tape, from next[tape] on. */
static void take_epoch(struct intern_check *check, struct intern_summary *summary,
                       const struct recording_map *recording, size_t *next, int64_t until,
                       int64_t error_ns)
{
  const struct recorded_tape *tape;
  for (size_t t = 0; (tape = recording_map_tape(recording, t)); t++) {
    summary->thread = (uint32_t)t;
    for (; next[t] < tape->count && tape->ops[next[t]].call < until; next[t]++)
      take_op(summary, &tape->ops[next[t]], error_ns);
    intern_check_merge(check, summary);
  }
}

static unsigned promises_to_check(const struct recording_map *recording)
{
  uint32_t made = recording_map_promises(recording);
  unsigned promises = 0;
  if (made & MAP_ORDERED_IDS)
    promises |= INTERN_ORDERED_IDS;
  if (made & MAP_DENSE_IDS && recording_map_is_whole(recording))
    promises |= INTERN_DENSE_IDS;
  return promises;
}

struct intern_certificate recording_check(struct recording_map *recording, int64_t error_ns)
{
  uint32_t keys;
  recording_map_keys(recording, &keys);
  size_t tapes = 0, resets;
  while (recording_map_tape(recording, tapes))
    tapes++;
  const struct recorded_reset *reset = recording_map_resets(recording, &resets);
  size_t *next = allocate_zeroed(tapes, sizeof *next);
  struct intern_check *check = intern_check_create(keys, promises_to_check(recording));
  struct intern_summary summary;
  intern_summary_init(&summary, keys, 0);
  for (size_t i = 0; i < resets; i++) {
    take_epoch(check, &summary, recording, next, reset[i].call, error_ns);
    intern_check_reset(check, reset[i].call + error_ns, reset[i].end - error_ns);
  }
  take_epoch(check, &summary, recording, next, INT64_MAX, error_ns);
  struct intern_certificate certificate = intern_check_finish(check);
  intern_summary_fini(&summary);
  intern_check_destroy(check);
  free(next);
  return certificate;
}

struct key_names {
  const struct recorded_key *keys;
  char text[64];
};

static const char *key_name(void *arg, uint32_t number)
{
  struct key_names *names = arg;
  const struct recorded_key *key = &names->keys[number];
  char shown[25];
  size_t i;
  for (i = 0; i < key->n && i < sizeof shown - 1; i++) {
    unsigned char byte = ((const unsigned char *)key->bytes)[i];
    shown[i] = isprint(byte) ? (char)byte : '.';
  }
  shown[i] = '\0';
  snprintf(names->text, sizeof names->text, "\"%s%s\" (%zu bytes)", shown, i < key->n ? "..." : "",
           key->n);
  return names->text;
}

void recording_certificate_print(struct recording_map *recording,
                                 const struct intern_certificate *certificate, char *text,
                                 size_t size)
{
  uint32_t count;
  struct key_names names = {.keys = recording_map_keys(recording, &count)};
  intern_certificate_print(certificate, key_name, &names, text, size);
  /* "verdict\n  operation\n  operation" in one line. */
  for (char *line; (line = strstr(text, "\n  "));) {
    line[0] = ';';
    memmove(line + 1, line + 2, strlen(line + 2) + 1);
  }
}
