/* history_write.c: writes histories and their parts as text. See history.h. */
#include <inttypes.h>
#include <string.h>

#include "record/history.h"
#include "record/history_shape.h"
#include "record/whole_file.h"

static void print_string(const char *bytes, size_t n, FILE *out)
{
  putc('"', out);
  for (size_t i = 0; i < n; i++) {
    unsigned char c = (unsigned char)bytes[i];
    if (c == '"' || c == '\\')
      fprintf(out, "\\%c", c);
    else if (c < 0x20 || c == 0x7f)
      fprintf(out, "\\u%04x", c);
    else
      putc(c, out);
  }
  putc('"', out);
}

void history_print_value(const struct history *history, history_value value, FILE *out)
{
  const struct history_scalar *scalar = &history->values[value];
  switch (scalar->kind) {
  case KIND_NULL:
    fputs("null", out);
    break;
  case KIND_BOOLEAN:
    fputs(scalar->integer ? "true" : "false", out);
    break;
  case KIND_INTEGER:
    fprintf(out, "%" PRId64, scalar->integer);
    break;
  case KIND_STRING:
    print_string(scalar->bytes, scalar->n, out);
    break;
  }
}

static void print_result_json(const struct history *history, const struct history_op *op, FILE *out)
{
  switch (history_shapes[op->function].result) {
  case RESULT_ID_ADDED:
    fprintf(out, "{\"id\":\"%" PRIu64 "\",\"added\":%s}", op->id, op->added ? "true" : "false");
    break;
  case RESULT_ID_OR_NULL:
  case RESULT_ID:
    if (op->id || op->function == INTERN_STEAL_ID)
      fprintf(out, "\"%" PRIu64 "\"", op->id);
    else
      fputs("null", out);
    break;
  default:
    history_print_value(history, op->result, out);
  }
}

void history_write(const struct history *history, FILE *out)
{
  fprintf(out, "{\"v\":1,\"model\":\"%s\",\"init\":", history_model_name(history->model));
  history_print_value(history, history->init, out);
  fputs(",\"name\":", out);
  print_string(history->name, strlen(history->name), out);
  fputs("}\n", out);
  for (size_t i = 0; i < history->op_count; i++) {
    const struct history_op *op = &history->ops[i];
    fprintf(out, "{\"i\":%" PRId64 ",\"p\":", op->number);
    history_print_value(history, op->process, out);
    fprintf(out, ",\"f\":\"%s\"", history_shapes[op->function].name);
    if (op->key != VALUE_ABSENT) {
      fputs(",\"k\":", out);
      history_print_value(history, op->key, out);
    }
    if (op->args[0] != VALUE_ABSENT) {
      fputs(",\"a\":[", out);
      history_print_value(history, op->args[0], out);
      if (op->args[1] != VALUE_ABSENT) {
        putc(',', out);
        history_print_value(history, op->args[1], out);
      }
      putc(']', out);
    }
    fprintf(out, ",\"c\":%" PRId64, op->call);
    if (op->open)
      fputs(",\"e\":null", out);
    else
      fprintf(out, ",\"e\":%" PRId64, op->end);
    if (op->has_result) {
      fputs(",\"r\":", out);
      print_result_json(history, op, out);
    }
    fputs("}\n", out);
  }
}

bool history_save(const struct history *history, const char *path, struct history_error *error)
{
  struct whole_file file;
  if (!whole_file_open(&file, path, error))
    return false;
  history_write(history, file.out);
  return whole_file_end(&file, error);
}

void history_print_call(const struct history *history, const struct history_op *op, FILE *out)
{
  const struct history_shape *shape = &history_shapes[op->function];
  fprintf(out, "%s(", shape->name);
  const char *comma = "";
  /* A register is its key; the others take the key as an argument. */
  if (op->key != VALUE_ABSENT && shape->key != KEY_OPTIONAL) {
    history_print_value(history, op->key, out);
    comma = ", ";
  }
  for (size_t i = 0; i < 2; i++)
    if (op->args[i] != VALUE_ABSENT) {
      fputs(comma, out);
      history_print_value(history, op->args[i], out);
      comma = ", ";
    }
  putc(')', out);
}

void history_print_result(const struct history *history, const struct history_op *op, FILE *out)
{
  if (!op->has_result)
    fputs(op->open || history_shapes[op->function].result != RESULT_NONE ? "?" : "done", out);
  else if (history_shapes[op->function].result == RESULT_ID_ADDED)
    fprintf(out, "%" PRIu64 "%s", op->id, op->added ? ", added" : "");
  else
    print_result_json(history, op, out);
}
