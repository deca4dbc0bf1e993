/* manifest_test.c: ci/gate.tsv, read strictly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gate/manifest.h"

#define HEADING "benchmark\ttier\tlimit\tdirection\toperations\n"

static bool parse(struct manifest *manifest, const char *text, char *error)
{
  FILE *in = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
  assert_non_null(in);
  bool good = manifest_parse(manifest, in, "gate.tsv", error);
  fclose(in);
  return good;
}

static void rows_are_read(void **state)
{
  (void)state;
  struct manifest manifest, again;
  char error[GATE_ERROR_BYTES] = "";
  if (!parse(&manifest,
             "# what is gated\n\n" HEADING "w/m/r/threads:1\t\ttime\t2.5%\tslower\t1000\n"
             "w/m/r/threads:1\tinstructions\t1%\tboth\t50\n"
             "# between\nw/m/r/threads:12\tadvice\t12.5%\tboth\t1000000000000",
             error))
    fail_msg("%s", error);
  assert_int_equal(manifest.count, 3);
  assert_string_equal(manifest.row[0].benchmark, "w/m/r/threads:1");
  assert_true(manifest.row[0].limit == 2.5 / 100 && manifest.row[0].operations == 1000);
  assert_true(manifest.row[1].tier == MANIFEST_INSTRUCTIONS &&
              manifest.row[1].direction == MANIFEST_BOTH && manifest.row[1].threads == 1);
  assert_true(manifest.row[2].tier == MANIFEST_ADVICE && manifest.row[2].threads == 12);
  assert_ptr_equal(manifest_find(&manifest, "w/m/r/threads:1", true), &manifest.row[0]);
  assert_ptr_equal(manifest_find(&manifest, "w/m/r/threads:1", false), &manifest.row[1]);
  assert_null(manifest_find(&manifest, "w/m/r/threads:12", false));

  json_t *json = manifest_json(&manifest);
  assert_true(manifest_from_json(json, &again, error));
  json_t *second = manifest_json(&again);
  assert_true(json_equal(json, second));
  json_decref(json);
  json_decref(second);
  manifest_fini(&again);
  manifest_fini(&manifest);
}

static void what_is_wrong_is_named_with_its_line(void **state)
{
  (void)state;
  static const struct {
    const char *text, *says;
  } bad[] = {
      {"x", "gate.tsv:1: not the 5 columns"},
      {"# only a comment\n", "gate.tsv: no benchmark is declared"},
      {HEADING, "no benchmark is declared"},
      {"a/threads:1\ttime\t1%\tslower\t1\n", "gate.tsv:1: the first row must name the columns"},
      {HEADING "a/threads:1\ttime\t1%\tslower\n", "gate.tsv:2: not the 5 columns"},
      {HEADING "a/threads:1\ttime\t1%\tslower\t1\t1\n", "gate.tsv:2: not the 5 columns"},
      {HEADING "\na/threads:1\tsoon\t1%\tslower\t1\n", "gate.tsv:3: tier 'soon'"},
      {HEADING "a/threads:1\ttime\t1\tslower\t1\n", "limit '1': write a percentage"},
      {HEADING "a/threads:1\ttime\t-1%\tslower\t1\n", "limit '-1%'"},
      {HEADING "a/threads:1\ttime\t0%\tslower\t1\n", "above 0 and below 100 %"},
      {HEADING "a/threads:1\ttime\t100%\tslower\t1\n", "above 0 and below 100 %"},
      {HEADING "a/threads:1\ttime\t1e1%\tslower\t1\n", "limit '1e1%'"},
      {HEADING "a/threads:1\ttime\t1.2.3%\tslower\t1\n", "limit '1.2.3%'"},
      {HEADING "a/threads:1\ttime\t1%\tfaster\t1\n", "direction 'faster'"},
      {HEADING "a/threads:1\ttime\t1%\tslower\t0\n", "operations must be"},
      {HEADING "a/threads:1\ttime\t1%\tslower\t-5\n", "operations '-5'"},
      {HEADING "a/threads:1\ttime\t1%\tslower\t99999999999999\n", "operations '9999"},
      {HEADING "a\ttime\t1%\tslower\t1\n", "'a' is no benchmark"},
      {HEADING "a/threads:0\ttime\t1%\tslower\t1\n", "is no benchmark"},
      {HEADING "a/threads:1x\ttime\t1%\tslower\t1\n", "is no benchmark"},
      {HEADING "a/threads:99999999999999999999\ttime\t1%\tslower\t1\n", "is no benchmark"},
      {HEADING "a b/threads:1\ttime\t1%\tslower\t1\n", "is no benchmark"},
      {HEADING "a/threads:2\tinstructions\t1%\tslower\t1\n", "at one thread"},
      {HEADING "a/threads:1\ttime\t1%\tslower\t1\na/threads:1\tadvice\t1%\tslower\t1\n",
       "gate.tsv:3: a/threads:1 is declared twice"},
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    struct manifest manifest;
    char error[GATE_ERROR_BYTES] = "";
    if (parse(&manifest, bad[i].text, error) || !strstr(error, bad[i].says))
      fail_msg("%s: wanted '%s', got '%s'", bad[i].text, bad[i].says, error);
    assert_true(manifest.row == NULL && manifest.count == 0);
  }
  struct manifest manifest;
  char error[GATE_ERROR_BYTES];
  assert_false(manifest_read(&manifest, "no such file", error));
  assert_non_null(strstr(error, "no such file: No such file"));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rows_are_read),
      cmocka_unit_test(what_is_wrong_is_named_with_its_line),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
