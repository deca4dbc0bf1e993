/* leak.c: loses an allocation. LeakSanitizer must say so at exit. */
#include <stdlib.h>

static void *volatile held;

int main(void)
{
  held = malloc(8);
  held = NULL;
  return 0;
}
