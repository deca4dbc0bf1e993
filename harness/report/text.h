/* text.h: foreign text on its way into a terminal, a page or a plot script, where some of its
 * characters mean something. Used by the files of this room. Thread-safe.
 */
#ifndef TMB_REPORT_TEXT_H
#define TMB_REPORT_TEXT_H

#include <stddef.h>
#include <stdio.h>

/* Characters of UTF-8 text, each taken as one column wide. */
size_t text_width(const char *text);

/* As it is, but control characters, which a terminal would obey, become '?'. */
void text_print(FILE *out, const char *text);

/* As text of HTML, or the value of a quoted attribute. */
void text_html(FILE *out, const char *text);

/* As a string of gnuplot, in single quotes, in which nothing is expanded. */
void text_gnuplot(FILE *out, const char *text);

#endif
