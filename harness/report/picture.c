/* picture.c: see picture.h. */
#include "report/picture.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>

#include "report/memory.h"
#include "report/run_folder.h"
#include "report/text.h"
#include "report/tics.h"

void picture_init(struct picture *picture, const char *name, const char *title,
                  const char *subtitle, enum axis x, enum axis y)
{
  *picture = (struct picture){.name = name, .title = title, .subtitle = subtitle, .x = x, .y = y};
}

void picture_fini(struct picture *picture)
{
  for (size_t i = 0; i < picture->panel_count; i++)
    free(picture->panels[i]);
  for (size_t i = 0; i < picture->curve_count; i++)
    free(picture->curves[i].title);
  for (size_t i = 0; i < picture->boundary_count; i++)
    free(picture->boundaries[i].label);
  free(picture->panels);
  free(picture->panel_y);
  free(picture->y_range);
  free(picture->boundaries);
  free(picture->curves);
  free(picture->samples);
}

size_t picture_panel(struct picture *picture, const char *format, ...)
{
  picture->panels = memory_one_more(picture->panels, picture->panel_count, sizeof *picture->panels);
  picture->panel_y =
      memory_one_more(picture->panel_y, picture->panel_count, sizeof *picture->panel_y);
  picture->panel_y[picture->panel_count] = picture->y;
  va_list arguments;
  va_start(arguments, format);
  picture->panels[picture->panel_count] = memory_formatted(format, arguments);
  va_end(arguments);
  picture->y_range =
      memory_one_more(picture->y_range, picture->panel_count, sizeof *picture->y_range);
  picture->y_range[picture->panel_count] = picture->panel_count;
  return picture->panel_count++;
}

void picture_share_y(struct picture *picture, size_t panel, size_t earlier)
{
  picture->y_range[panel] = picture->y_range[earlier];
}

void picture_panel_y(struct picture *picture, size_t panel, enum axis y)
{
  picture->panel_y[panel] = y;
}

size_t picture_curve(struct picture *picture, const char *title, const char *color, int marker,
                     int dash, double width)
{
  picture->curves = memory_one_more(picture->curves, picture->curve_count, sizeof *picture->curves);
  picture->curves[picture->curve_count] =
      (struct picture_curve){title ? memory_string(title) : NULL, color, marker, dash, width};
  return picture->curve_count++;
}

static void add_sample(struct picture *picture, struct picture_sample sample)
{
  picture->samples =
      memory_one_more(picture->samples, picture->sample_count, sizeof *picture->samples);
  picture->samples[picture->sample_count++] = sample;
}

void picture_mark(struct picture *picture, size_t panel, size_t curve, double x, double y,
                  double low, double high)
{
  add_sample(picture, (struct picture_sample){panel, curve, SAMPLE_MARK, x, y, low, high});
}

void picture_vertex(struct picture *picture, size_t panel, size_t curve, double x, double y)
{
  add_sample(picture, (struct picture_sample){panel, curve, SAMPLE_VERTEX, x, y, y, y});
}

void picture_band(struct picture *picture, size_t panel, size_t curve, double x, double low,
                  double high)
{
  add_sample(picture,
             (struct picture_sample){panel, curve, SAMPLE_BAND, x, (low + high) / 2, low, high});
}

void picture_boundary(struct picture *picture, size_t panel, double x, const char *label)
{
  picture->boundaries =
      memory_one_more(picture->boundaries, picture->boundary_count, sizeof *picture->boundaries);
  picture->boundaries[picture->boundary_count++] =
      (struct picture_boundary){panel, x, memory_string(label)};
}

/* ---- ranges ---- */

struct range {
  double low, high;
};

static void widen(struct range *range, double low, double high)
{
  range->low = fmin(range->low, low);
  range->high = fmax(range->high, high);
}

/* What the axis must span to show the panel's samples, and those of panels with the same y range.
 */
static struct range range_of(const struct picture *picture, size_t panel, bool of_x)
{
  struct range range = {INFINITY, -INFINITY};
  for (size_t i = 0; i < picture->sample_count; i++) {
    const struct picture_sample *sample = &picture->samples[i];
    if (of_x ? sample->panel != panel : picture->y_range[sample->panel] != picture->y_range[panel])
      continue;
    if (of_x)
      widen(&range, sample->x, sample->x);
    else /* a bar that is far longer than that is cut off by the frame */
      widen(&range, fmax(sample->low, sample->y / 2), fmin(sample->high, sample->y * 2));
  }
  if (range.low > range.high)
    return (struct range){1, 10}; /* an empty panel, but a panel */
  enum axis axis = of_x ? picture->x : picture->panel_y[panel];
  if (axis == AXIS_FACTOR)
    return (struct range){0, range.high * 1.08};
  if (axis == AXIS_MOMENT)
    return (struct range){0, range.high};
  if (axis == AXIS_THREADS_LINEAR) {
    double margin = fmax(range.high - range.low, 1) * 0.12;
    return (struct range){range.low - margin, range.high + margin};
  }
  if (axis == AXIS_PERCENTILE)
    return (struct range){1, range.high * 1.2};
  double least_span = axis == AXIS_THREADS ? 1 : 4; /* so that noise is not blown up to a slope */
  double span = range.high / range.low, slack = span < least_span ? sqrt(least_span / span) : 1;
  double margin = axis == AXIS_THREADS ? 1.15 : 1.3;
  return (struct range){range.low / slack / margin, range.high * slack * margin};
}

/* ---- files ---- */

static void assign_text(FILE *out, const char *name, const char *text)
{
  fprintf(out, "%s = ", name);
  text_gnuplot(out, text);
  fputc('\n', out);
}

/* What gnuplot draws of a curve, and the letter of its block. */
enum part { PART_LINE, PART_MARKS, PART_BAND, PARTS };

static const struct {
  const char *list;
  char letter;
} parts[PARTS] = {{"panel_lines", 'l'}, {"panel_marks", 'm'}, {"panel_bands", 'b'}};

static bool is_in(const struct picture_sample *sample, enum part part)
{
  return part == PART_BAND    ? sample->kind == SAMPLE_BAND
         : part == PART_MARKS ? sample->kind == SAMPLE_MARK
                              : sample->kind != SAMPLE_BAND;
}

static bool has_part(const struct picture *picture, size_t panel, size_t curve, enum part part)
{
  for (size_t i = 0; i < picture->sample_count; i++) {
    const struct picture_sample *sample = &picture->samples[i];
    if (sample->panel == panel && sample->curve == curve && is_in(sample, part))
      return true;
  }
  return false;
}

/* The numbers of the panel's curves that have the part, as a list of words: in the order of
 * drawing, so that thin curves lie under the others. */
static void write_curve_list(FILE *out, const struct picture *picture, size_t panel, enum part part)
{
  fprintf(out, "%s[%zu] = '", parts[part].list, panel + 1);
  for (int thick = 0; thick < 2; thick++)
    for (size_t curve = 0; curve < picture->curve_count; curve++)
      if ((picture->curves[curve].width > 1) == thick && has_part(picture, panel, curve, part))
        fprintf(out, " %zu", curve + 1);
  fputs("'\n", out);
}

static void write_panel(FILE *out, const struct picture *picture, size_t panel)
{
  struct range x = range_of(picture, panel, true);
  struct range y = range_of(picture, panel, false);
  fprintf(out, "panel_title[%zu] = ", panel + 1);
  text_gnuplot(out, picture->panels[panel]);
  fprintf(out, "\nx_low[%zu] = %.9g; x_high[%zu] = %.9g\n", panel + 1, x.low, panel + 1, x.high);
  fprintf(out, "y_low[%zu] = %.9g; y_high[%zu] = %.9g\n", panel + 1, y.low, panel + 1, y.high);
  double *xs = memory_zeroed(picture->sample_count, sizeof *xs);
  size_t n = 0;
  for (size_t i = 0; i < picture->sample_count; i++)
    if (picture->samples[i].panel == panel && picture->samples[i].kind == SAMPLE_MARK)
      xs[n++] = picture->samples[i].x;
  fprintf(out, "x_tics[%zu] = \"", panel + 1);
  tics_write(out, picture->x, x.low, x.high, xs, n);
  fprintf(out, "\"\ny_tics[%zu] = \"", panel + 1);
  tics_write(out, picture->panel_y[panel], y.low, y.high, NULL, 0);
  fputs("\"\n", out);
  free(xs);
  for (int part = 0; part < PARTS; part++)
    write_curve_list(out, picture, panel, (enum part)part);
}

/* panel SIZE_MAX: in any panel */
static bool has_curve(const struct picture *picture, size_t panel, size_t curve)
{
  for (size_t i = 0; i < picture->sample_count; i++)
    if ((panel == SIZE_MAX || picture->samples[i].panel == panel) &&
        picture->samples[i].curve == curve)
      return true;
  return false;
}

static void write_curves(FILE *out, const struct picture *picture)
{
  for (size_t i = 0; i < picture->curve_count; i++) {
    const struct picture_curve *curve = &picture->curves[i];
    fprintf(out, "curve_title[%zu] = ", i + 1);
    text_gnuplot(out, curve->title ? curve->title : "");
    fprintf(out,
            "\ncurve_color[%zu] = '%s'; curve_marker[%zu] = %d; curve_dash[%zu] = %d; "
            "curve_width[%zu] = %g\n",
            i + 1, curve->color, i + 1, curve->marker, i + 1, curve->dash, i + 1, curve->width);
  }
  fputs("legend = '", out);
  for (size_t i = 0; i < picture->curve_count; i++)
    if (picture->curves[i].title && has_curve(picture, SIZE_MAX, i))
      fprintf(out, " %zu", i + 1);
  fputs("'\n", out);
}

static void write_boundaries(FILE *out, const struct picture *picture)
{
  fprintf(out, "boundaries = %zu\n", picture->boundary_count);
  for (size_t i = 0; i < picture->boundary_count; i++) {
    const struct picture_boundary *boundary = &picture->boundaries[i];
    fprintf(out, "boundary_panel[%zu] = %zu; boundary_x[%zu] = %.9g\nboundary_label[%zu] = ", i + 1,
            boundary->panel + 1, i + 1, boundary->x, i + 1);
    text_gnuplot(out, boundary->label);
    fputc('\n', out);
  }
}

static void write_vars(FILE *out, const struct picture *picture, const char *data,
                       const char *plots, const char *const footer[2])
{
  assign_text(out, "plots", plots);
  assign_text(out, "data", data);
  assign_text(out, "picture_name", picture->name);
  assign_text(out, "picture_title", picture->title);
  assign_text(out, "picture_subtitle", picture->subtitle);
  assign_text(out, "footer_1", footer[0]);
  assign_text(out, "footer_2", footer[1]);
  static const char *const by_panel[] = {"panel_title", "panel_lines", "panel_marks", "panel_bands",
                                         "x_low",       "x_high",      "y_low",       "y_high",
                                         "x_tics",      "y_tics"};
  static const char *const by_curve[] = {"curve_title", "curve_color", "curve_marker", "curve_dash",
                                         "curve_width"};
  static const char *const by_boundary[] = {"boundary_panel", "boundary_x", "boundary_label"};
  fprintf(out, "panels = %zu\n", picture->panel_count);
  for (size_t i = 0; i < sizeof by_panel / sizeof *by_panel; i++)
    fprintf(out, "array %s[%zu]\n", by_panel[i], picture->panel_count);
  for (size_t i = 0; i < sizeof by_curve / sizeof *by_curve; i++)
    fprintf(out, "array %s[%zu]\n", by_curve[i], picture->curve_count);
  for (size_t i = 0; i < sizeof by_boundary / sizeof *by_boundary; i++) /* none may be empty */
    fprintf(out, "array %s[%zu]\n", by_boundary[i], picture->boundary_count + 1);
  for (size_t i = 0; i < picture->panel_count; i++)
    write_panel(out, picture, i);
  write_curves(out, picture);
  write_boundaries(out, picture);
}

/* How far a curve's points are set aside, as a share of the axis, so that bars and marks at one x
 * do not hide each other: the panel's curves stand side by side. */
static double set_aside(const struct picture *picture, size_t panel, size_t curve)
{
  bool meet =
      picture->x == AXIS_THREADS || picture->x == AXIS_THREADS_LINEAR ||
      (picture->x != AXIS_PERCENTILE && picture->x != AXIS_MOMENT && picture->y != AXIS_BYTES);
  if (!meet || !picture->curves[curve].title)
    return 0;
  double before = 0, all = 0;
  for (size_t i = 0; i < picture->curve_count; i++) {
    if (picture->curves[i].title && has_curve(picture, panel, i)) {
      before += i < curve;
      all++;
    }
  }
  return (before - (all - 1) / 2) * fmin(0.008, 0.06 / all);
}

static void write_block(FILE *out, const struct picture *picture, size_t panel, size_t curve,
                        enum part part)
{
  bool begun = false, linear = picture->x == AXIS_THREADS_LINEAR || picture->x == AXIS_MOMENT;
  struct range axis = range_of(picture, panel, true);
  double aside = set_aside(picture, panel, curve);
  for (size_t i = 0; i < picture->sample_count; i++) {
    const struct picture_sample *sample = &picture->samples[i];
    if (sample->panel != panel || sample->curve != curve || !is_in(sample, part))
      continue;
    if (!begun)
      fprintf(out, "# p%zuc%zu%c\n# x y low high\n", panel + 1, curve + 1, parts[part].letter);
    begun = true;
    double x = linear ? sample->x + aside * (axis.high - axis.low)
                      : sample->x * pow(axis.high / axis.low, aside);
    fprintf(out, "%.9g %.9g %.9g %.9g\n", x, sample->y, sample->low, sample->high);
  }
  if (begun)
    fputs("\n\n", out);
}

static void write_data(FILE *out, const struct picture *picture)
{
  for (size_t panel = 0; panel < picture->panel_count; panel++) {
    for (size_t curve = 0; curve < picture->curve_count; curve++) {
      for (int part = 0; part < PARTS; part++)
        write_block(out, picture, panel, curve, (enum part)part);
    }
  }
}

static FILE *open_in(const char *folder, const char *name, const char *suffix, char **path,
                     char *error)
{
  *path = memory_format("%s/%s.%s", folder, name, suffix);
  FILE *out = fopen(*path, "w");
  if (!out)
    snprintf(error, RUN_ERROR, "%s: %s", *path, strerror(errno));
  return out;
}

static bool close_written(FILE *out, const char *path, char *error)
{
  bool good = !ferror(out);
  if (fclose(out) != 0 || !good) {
    snprintf(error, RUN_ERROR, "%s: could not be written whole", path);
    return false;
  }
  return true;
}

bool picture_write(const struct picture *picture, const char *folder, const char *plots,
                   const char *const footer[2], char *error)
{
  char *vars_path = NULL, *data_path = NULL;
  bool good = false;
  FILE *out = open_in(folder, picture->name, "dat", &data_path, error);
  if (out) {
    write_data(out, picture);
    good = close_written(out, data_path, error);
  }
  out = good ? open_in(folder, picture->name, "vars", &vars_path, error) : NULL;
  if (out) {
    write_vars(out, picture, data_path, plots, footer);
    good = close_written(out, vars_path, error);
  } else {
    good = false;
  }
  free(vars_path);
  free(data_path);
  return good;
}
