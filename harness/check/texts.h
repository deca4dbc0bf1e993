/* texts.h: the texts that appending reaches, as numbers, for the search: equal texts, equal number.
 *
 * A text that is not the beginning of any text that somebody got can never be seen any more until
 * the key is written anew; what has been appended to it makes no difference. All these are one,
 * UNSEEN. So the orders of appends that nobody looked at do not multiply.
 *
 * Called by models.c and search.c. Not thread-safe.
 */
#ifndef TMB_TEXTS_H
#define TMB_TEXTS_H

#include "record/history.h"

struct texts;

/* Numbers that no text has: a missing key, and every text that cannot be seen any more. */
enum { TEXT_NULL = VALUE_NULL, TEXT_UNSEEN = VALUE_TRUE };

struct texts *texts_create(void);
void texts_destroy(struct texts *texts);

/* A text that is written or appended, or that somebody got. All are entered before the first
 * append. A value that is not a string gives TEXT_NULL. */
uint32_t texts_enter(struct texts *texts, const struct history_scalar *text, bool got);

/* `head` followed by `tail`: a number that may be TEXT_UNSEEN. */
uint32_t texts_append(struct texts *texts, uint32_t head, uint32_t tail);

/* Whether appending to `head` can give `text`. */
bool texts_begins(const struct texts *texts, uint32_t head, uint32_t text);

/* Bytes of the text. */
size_t texts_bytes(const struct texts *texts, uint32_t text);

#endif
