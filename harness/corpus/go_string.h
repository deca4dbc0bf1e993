/* go_string.h: strings in the double quotes of Go source text. */
#ifndef TMB_CORPUS_GO_STRING_H
#define TMB_CORPUS_GO_STRING_H

#include "corpus/text_lines.h"

/* Writes what the quotation stands for to `to`, which has room for quoted.n bytes: a string is
 * never longer than its quotation. False: not a quotation. */
bool go_string_unquote(struct text_span quoted, char *to, size_t *n);

#endif
