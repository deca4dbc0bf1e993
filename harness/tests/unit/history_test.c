/* history_test.c: what is read is what was written, and every byte sequence is read or refused. The
 * refusals one by one are in tests/histories/bad, see cli/check_test.sh. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "permutations.h"
#include "record/history.h"

static struct history *read_text(const char *text, size_t n, struct history_error *error)
{
  /* A byte more, since fmemopen refuses none at all. */
  char *copy = malloc(n + 1);
  assert_non_null(copy);
  memcpy(copy, text, n);
  copy[n] = '\n';
  FILE *in = fmemopen(copy, n + 1, "r");
  assert_non_null(in);
  struct history *history = history_read(in, "test", 0, error);
  fclose(in);
  free(copy);
  return history;
}

static char *written(const struct history *history, size_t *n)
{
  char *text = NULL;
  FILE *out = open_memstream(&text, n);
  assert_non_null(out);
  history_write(history, out);
  fclose(out);
  return text;
}

static void reads_what_it_writes(void **state)
{
  (void)state;
  struct chance chance = {21};
  for (unsigned i = 0; i < 4000; i++) {
    struct random_shape shape = {.model = 1 + i % 4, .ops_max = 8, .keys = 1 + i % 3, .values = 3};
    struct history *history = random_history(&chance, shape);
    size_t n, m;
    char *text = written(history, &n);
    struct history_error error;
    struct history *again = read_text(text, n - 1, &error);
    /* random_history gives a register keys in all operations or none, and each its own process. */
    if (!again)
      fail_msg("%s\n%s", error.text, text);
    char *text_again = written(again, &m);
    assert_string_equal(text, text_again);
    free(text);
    free(text_again);
    history_destroy(history);
    history_destroy(again);
  }
}

static void values_are_compared_by_value(void **state)
{
  (void)state;
  struct history *history = history_create(MODEL_REGISTER, "");
  assert_int_equal(history_integer(history, 5), history_integer(history, 5));
  assert_int_not_equal(history_integer(history, 1), VALUE_TRUE);
  assert_int_not_equal(history_integer(history, 5), history_string(history, "5", 1));
  assert_int_not_equal(history_string(history, "a\0b", 3), history_string(history, "a", 1));
  assert_int_not_equal(history_string(history, "", 0), VALUE_NULL);
  assert_int_equal(history_hex(history, "\x00\xfe", 2), history_string(history, "00fe", 4));
  history_value first = history_integer(history, 1000);
  for (int64_t i = 0; i < 5000; i++)
    history_integer(history, i);
  assert_int_equal(history_integer(history, 1000), first);
  history_destroy(history);
}

/* The only operation of a history of one line after the header. */
static struct history_op only_op(const char *model, const char *line)
{
  char text[512];
  int n = snprintf(text, sizeof text, "{\"v\":1,\"model\":\"%s\"}\n%s", model, line);
  struct history_error error;
  struct history *history = read_text(text, (size_t)n, &error);
  if (!history)
    fail_msg("%s", error.text);
  assert_int_equal(history->op_count, 1);
  struct history_op op = history->ops[0];
  history_destroy(history);
  return op;
}

static void absence_has_its_meanings(void **state)
{
  (void)state;
  struct history_op op = only_op("register", "{\"i\":0,\"p\":0,\"f\":\"read\",\"c\":1,\"e\":2}");
  assert_false(op.open || op.has_result);
  op = only_op("register", "{\"i\":0,\"p\":0,\"f\":\"read\",\"c\":1,\"e\":2,\"r\":null}");
  assert_true(op.has_result && op.result == VALUE_NULL);
  op = only_op("register", "{\"i\":0,\"p\":0,\"f\":\"read\",\"c\":1,\"e\":null,\"r\":null}");
  assert_true(op.open && !op.has_result);
  op = only_op("register", "{\"i\":0,\"p\":0,\"f\":\"read\",\"c\":1,\"k\":null,\"a\":[]}");
  assert_true(op.open && !op.has_result && op.key == VALUE_ABSENT);
  op = only_op("register",
               "{\"i\":0,\"p\":0,\"f\":\"write\",\"a\":[null],\"c\":1,\"e\":2,\"r\":null}");
  assert_true(!op.has_result && op.args[0] == VALUE_NULL);
  op = only_op("intern",
               "{\"i\":0,\"p\":\"x\",\"f\":\"lookup\",\"k\":\"AB\",\"c\":1,\"e\":1,\"r\":null}");
  assert_true(op.has_result && op.id == 0);
  op = only_op("intern", "{\"i\":0,\"p\":0,\"f\":\"put\",\"k\":\"\",\"c\":1,\"e\":1,"
                         "\"r\":{\"added\":true,\"id\":\"18446744073709551615\"}}");
  assert_true(op.added && op.id == UINT64_MAX);
}

static void a_model_given_overrules_the_header(void **state)
{
  (void)state;
  static const char text[] = "{\"v\":1}\n{\"i\":0,\"p\":0,\"f\":\"add\",\"k\":1,\"c\":0,\"e\":1}\n";
  FILE *in = fmemopen((char *)text, sizeof text - 1, "r");
  struct history_error error;
  struct history *history = history_read(in, "test", MODEL_SET, &error);
  assert_non_null(history);
  assert_int_equal(history->model, MODEL_SET);
  history_destroy(history);
  fclose(in);
}

/* Bytes of a good history, changed at random: read or refused, and a refusal is one clean line. */
static void survives_any_bytes(void **state)
{
  (void)state;
  struct chance chance = {22};
  unsigned refused = 0;
  for (unsigned i = 0; i < 20000; i++) {
    struct random_shape shape = {.model = 1 + i % 4, .ops_max = 4, .keys = 2, .values = 2};
    struct history *history = random_history(&chance, shape);
    size_t n;
    char *text = written(history, &n);
    for (uint64_t changes = chance_below(&chance, 4); changes > 0; changes--)
      text[chance_below(&chance, n)] = (char)chance_below(&chance, 256);
    n = chance_below(&chance, 4) ? n - 1 : chance_below(&chance, n);
    struct history_error error;
    struct history *again = read_text(text, n, &error);
    if (!again) {
      refused++;
      assert_int_equal(strncmp(error.text, "test:", 5), 0);
      for (const char *c = error.text; *c; c++)
        assert_in_range(*c, 0x20, 0x7e);
    }
    history_destroy(again);
    history_destroy(history);
    free(text);
  }
  assert_in_range(refused, 5000, 19000);
}

static void a_saved_history_is_whole_or_not_there(void **state)
{
  (void)state;
  char directory[] = "/tmp/history_test.XXXXXX";
  assert_non_null(mkdtemp(directory));
  char path[64];
  snprintf(path, sizeof path, "%s/a.jsonl", directory);
  struct history *history = history_create(MODEL_SET, "saved");
  struct history_error error;
  assert_true(history_save(history, path, &error));
  struct history *again = history_load(path, 0, &error);
  assert_non_null(again);
  assert_string_equal(again->name, "saved");
  history_destroy(again);
  unlink(path);
  assert_int_equal(rmdir(directory), 0); /* nothing else was left in it */
  assert_false(history_save(history, path, &error));
  assert_non_null(strstr(error.text, path));
  assert_null(history_load(path, 0, &error));
  assert_non_null(strstr(error.text, "cannot open"));
  history_destroy(history);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_what_it_writes),
      cmocka_unit_test(values_are_compared_by_value),
      cmocka_unit_test(absence_has_its_meanings),
      cmocka_unit_test(a_model_given_overrules_the_header),
      cmocka_unit_test(survives_any_bytes),
      cmocka_unit_test(a_saved_history_is_whole_or_not_there),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
