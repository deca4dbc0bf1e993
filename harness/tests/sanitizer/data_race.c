/* data_race.c: two threads write one plain variable, unordered. ThreadSanitizer must say so. */
#include <pthread.h>
#include <stddef.h>

/* volatile, so that the compiler keeps writes that nobody reads; it orders nothing. */
static volatile int shared;

static void *write_shared(void *arg)
{
  shared = arg != NULL;
  return NULL;
}

int main(void)
{
  pthread_t other;
  if (pthread_create(&other, NULL, write_shared, NULL))
    return 0;
  write_shared(&other);
  pthread_join(other, NULL);
  return 0;
}
