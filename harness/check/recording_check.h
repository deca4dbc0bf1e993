/* recording_check.h: the interning check (intern_check.h) over the tapes of a recording map.
 *
 * Linear in the operations, and needs about 150 bytes a recorded key. Every interval is widened by
 * the clock's error at both ends; a reset is narrowed by as much, as it is ordered by the program.
 *
 * Called after each recorded trial, and by the programs that hold detectors against mutants. One
 * caller a recording.
 */
#ifndef TMB_RECORDING_CHECK_H
#define TMB_RECORDING_CHECK_H

#include "check/intern_check.h"
#include "record/recording_map.h"

/* The verdict over all tapes and all resets. The keys of the certificate are indexes into
 * recording_map_keys(), its threads indexes of tapes. Ids in order are checked where the map
 * promises them; ids without gaps where, besides, all keys were recorded. */
struct intern_certificate recording_check(struct recording_map *, int64_t error_ns);

/* The certificate in one line, each key as its length and first bytes, into text[size]. */
void recording_certificate_print(struct recording_map *, const struct intern_certificate *,
                                 char *text, size_t size);

#endif
