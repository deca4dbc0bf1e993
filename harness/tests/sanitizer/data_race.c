/* data_race.c: two threads write one plain variable, unordered. ThreadSanitizer must say so. */
#include <pthread.h>

static int shared;

static void *write_it(void *arg)
{
  shared = arg != NULL;
  return NULL;
}

int main(void)
{
  pthread_t other;
  if (pthread_create(&other, NULL, write_it, NULL))
    return 1;
  write_it(&other);
  return pthread_join(other, NULL);
}
