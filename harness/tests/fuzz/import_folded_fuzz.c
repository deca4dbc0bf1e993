/* import_folded_fuzz.c: any bytes as folded stacks. */
#include "tests/fuzz/importer_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
  return fuzz_importer("folded", bytes, n);
}
