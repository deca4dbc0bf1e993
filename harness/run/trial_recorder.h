/* trial_recorder.h: trials whose every operation, or those on a share of the keys, are recorded and
 * judged by the interning check (check/recording_check.h).
 *
 * Trials of their own: recording costs time, so no figure of a map comes from them but the cost.
 */
#ifndef TMB_TRIAL_RECORDER_H
#define TMB_TRIAL_RECORDER_H

#include "run/trial.h"

struct trial_recorder;

/* "full", or "sampled:0.01": the share of the keys. False: neither. */
bool record_share_parse(const char *text, double *share);

/* share: of the keys, above 0 and at most 1. Never NULL. */
struct trial_recorder *trial_recorder_create(double share, uint64_t seed);
void trial_recorder_destroy(struct trial_recorder *);

/* One recorded trial, from an empty map. TRIAL_WRONG with the certificate as the sentence when what
 * was recorded is not linearizable; TRIAL_ERROR when the clock cannot order it. */
enum trial_problem trial_recorder_run(struct trial_recorder *, struct trial_rig *,
                                      struct trial_times *, char *error);

/* Writes the history of the last trial, be it good or wrong, while its rig lives. False with a
 * sentence in error[POINT_ERROR_BYTES]; false and nothing said when there was no trial. */
bool trial_recorder_keep(struct trial_recorder *, const char *path, char *error);

/* Over all trials so far. */
struct trial_recorder_facts {
  uint64_t trials, operations;
  int64_t clock_error_ns; /* by which intervals were widened at each end */
};
struct trial_recorder_facts trial_recorder_facts(const struct trial_recorder *);

#endif
