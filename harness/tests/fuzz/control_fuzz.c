/* control_fuzz.c: reads past the end of any input that begins with "FUZ". ci/fuzz.sh runs it first:
 * a fuzzer that does not find that is not fuzzing. */
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
  if (n >= 3 && bytes[0] == 'F' && bytes[1] == 'U' && bytes[2] == 'Z') {
    volatile uint8_t past = bytes[n];
    (void)past;
  }
  return 0;
}
