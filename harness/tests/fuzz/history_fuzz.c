/* history_fuzz.c: any bytes as a history file. What is read is written and read again as the same;
 * the checker does not contradict itself on it, and a violation can be drawn. */
#include <stdlib.h>
#include <string.h>

#include "check/intern_history.h"
#include "check/linearize.h"
#include "check/timeline.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void require(bool holds)
{
  if (!holds)
    abort();
}

static struct history *read_bytes(const void *bytes, size_t n)
{
  struct history_error error;
  FILE *in = fmemopen((void *)bytes, n, "r");
  require(in != NULL);
  struct history *history = history_read(in, "fuzz", 0, &error);
  fclose(in);
  return history;
}

static char *written(const struct history *history, size_t *n)
{
  char *text = NULL;
  FILE *out = open_memstream(&text, n);
  require(out != NULL);
  history_write(history, out);
  require(fclose(out) == 0);
  return text;
}

static void check(const struct history *history)
{
  struct linearize_result result =
      linearize(history, (struct linearize_budget){.steps = 20000, .bytes = (size_t)1 << 24});
  struct intern_certificate certificate;
  require(result.defect == NULL);
  if (result.verdict != UNKNOWN && intern_history_check(history, &certificate))
    require((certificate.verdict == INTERN_LINEARIZABLE) == (result.verdict == LINEARIZABLE));
  if (result.verdict == VIOLATION) {
    char *page = NULL;
    size_t n;
    FILE *out = open_memstream(&page, &n);
    require(out != NULL);
    timeline_html(history, &result, out);
    require(fclose(out) == 0);
    free(page);
  }
  linearize_result_fini(&result);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
  if (n == 0)
    return 0; /* fmemopen refuses it; the sample bad/empty.jsonl covers it */
  struct history *history = read_bytes(bytes, n);
  if (!history)
    return 0;
  size_t first_n, second_n;
  char *first = written(history, &first_n);
  struct history *again = read_bytes(first, first_n);
  require(again != NULL);
  char *second = written(again, &second_n);
  require(first_n == second_n && memcmp(first, second, first_n) == 0);
  check(again);
  free(first);
  free(second);
  history_destroy(history);
  history_destroy(again);
  return 0;
}
