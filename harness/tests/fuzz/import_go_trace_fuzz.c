/* import_go_trace_fuzz.c: any bytes as texts of Go traces. */
#include "tests/fuzz/importer_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
  return fuzz_importer("go_trace", bytes, n);
}
