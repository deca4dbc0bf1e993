/* import_lines_fuzz.c: any bytes as lines of any text. */
#include "tests/fuzz/importer_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
  return fuzz_importer("lines", bytes, n);
}
