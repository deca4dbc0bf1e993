/* import_perf_script_fuzz.c: any bytes as what perf script prints. */
#include "tests/fuzz/importer_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
  return fuzz_importer("perf_script", bytes, n);
}
