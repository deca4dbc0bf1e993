/* texts.c: see texts.h. */
#include "check/texts.h"

#include <string.h>

#include "record/allocate.h"

struct texts {
  struct history *table; /* its values are the texts */
  uint32_t *got;         /* sorted by content on the first append */
  size_t got_count, got_room;
  bool sorted;
};

struct texts *texts_create(void)
{
  struct texts *texts = allocate_zeroed(1, sizeof *texts);
  texts->table = history_create(MODEL_KV, "");
  return texts;
}

void texts_destroy(struct texts *texts)
{
  if (!texts)
    return;
  history_destroy(texts->table);
  free(texts->got);
  free(texts);
}

uint32_t texts_enter(struct texts *texts, const struct history_scalar *text, bool got)
{
  if (text->kind != KIND_STRING)
    return TEXT_NULL;
  uint32_t number = history_string(texts->table, text->bytes, text->n);
  if (got) {
    texts->got =
        allocate_one_more(texts->got, texts->got_count, &texts->got_room, sizeof *texts->got);
    texts->got[texts->got_count++] = number;
  }
  return number;
}

static int compare(const char *a, size_t a_n, const char *b, size_t b_n)
{
  int order = memcmp(a, b, a_n < b_n ? a_n : b_n);
  return order ? order : (a_n > b_n) - (a_n < b_n);
}

static int by_content(const void *a, const void *b, void *values)
{
  const struct history_scalar *x = (const struct history_scalar *)values + *(const uint32_t *)a;
  const struct history_scalar *y = (const struct history_scalar *)values + *(const uint32_t *)b;
  return compare(x->bytes, x->n, y->bytes, y->n);
}

/* Whether somebody got a text that begins so: the first one not smaller does, or none. */
static bool is_seen(struct texts *texts, const char *bytes, size_t n)
{
  if (texts->got_count == 0)
    return false;
  if (!texts->sorted)
    qsort_r(texts->got, texts->got_count, sizeof *texts->got, by_content, texts->table->values);
  texts->sorted = true;
  size_t low = 0, high = texts->got_count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    const struct history_scalar *text = &texts->table->values[texts->got[middle]];
    if (compare(text->bytes, text->n, bytes, n) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == texts->got_count)
    return false;
  const struct history_scalar *text = &texts->table->values[texts->got[low]];
  return text->n >= n && memcmp(text->bytes, bytes, n) == 0;
}

uint32_t texts_append(struct texts *texts, uint32_t head, uint32_t tail)
{
  if (head == TEXT_UNSEEN)
    return TEXT_UNSEEN;
  if (head == TEXT_NULL)
    return tail;
  const struct history_scalar *first = &texts->table->values[head];
  const struct history_scalar *second = &texts->table->values[tail];
  size_t n = first->n + second->n;
  char *both = allocate(n, 1);
  memcpy(both, first->bytes, first->n);
  memcpy(both + first->n, second->bytes, second->n);
  uint32_t text = is_seen(texts, both, n) ? history_string(texts->table, both, n) : TEXT_UNSEEN;
  free(both);
  return text;
}

bool texts_begins(const struct texts *texts, uint32_t head, uint32_t text)
{
  if (head == TEXT_NULL)
    return true;
  if (head == TEXT_UNSEEN || text == TEXT_NULL)
    return false;
  const struct history_scalar *first = &texts->table->values[head];
  const struct history_scalar *whole = &texts->table->values[text];
  return first->n <= whole->n && memcmp(first->bytes, whole->bytes, first->n) == 0;
}

size_t texts_bytes(const struct texts *texts, uint32_t text)
{
  return texts->table->values[text].n;
}
