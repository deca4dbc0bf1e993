/* history.c: the table of values and operations; see history.h. */
#include "record/history.h"

#include <inttypes.h>
#include <string.h>
#include <xxhash.h>

#include "record/allocate.h"
#include "record/history_shape.h"

const struct history_shape history_shapes[HISTORY_FUNCTIONS] = {
    [REGISTER_READ] = {MODEL_REGISTER, "read", KEY_OPTIONAL, ARGS_NONE, RESULT_VALUE},
    [REGISTER_WRITE] = {MODEL_REGISTER, "write", KEY_OPTIONAL, ARGS_VALUE, RESULT_NONE},
    [REGISTER_CAS] = {MODEL_REGISTER, "cas", KEY_OPTIONAL, ARGS_FROM_TO, RESULT_BOOLEAN},
    [KV_GET] = {MODEL_KV, "get", KEY_NEEDED, ARGS_NONE, RESULT_STRING_OR_NULL},
    [KV_PUT] = {MODEL_KV, "put", KEY_NEEDED, ARGS_STRING, RESULT_NONE},
    [KV_APPEND] = {MODEL_KV, "append", KEY_NEEDED, ARGS_STRING, RESULT_NONE},
    [SET_ADD] = {MODEL_SET, "add", KEY_NEEDED, ARGS_NONE, RESULT_BOOLEAN},
    [SET_REMOVE] = {MODEL_SET, "remove", KEY_NEEDED, ARGS_NONE, RESULT_BOOLEAN},
    [SET_CONTAINS] = {MODEL_SET, "contains", KEY_NEEDED, ARGS_NONE, RESULT_BOOLEAN},
    [INTERN_PUT] = {MODEL_INTERN, "put", KEY_HEX, ARGS_NONE, RESULT_ID_ADDED},
    [INTERN_LOOKUP] = {MODEL_INTERN, "lookup", KEY_HEX, ARGS_NONE, RESULT_ID_OR_NULL},
    [INTERN_STEAL_ID] = {MODEL_INTERN, "steal_id", KEY_NONE, ARGS_NONE, RESULT_ID},
    [INTERN_RESET] = {MODEL_INTERN, "reset", KEY_NONE, ARGS_NONE, RESULT_NONE},
};

static const char *const model_names[] = {[MODEL_REGISTER] = "register",
                                          [MODEL_KV] = "kv",
                                          [MODEL_SET] = "set",
                                          [MODEL_INTERN] = "intern"};

enum history_model history_model_named(const char *name)
{
  for (unsigned model = MODEL_REGISTER; model <= MODEL_INTERN; model++)
    if (strcmp(model_names[model], name) == 0)
      return (enum history_model)model;
  return 0;
}

const char *history_model_name(enum history_model model)
{
  return model_names[model];
}

const char *history_function_name(enum history_function function)
{
  return history_shapes[function].name;
}

static uint64_t scalar_hash(const struct history_scalar *scalar)
{
  if (scalar->kind == KIND_STRING)
    return XXH3_64bits(scalar->bytes, scalar->n);
  return XXH3_64bits_withSeed(&scalar->integer, sizeof scalar->integer, 1 + scalar->kind);
}

static bool scalar_equal(const struct history_scalar *a, const struct history_scalar *b)
{
  if (a->kind != b->kind)
    return false;
  if (a->kind == KIND_STRING)
    return a->n == b->n && memcmp(a->bytes, b->bytes, a->n) == 0;
  return a->integer == b->integer;
}

static void index_value(struct history *history, history_value value)
{
  size_t slot = scalar_hash(&history->values[value]) & (history->value_slots - 1);
  while (history->value_index[slot])
    slot = (slot + 1) & (history->value_slots - 1);
  history->value_index[slot] = value + 1;
}

/* The index of an equal value; a new one's bytes are copied. */
static history_value enter(struct history *history, const struct history_scalar *scalar)
{
  size_t slot = scalar_hash(scalar) & (history->value_slots - 1);
  for (; history->value_index[slot]; slot = (slot + 1) & (history->value_slots - 1))
    if (scalar_equal(&history->values[history->value_index[slot] - 1], scalar))
      return history->value_index[slot] - 1;

  history->values = allocate_one_more(history->values, history->value_count, &history->value_room,
                                      sizeof *history->values);
  history_value value = (history_value)history->value_count++;
  history->values[value] = *scalar;
  if (scalar->kind == KIND_STRING) {
    char *copy = allocate(scalar->n + 1, 1);
    memcpy(copy, scalar->bytes, scalar->n);
    copy[scalar->n] = '\0';
    history->values[value].bytes = copy;
  }
  if (2 * history->value_count <= history->value_slots) {
    history->value_index[slot] = value + 1;
    return value;
  }
  free(history->value_index);
  history->value_slots *= 2;
  history->value_index = allocate_zeroed(history->value_slots, sizeof *history->value_index);
  for (history_value each = 0; each <= value; each++)
    index_value(history, each);
  return value;
}

struct history *history_create(enum history_model model, const char *name)
{
  struct history *history = allocate_zeroed(1, sizeof *history);
  history->model = model;
  size_t n = strlen(name) + 1;
  history->name = memcpy(allocate(n, 1), name, n);
  history->value_slots = 64;
  history->value_index = allocate_zeroed(history->value_slots, sizeof *history->value_index);
  /* Their order makes VALUE_NULL, VALUE_FALSE and VALUE_TRUE what they are. */
  enter(history, &(struct history_scalar){.kind = KIND_NULL});
  enter(history, &(struct history_scalar){.kind = KIND_BOOLEAN, .integer = 0});
  enter(history, &(struct history_scalar){.kind = KIND_BOOLEAN, .integer = 1});
  return history;
}

void history_destroy(struct history *history)
{
  if (!history)
    return;
  for (size_t i = 0; i < history->value_count; i++)
    free(history->values[i].bytes);
  free(history->values);
  free(history->value_index);
  free(history->ops);
  free(history->name);
  free(history);
}

history_value history_integer(struct history *history, int64_t integer)
{
  return enter(history, &(struct history_scalar){.kind = KIND_INTEGER, .integer = integer});
}

history_value history_string(struct history *history, const char *bytes, size_t n)
{
  return enter(history,
               &(struct history_scalar){.kind = KIND_STRING, .bytes = (char *)bytes, .n = n});
}

history_value history_hex(struct history *history, const void *bytes, size_t n)
{
  static const char digits[] = "0123456789abcdef";
  const unsigned char *from = bytes;
  char *text = allocate(2 * n, 1);
  for (size_t i = 0; i < n; i++) {
    text[2 * i] = digits[from[i] >> 4];
    text[2 * i + 1] = digits[from[i] & 15];
  }
  history_value value = history_string(history, text, 2 * n);
  free(text);
  return value;
}

struct history_op history_op_of(enum history_function function)
{
  return (struct history_op){.function = (uint8_t)function,
                             .end = INT64_MAX,
                             .open = true,
                             .key = VALUE_ABSENT,
                             .args = {VALUE_ABSENT, VALUE_ABSENT},
                             .result = VALUE_ABSENT};
}

void history_add(struct history *history, const struct history_op *op)
{
  history->ops =
      allocate_one_more(history->ops, history->op_count, &history->op_room, sizeof *history->ops);
  history->ops[history->op_count++] = *op;
}

static int by_number(const void *a, const void *b)
{
  const struct history_op *x = *(const struct history_op *const *)a;
  const struct history_op *y = *(const struct history_op *const *)b;
  if (x->number != y->number)
    return x->number < y->number ? -1 : 1;
  return x < y ? -1 : x > y;
}

static int by_process_and_time(const void *a, const void *b)
{
  const struct history_op *x = *(const struct history_op *const *)a;
  const struct history_op *y = *(const struct history_op *const *)b;
  if (x->process != y->process)
    return x->process < y->process ? -1 : 1;
  if (x->call != y->call)
    return x->call < y->call ? -1 : 1;
  if (x->open != y->open)
    return x->open ? 1 : -1;
  if (x->end != y->end)
    return x->end < y->end ? -1 : 1;
  return x < y ? -1 : x > y;
}

static bool refuse_pair(const char *file_name, const struct history_op *first,
                        const struct history_op *second, const char *what, const char *mend,
                        struct history_error *error)
{
  if (first->line > second->line) {
    const struct history_op *swap = first;
    first = second;
    second = swap;
  }
  snprintf(error->text, sizeof error->text,
           "%.400s:%" PRIu32 ": operation %" PRId64 " %s operation %" PRId64 " (line %" PRIu32
           "); %s",
           file_name, second->line, second->number, what, first->number, first->line, mend);
  return false;
}

bool history_validate(const struct history *history, const char *file_name,
                      struct history_error *error)
{
  size_t count = history->op_count;
  const struct history_op **sorted = allocate(count, sizeof *sorted);
  for (size_t i = 0; i < count; i++)
    sorted[i] = &history->ops[i];
  bool good = true;

  qsort(sorted, count, sizeof *sorted, by_number);
  for (size_t i = 1; good && i < count; i++)
    if (sorted[i - 1]->number == sorted[i]->number)
      good = refuse_pair(file_name, sorted[i - 1], sorted[i], "is called twice, also as",
                         "give every operation its own number i", error);

  qsort(sorted, count, sizeof *sorted, by_process_and_time);
  for (size_t i = 1; good && i < count; i++) {
    const struct history_op *before = sorted[i - 1], *after = sorted[i];
    if (before->process == after->process && (before->open || after->call < before->end))
      good =
          refuse_pair(file_name, before, after, "is open at the same time in the same process as",
                      "give each its own process p, or mend the times c and e", error);
  }

  for (size_t i = 1; good && i < count; i++) {
    const struct history_op *one = &history->ops[0], *other = &history->ops[i];
    if (history->model == MODEL_REGISTER &&
        (one->key == VALUE_ABSENT) != (other->key == VALUE_ABSENT))
      good = refuse_pair(file_name, one, other, "differs in having a key k from",
                         "name a key in all operations or in none", error);
  }
  free(sorted);
  return good;
}
