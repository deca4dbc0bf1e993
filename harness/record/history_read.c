/* history_read.c: reads histories, strictly: whatever a line holds that the format does not know is
 * an error with the line's number. See history.h. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <string.h>

#include "record/allocate.h"
#include "record/history.h"
#include "record/history_shape.h"

/* Longer lines are refused: a device or a file without line ends must not fill the memory. */
#define LINE_BYTES_MAX ((size_t)64 * 1024 * 1024)

struct reader {
  FILE *in;
  const char *file_name;
  uint32_t line; /* number of the line in hand, from 1 */
  char *bytes;
  size_t n, room;
  struct history *history;
  struct history_error *error;
};

static bool refuse(struct reader *reader, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool refuse(struct reader *reader, const char *format, ...)
{
  char *text = reader->error->text;
  size_t room = sizeof reader->error->text;
  int used = snprintf(text, room, "%.400s:%" PRIu32 ": ", reader->file_name, reader->line);
  va_list values;
  va_start(values, format);
  vsnprintf(text + used, room - (size_t)used, format, values);
  va_end(values);
  /* Messages quote the input: nothing in it may steer a terminal. */
  for (char *c = text; *c; c++)
    if ((unsigned char)*c < 0x20 || (unsigned char)*c >= 0x7f)
      *c = '?';
  return false;
}

enum line_outcome { LINE_READ, LINE_END, LINE_BAD };

static enum line_outcome next_line(struct reader *reader)
{
  reader->line++;
  reader->n = 0;
  for (int c; (c = getc_unlocked(reader->in)) != EOF;) {
    if (c == '\n')
      return LINE_READ;
    if (reader->n == LINE_BYTES_MAX) {
      refuse(reader, "line longer than %zu bytes; write one operation a line", LINE_BYTES_MAX);
      return LINE_BAD;
    }
    reader->bytes = allocate_one_more(reader->bytes, reader->n, &reader->room, 1);
    reader->bytes[reader->n++] = (char)c;
  }
  if (ferror(reader->in)) {
    refuse(reader, "cannot read: %s", strerror(errno));
    return LINE_BAD;
  }
  return reader->n ? LINE_READ : LINE_END;
}

/* The line as an object, or NULL. */
static json_t *parse_line(struct reader *reader)
{
  if (reader->n == 0) {
    refuse(reader, "empty line; delete it");
    return NULL;
  }
  json_error_t why;
  json_t *object = json_loadb(reader->bytes, reader->n,
                              JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, &why);
  if (!object) {
    refuse(reader, "byte %d: not JSON: %s; write one complete JSON object a line", why.position,
           why.text);
    return NULL;
  }
  if (!json_is_object(object)) {
    refuse(reader, "not a JSON object; write {...} with the fields of the format");
    json_decref(object);
    return NULL;
  }
  return object;
}

static bool refuse_unknown_fields(struct reader *reader, json_t *object, const char *const *known,
                                  const char *list)
{
  const char *field;
  json_t *value;
  json_object_foreach(object, field, value)
  {
    const char *const *name = known;
    while (*name && strcmp(*name, field) != 0)
      name++;
    if (!*name)
      return refuse(reader, "unknown field \"%.40s\"; known are %s", field, list);
  }
  return true;
}

/* A scalar as a value; VALUE_ABSENT when it is none. */
static history_value scalar_value(struct reader *reader, const json_t *json)
{
  switch (json_typeof(json)) {
  case JSON_NULL:
    return VALUE_NULL;
  case JSON_FALSE:
    return VALUE_FALSE;
  case JSON_TRUE:
    return VALUE_TRUE;
  case JSON_INTEGER:
    return history_integer(reader->history, json_integer_value(json));
  case JSON_STRING:
    return history_string(reader->history, json_string_value(json), json_string_length(json));
  default:
    return VALUE_ABSENT;
  }
}

#define SCALARS "null, true, false, an integer of 64 bits or a string"

static bool read_integer(struct reader *reader, const json_t *object, const char *field,
                         int64_t *integer)
{
  const json_t *json = json_object_get(object, field);
  if (!json)
    return refuse(reader, "field \"%s\" is missing; give it an integer", field);
  if (!json_is_integer(json))
    return refuse(reader,
                  "field \"%s\" is no integer of 64 bits; write it without quotes, point or "
                  "exponent",
                  field);
  *integer = json_integer_value(json);
  return true;
}

/* "17" → 17: digits only, no zero in front, within 64 bits. */
static bool parse_id(const json_t *json, uint64_t *id)
{
  const char *text = json_string_value(json);
  size_t n = json_string_length(json);
  if (!text || n == 0 || n > 20 || (text[0] == '0' && n > 1))
    return false;
  *id = 0;
  for (size_t i = 0; i < n; i++) {
    unsigned digit = (unsigned)(text[i] - '0');
    if (digit > 9 || *id > (UINT64_MAX - digit) / 10)
      return false;
    *id = *id * 10 + digit;
  }
  return true;
}

static bool read_hex_key(struct reader *reader, const json_t *json, history_value *key)
{
  const char *text = json_string_value(json);
  size_t n = json_string_length(json);
  if (!text)
    return refuse(reader,
                  "field \"k\" is no string; write the key's bytes in hex, such as \"6162\"");
  if (n % 2)
    return refuse(reader, "key of %zu hex digits; write two for each byte", n);
  char *lower = allocate(n, 1);
  bool good = true;
  for (size_t i = 0; i < n; i++) {
    char c = text[i];
    lower[i] = c >= 'A' && c <= 'F' ? (char)(c - 'A' + 'a') : c;
    good = good && ((c >= '0' && c <= '9') || (lower[i] >= 'a' && lower[i] <= 'f'));
  }
  *key = history_string(reader->history, lower, n);
  free(lower);
  return good || refuse(reader, "key is not hex; write two digits 0-9a-f for each byte");
}

static bool read_key(struct reader *reader, const json_t *object, const struct history_shape *shape,
                     history_value *key)
{
  const json_t *json = json_object_get(object, "k");
  bool absent = !json || json_is_null(json);
  if (shape->key == KEY_NONE)
    return absent || refuse(reader, "%s has no key; leave field \"k\" out", shape->name);
  if (absent)
    return shape->key == KEY_OPTIONAL ||
           refuse(reader, "%s needs a key; give it in field \"k\"", shape->name);
  if (shape->key == KEY_HEX)
    return read_hex_key(reader, json, key);
  if (!json_is_integer(json) && !json_is_string(json))
    return refuse(reader, "field \"k\" is neither an integer nor a string");
  *key = scalar_value(reader, json);
  return true;
}

static bool read_args(struct reader *reader, const json_t *object,
                      const struct history_shape *shape, history_value *args)
{
  static const char *const wanted[] = {
      [ARGS_VALUE] = "[value]", [ARGS_FROM_TO] = "[from,to]", [ARGS_STRING] = "[string]"};
  const json_t *json = json_object_get(object, "a");
  if (shape->args == ARGS_NONE) {
    if (!json || json_is_null(json) || (json_is_array(json) && json_array_size(json) == 0))
      return true;
    return refuse(reader, "%s has no arguments; leave field \"a\" out", shape->name);
  }
  size_t count = shape->args == ARGS_FROM_TO ? 2 : 1;
  if (!json_is_array(json) || json_array_size(json) != count)
    return refuse(reader, "field \"a\" of %s is not %s", shape->name, wanted[shape->args]);
  for (size_t i = 0; i < count; i++) {
    const json_t *arg = json_array_get(json, i);
    if (shape->args == ARGS_STRING && !json_is_string(arg))
      return refuse(reader, "argument of %s is no string", shape->name);
    args[i] = scalar_value(reader, arg);
    if (args[i] == VALUE_ABSENT)
      return refuse(reader, "argument %zu of %s is no value; write " SCALARS, i + 1, shape->name);
  }
  return true;
}

static bool read_id_added(struct reader *reader, json_t *json, struct history_op *op)
{
  static const char *const known[] = {"id", "added", NULL};
  if (!json_is_object(json))
    return refuse(reader, "result of put is not {\"id\":\"17\",\"added\":true}");
  if (!refuse_unknown_fields(reader, json, known, "id, added"))
    return false;
  const json_t *added = json_object_get(json, "added");
  if (!parse_id(json_object_get(json, "id"), &op->id) || !json_is_boolean(added))
    return refuse(reader, "result of put is not {\"id\":\"17\",\"added\":true}: an id is a decimal "
                          "string below 2^64");
  op->added = json_is_true(added);
  return true;
}

static bool read_result(struct reader *reader, const json_t *object,
                        const struct history_shape *shape, struct history_op *op)
{
  json_t *json = json_object_get(object, "r");
  bool is_null = json_is_null(json);
  if (op->open)
    return !json || is_null ||
           refuse(reader,
                  "a result of an operation that never returned; give field \"e\" its time, "
                  "or leave \"r\" out");
  if (!json)
    return true;
  op->has_result = true;
  switch (shape->result) {
  case RESULT_NONE:
    op->has_result = false;
    return is_null || refuse(reader, "%s has no result; leave field \"r\" out", shape->name);
  case RESULT_VALUE:
    op->result = scalar_value(reader, json);
    return op->result != VALUE_ABSENT ||
           refuse(reader, "result of %s is no value; write " SCALARS, shape->name);
  case RESULT_BOOLEAN:
    op->result = json_is_true(json) ? VALUE_TRUE : VALUE_FALSE;
    return json_is_boolean(json) ||
           refuse(reader, "result of %s is neither true nor false", shape->name);
  case RESULT_STRING_OR_NULL:
    if (!is_null && !json_is_string(json))
      return refuse(reader, "result of %s is neither a string nor null", shape->name);
    op->result = scalar_value(reader, json);
    return true;
  case RESULT_ID_ADDED:
    return read_id_added(reader, json, op);
  case RESULT_ID_OR_NULL:
    if (is_null)
      return true;
    return (parse_id(json, &op->id) && op->id > 0) ||
           refuse(reader, "result of %s is neither null nor an id such as \"17\"", shape->name);
  case RESULT_ID:
    return parse_id(json, &op->id) ||
           refuse(reader, "result of %s is no id such as \"17\"", shape->name);
  }
  return false;
}

static bool read_times(struct reader *reader, const json_t *object, struct history_op *op)
{
  const json_t *end = json_object_get(object, "e");
  op->open = !end || json_is_null(end);
  if (!op->open && !json_object_get(object, "c"))
    return refuse(reader, "an end without a call; give field \"c\" the time of the call");
  if (!read_integer(reader, object, "c", &op->call))
    return false;
  if (op->open)
    return true;
  if (!read_integer(reader, object, "e", &op->end))
    return false;
  if (op->call > op->end)
    return refuse(reader,
                  "returns at e = %" PRId64 ", before its call at c = %" PRId64 "; mend the times",
                  op->end, op->call);
  return true;
}

/* The function of that name in the history's model, or NULL with the list of those there are. */
static const struct history_shape *find_function(struct reader *reader, const json_t *object)
{
  enum history_model model = reader->history->model;
  const char *name = json_string_value(json_object_get(object, "f"));
  char list[64] = "";
  for (size_t f = 0; f < HISTORY_FUNCTIONS; f++) {
    const struct history_shape *shape = &history_shapes[f];
    if (shape->model != model)
      continue;
    if (name && strcmp(shape->name, name) == 0)
      return shape;
    size_t used = strlen(list);
    snprintf(list + used, sizeof list - used, "%s%s", used ? ", " : "", shape->name);
  }
  if (name)
    refuse(reader, "unknown function \"%.40s\"; model %s has %s", name, history_model_name(model),
           list);
  else
    refuse(reader, "field \"f\" is missing or no string; model %s has %s",
           history_model_name(model), list);
  return NULL;
}

static bool read_op(struct reader *reader, json_t *object)
{
  static const char *const known[] = {"i", "p", "f", "k", "a", "c", "e", "r", NULL};
  if (!refuse_unknown_fields(reader, object, known, "i, p, f, k, a, c, e, r"))
    return false;
  const struct history_shape *shape = find_function(reader, object);
  if (!shape)
    return false;
  struct history_op op = history_op_of((enum history_function)(shape - history_shapes));
  op.line = reader->line;
  const json_t *process = json_object_get(object, "p");
  if (!json_is_integer(process) && !json_is_string(process))
    return refuse(reader, "field \"p\" is missing or neither an integer nor a string; name the "
                          "process that called");
  op.process = scalar_value(reader, process);
  if (!read_integer(reader, object, "i", &op.number) || !read_times(reader, object, &op) ||
      !read_key(reader, object, shape, &op.key) || !read_args(reader, object, shape, op.args) ||
      !read_result(reader, object, shape, &op))
    return false;
  history_add(reader->history, &op);
  return true;
}

static bool read_header(struct reader *reader, json_t *object, enum history_model model)
{
  static const char *const known[] = {"v", "model", "init", "name", NULL};
  int64_t version = 0;
  if (json_object_get(object, "f") && !json_object_get(object, "v"))
    return refuse(reader, "an operation where the header should be; begin the file with "
                          "{\"v\":1,\"model\":\"register\"}");
  if (!refuse_unknown_fields(reader, object, known, "v, model, init, name"))
    return false;
  if (!read_integer(reader, object, "v", &version))
    return false;
  if (version != 1)
    return refuse(reader, "format version %" PRId64 " is not known; this program reads version 1",
                  version);
  const json_t *name = json_object_get(object, "name");
  if (name && !json_is_string(name))
    return refuse(reader, "field \"name\" is no string");

  const json_t *named = json_object_get(object, "model");
  if (named || !model) {
    const char *text = json_string_value(named);
    enum history_model in_header = text ? history_model_named(text) : 0;
    if (!in_header)
      return refuse(reader, "field \"model\" is missing or unknown; write register, kv, set or "
                            "intern");
    if (!model)
      model = in_header;
  }
  reader->history = history_create(model, name ? json_string_value(name) : "");

  const json_t *init = json_object_get(object, "init");
  if (!init)
    return true;
  reader->history->init = scalar_value(reader, init);
  if (model == MODEL_REGISTER)
    return reader->history->init != VALUE_ABSENT ||
           refuse(reader, "field \"init\" is no value; write " SCALARS);
  if (model == MODEL_KV)
    return json_is_null(init) || json_is_string(init) ||
           refuse(reader, "field \"init\" is neither null nor a string");
  return json_is_null(init) || refuse(reader, "model %s begins empty; leave field \"init\" out",
                                      history_model_name(model));
}

static bool read_lines(struct reader *reader, enum history_model model)
{
  enum line_outcome outcome;
  while ((outcome = next_line(reader)) == LINE_READ) {
    json_t *object = parse_line(reader);
    if (!object)
      return false;
    bool good = reader->line == 1 ? read_header(reader, object, model) : read_op(reader, object);
    json_decref(object);
    if (!good)
      return false;
    if (reader->line == UINT32_MAX - 1)
      return refuse(reader, "too many lines; split the history");
  }
  if (outcome == LINE_BAD)
    return false;
  if (!reader->history)
    return refuse(reader, "empty file; begin it with the header {\"v\":1,\"model\":\"register\"}");
  return history_validate(reader->history, reader->file_name, reader->error);
}

struct history *history_read(FILE *in, const char *file_name, enum history_model model,
                             struct history_error *error)
{
  struct reader reader = {.in = in, .file_name = file_name, .error = error};
  bool good = read_lines(&reader, model);
  free(reader.bytes);
  if (good)
    return reader.history;
  history_destroy(reader.history);
  return NULL;
}

struct history *history_load(const char *path, enum history_model model,
                             struct history_error *error)
{
  if (strcmp(path, "-") == 0)
    return history_read(stdin, "standard input", model, error);
  FILE *in = fopen(path, "rb");
  if (!in) {
    snprintf(error->text, sizeof error->text, "%.400s: cannot open: %s; name a history file", path,
             strerror(errno));
    return NULL;
  }
  struct history *history = history_read(in, path, model, error);
  fclose(in);
  return history;
}
