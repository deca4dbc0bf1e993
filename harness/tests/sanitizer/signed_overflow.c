/* signed_overflow.c: adds one to the largest int. UndefinedBehaviorSanitizer must say so. */
#include <limits.h>

int main(void)
{
  volatile int number = INT_MAX;
  number = number + 1;
  return 0;
}
