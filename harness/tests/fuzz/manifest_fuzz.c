/* manifest_fuzz.c: any bytes as ci/gate.tsv. What is read becomes JSON and the same rows again. */
#include <stdio.h>
#include <stdlib.h>

#include "gate/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void go_round(const struct manifest *manifest)
{
  struct manifest again;
  char error[GATE_ERROR_BYTES];
  json_t *first = manifest_json(manifest);
  if (!first || !manifest_from_json(first, &again, error))
    abort();
  json_t *second = manifest_json(&again);
  if (!json_equal(first, second))
    abort();
  json_decref(first);
  json_decref(second);
  manifest_fini(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
  struct manifest manifest;
  char error[GATE_ERROR_BYTES];
  FILE *in = n ? fmemopen((void *)(uintptr_t)bytes, n, "r") : NULL;
  if (in && manifest_parse(&manifest, in, "fuzz", error)) {
    go_round(&manifest);
    manifest_fini(&manifest);
  }
  if (in)
    fclose(in);
  return 0;
}
