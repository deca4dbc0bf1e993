/* heap_overflow.c: reads one byte past an allocation. AddressSanitizer must say so. */
#include <stdlib.h>

int main(void)
{
  volatile size_t n = 8;
  volatile char *bytes = calloc(n, 1);
  return bytes ? bytes[n] : 1;
}
