/* pairs_fuzz.c: any bytes as pairs.jsonl. What is read is judged and reported. */
#include <stdio.h>
#include <stdlib.h>

#include "gate/gate_report.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void show(const struct pairs *pairs)
{
  struct judgement judgement;
  char *text = NULL;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  if (!out)
    abort();
  struct advice advice;
  char error[GATE_ERROR_BYTES];
  const struct gate_report report = {pairs, &judgement, &advice};
  judgement_init(&judgement, pairs);
  if (!advice_init(&advice, pairs, NULL, error))
    abort();
  gate_report_print(out, &report);
  gate_report_markdown(out, &report);
  gate_report_junit(out, &report);
  json_t *json = gate_report_json(&report);
  if (!json || judgement.exit_code < 0 || judgement.exit_code > 4)
    abort();
  json_decref(json);
  advice_fini(&advice);
  judgement_fini(&judgement);
  fclose(out);
  free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
  struct pairs pairs;
  char error[GATE_ERROR_BYTES];
  FILE *in = n ? fmemopen((void *)(uintptr_t)bytes, n, "r") : NULL;
  if (in && pairs_parse(&pairs, in, "fuzz", error)) {
    show(&pairs);
    pairs_fini(&pairs);
  }
  if (in)
    fclose(in);
  return 0;
}
