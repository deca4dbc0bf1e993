/* gate_picture.c: see gate_picture.h. scripts/plots/gate.gp draws what is written here: gate.vars
 * with texts, ranges and labels, gate.dat with a row a verdict. */
#include "gate/gate_picture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "record/allocate.h"
#include "report/drawing.h"
#include "report/gnuplot.h"
#include "report/run_folder.h"
#include "report/text.h"

#define RATIO_MOST 3.0 /* what is beyond stands at the edge */

struct shown {
  const struct verdict **verdict;
  size_t count;
};

static struct shown shown_of(const struct judgement *judgement)
{
  struct shown shown = {allocate(judgement->count, sizeof *shown.verdict), 0};
  for (size_t i = 0; i < judgement->count; i++)
    if (isfinite(judgement->verdict[i].ratio[PAIRS_MINIMUM].estimate))
      shown.verdict[shown.count++] = &judgement->verdict[i];
  return shown;
}

/* Whether a part of a name, "/pages:warm", stands in all names that are shown. */
static bool all_have(const struct shown *shown, const char *part, size_t n)
{
  for (size_t i = 0; i < shown->count; i++) {
    const char *found = shown->verdict[i]->benchmark;
    do
      found = found ? strchr(found + 1, '/') : NULL;
    while (found && !(strncmp(found, part, n) == 0 && (found[n] == '/' || !found[n])));
    if (!found)
      return false;
  }
  return true;
}

/* A name without what all have in common, and what sets its row apart. */
static void label_of(const struct shown *shown, const struct verdict *verdict, char *label,
                     size_t size)
{
  const char *part = verdict->benchmark;
  size_t n = strcspn(part, "/"), used = 0;
  snprintf(label, size, "%.*s", (int)n, part);
  for (part += n; *part; part += n) {
    n = 1 + strcspn(part + 1, "/");
    used = strlen(label);
    if (!all_have(shown, part, n))
      snprintf(label + used, size - used, " %.*s", (int)n - 1, part + 1);
  }
  used = strlen(label);
  snprintf(label + used, size - used, "%s",
           verdict->arm == PAIRS_SAME               ? " (A/A)"
           : verdict->tier == MANIFEST_INSTRUCTIONS ? " (instructions)"
           : verdict->tier == MANIFEST_ADVICE       ? " (advice)"
                                                    : "");
}

static unsigned color_of(enum verdict_word word)
{
  switch (word) {
  case VERDICT_PASS:
    return 0x1a7f37;
  case VERDICT_FAIL:
    return 0xc9252d;
  case VERDICT_INCONCLUSIVE:
    return 0xb37400;
  case VERDICT_INCOMPLETE:
  case VERDICT_NEW:
  case VERDICT_WRONG:
  case VERDICT_UNFIT:
    break;
  }
  return 0x6a737d;
}

static double at_most(double ratio)
{
  return fmin(fmax(ratio, 1 / RATIO_MOST), RATIO_MOST);
}

static FILE *open_in(const char *work, const char *suffix, char *error)
{
  char path[4096];
  snprintf(path, sizeof path, "%s/gate.%s", work, suffix);
  FILE *out = fopen(path, "w");
  if (!out)
    snprintf(error, GATE_ERROR_BYTES, "%.400s: cannot write", path);
  return out;
}

static void assign(FILE *out, const char *name, const char *text)
{
  fprintf(out, "%s = ", name);
  text_gnuplot(out, text);
  fputc('\n', out);
}

static void write_vars(FILE *out, const struct pairs *pairs, const struct shown *shown,
                       const char *work)
{
  char text[640];
  double low = 1, high = 1;
  snprintf(text, sizeof text, "%.600s/gate.dat", work);
  assign(out, "data", text);
  snprintf(text, sizeof text, "base %.80s, candidate %.80s, machine %.80s",
           pairs_commit(pairs, PAIRS_BASE), pairs_commit(pairs, PAIRS_CANDIDATE),
           pairs_fingerprint(pairs));
  assign(out, "footer", text);
  fprintf(out, "rows = %zu\narray label[%zu]\n", shown->count, shown->count);
  for (size_t i = 0; i < shown->count; i++) {
    const struct verdict *verdict = shown->verdict[i];
    const struct verdict_ratio *ratio = &verdict->ratio[PAIRS_MINIMUM];
    double far = 1 + verdict->limit;
    label_of(shown, verdict, text, sizeof text);
    fprintf(out, "label[%zu] = ", i + 1);
    text_gnuplot(out, text);
    fputc('\n', out);
    low = fmin(low, fmin(1 / far, at_most(isfinite(ratio->high) ? ratio->low : ratio->estimate)));
    high = fmax(high, fmax(far, at_most(isfinite(ratio->high) ? ratio->high : ratio->estimate)));
  }
  double margin = 0.05 * (high - low);
  fprintf(out, "x_low = %.9g\nx_high = %.9g\n", low - margin, high + margin);
}

static void write_data(FILE *out, const struct shown *shown)
{
  fputs("# row ratio low high limit_low limit_high color A/A\n", out);
  for (size_t i = 0; i < shown->count; i++) {
    const struct verdict *verdict = shown->verdict[i];
    const struct verdict_ratio *ratio = &verdict->ratio[PAIRS_MINIMUM];
    double far = 1 + verdict->limit, estimate = at_most(ratio->estimate);
    bool bounded = isfinite(ratio->high) && ratio->low > 0;
    fprintf(out, "%zu %.9g %.9g %.9g %.9g %.9g %u %d\n", i + 1, estimate,
            bounded ? at_most(ratio->low) : estimate, bounded ? at_most(ratio->high) : estimate,
            verdict->direction == MANIFEST_BOTH ? 1 / far : NAN, far, color_of(verdict->word),
            verdict->arm == PAIRS_SAME);
  }
}

static bool close_written(FILE *out, char *error)
{
  bool good = !ferror(out);
  if (fclose(out) == 0 && good)
    return true;
  snprintf(error, GATE_ERROR_BYTES, "a picture's data could not be written whole");
  return false;
}

static bool draw(const struct pairs *pairs, const struct shown *shown, const char *work,
                 const char *plots, const char *folder, char *error)
{
  FILE *out = open_in(work, "dat", error);
  if (!out)
    return false;
  write_data(out, shown);
  if (!close_written(out, error) || (out = open_in(work, "vars", error)) == NULL)
    return false;
  write_vars(out, pairs, shown, work);
  return close_written(out, error) && gnuplot_draw(plots, work, "gate", folder, error);
}

bool gate_picture_draw(const struct pairs *pairs, const struct judgement *judgement,
                       const char *plots, const char *folder, char *error)
{
  struct shown shown = shown_of(judgement);
  bool good = true;
  if (shown.count > 0) {
    char *work = drawing_work_make(error);
    good = work && draw(pairs, &shown, work, plots, folder, error);
    drawing_work_remove(work);
  }
  free(shown.verdict);
  return good;
}
