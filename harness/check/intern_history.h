/* intern_history.h: the linear-time interning check over a history that was written down.
 *
 * Called by `tmb check`, beside the general checker. Thread-safe.
 */
#ifndef TMB_INTERN_HISTORY_H
#define TMB_INTERN_HISTORY_H

#include "check/intern_check.h"
#include "record/history.h"

/* The keys of the certificate are values of the history; its threads are all 0. False when the
 * check does not apply: another model, a result that is not known, a reset that anything overlaps,
 * or an id for the empty key. */
bool intern_history_check(const struct history *history, struct intern_certificate *certificate);

#endif
