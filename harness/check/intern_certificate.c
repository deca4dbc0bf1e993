/* intern_certificate.c: a verdict of intern_check.h in words. */
#include <inttypes.h>
#include <stdio.h>

#include "check/intern_check.h"

bool intern_verdict_blames_harness(enum intern_verdict verdict)
{
  return verdict == INTERN_RESET_OVERLAPPED || verdict == INTERN_ENDS_BEFORE_ITS_CALL;
}

const char *intern_verdict_text(enum intern_verdict verdict)
{
  switch (verdict) {
  case INTERN_LINEARIZABLE:
    return "linearizable";
  case INTERN_TWO_IDS:
    return "equal bytes got different ids";
  case INTERN_ADDED_TWICE:
    return "two puts of equal bytes say that they added them";
  case INTERN_ZERO_ID:
    return "drew the id 0";
  case INTERN_FOUND_TOO_EARLY:
    return "found before the put that added it was called";
  case INTERN_NEVER_ADDED:
    return "found, and no put can have added it";
  case INTERN_MISSED_TOO_LATE:
    return "missed after the put that added it had returned";
  case INTERN_LOST:
    return "missed after it had been found";
  case INTERN_SHARED_ID:
    return "one id was drawn twice";
  case INTERN_GAP_IN_IDS:
    return "ids are promised to be dense, and this one is larger than the number drawn";
  case INTERN_IDS_OUT_OF_ORDER:
    return "ids are promised in real-time order, and the later put drew the smaller one";
  case INTERN_RESET_OVERLAPPED:
    return "harness error: an operation overlaps a reset";
  case INTERN_ENDS_BEFORE_ITS_CALL:
    return "harness error: an operation ends before its call";
  }
  return "";
}

static void print_time(int64_t time, FILE *out)
{
  if (time == INTERN_NEVER || time == INTERN_FOREVER)
    fputs("...", out);
  else
    fprintf(out, "%" PRId64, time);
}

void intern_certificate_print(const struct intern_certificate *certificate,
                              const char *(*key_name)(void *arg, uint32_t key), void *arg,
                              char *text, size_t size)
{
  static const char *const did[] = {
      [INTERN_ADDED] = "put added",   [INTERN_FOUND] = "found", [INTERN_MISSED] = "lookup missed",
      [INTERN_OPEN_PUT] = "open put", [INTERN_STOLE] = "stole", [INTERN_WAS_RESET] = "reset",
      [INTERN_OTHER] = "an operation"};
  FILE *out = fmemopen(text, size, "w");
  if (!out)
    return;
  fputs(intern_verdict_text(certificate->verdict), out);
  for (uint32_t i = 0; i < certificate->op_count; i++) {
    const struct intern_op *op = &certificate->ops[i];
    fputs("\n  ", out);
    if (op->kind != INTERN_WAS_RESET)
      fprintf(out, "thread %" PRIu32 ": ", op->thread);
    fputs(did[op->kind], out);
    if (op->kind <= INTERN_OPEN_PUT) {
      if (key_name)
        fprintf(out, " %s", key_name(arg, op->key));
      else
        fprintf(out, " key %" PRIu32, op->key);
    }
    if (op->id != 0)
      fprintf(out, " as id %" PRIu64, op->id);
    fputs(", from ", out);
    print_time(op->call, out);
    fputs(" to ", out);
    print_time(op->end, out);
  }
  fclose(out);
}
