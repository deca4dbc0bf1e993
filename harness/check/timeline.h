/* timeline.h: draws a violation: a lane a process, a bar an operation from its call to its return.
 *
 * Only the operations that prove it are drawn (linearize.h). Time runs from left to right in steps,
 * a step an event: what stands left of something happened before it, but lengths say nothing. Bars
 * that share a moment are concurrent. Numbers are the order that comes farthest; the operation that
 * cannot follow it is marked. One file without references to others, readable in light and dark.
 *
 * Called by `tmb check`. Thread-safe.
 */
#ifndef TMB_TIMELINE_H
#define TMB_TIMELINE_H

#include "check/linearize.h"

/* `result` is a violation. As an SVG picture, and as a page with the picture and a table. */
void timeline_svg(const struct history *history, const struct linearize_result *result, FILE *out);
void timeline_html(const struct history *history, const struct linearize_result *result, FILE *out);

bool timeline_is_name(const char *path); /* ends in .svg or .html */

/* Into a file of such a name that is complete or not there. */
bool timeline_save(const struct history *history, const struct linearize_result *result,
                   const char *path, struct history_error *error);

#endif
