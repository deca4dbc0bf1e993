/* timeline.c: see timeline.h. */
#include "check/timeline.h"

#include <inttypes.h>
#include <string.h>

#include "record/allocate.h"
#include "record/whole_file.h"

enum {
  MARGIN = 24,
  LANE_NAME = 132, /* room for a process's name */
  LANE = 52,
  BAR = 30,
  STEP = 26, /* least distance of two moments */
  GLYPH = 7, /* width of a character of a label */
  TOP = 92,  /* title and sentence */
  LABEL_MAX = 48,
  LABEL_BYTES = 4 * LABEL_MAX + 4,
  NAME_SHOWN = 9 /* characters of a process's name */
};

/* A call or return; calls of a moment stand before its returns. */
struct moment {
  int64_t time;
  bool is_return;
};

struct bar {
  const struct history_op *op;
  char label[LABEL_BYTES];
  double label_width;
  size_t begin, end; /* columns */
  size_t lane;
  size_t number; /* in the order, from 1; 0: not in it */
  bool stuck;
};

struct drawing {
  const struct history *history;
  const struct linearize_result *result;
  struct bar *bars; /* a bar an operation that is shown */
  struct moment *columns;
  size_t column_count;
  double *x; /* of each column, and one behind the last for what never returned */
  history_value *lanes;
  size_t lane_count;
};

/* Text of XML: also what XML does not allow at all is replaced. */
static void print_text(const char *text, FILE *out)
{
  for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
    if (*c == '&')
      fputs("&amp;", out);
    else if (*c == '<')
      fputs("&lt;", out);
    else if (*c == '>')
      fputs("&gt;", out);
    else if (*c == '"')
      fputs("&quot;", out);
    else if (*c < 0x20 || *c == 0x7f)
      putc(' ', out);
    else if (c[0] == 0xef && c[1] == 0xbf && (c[2] == 0xbe || c[2] == 0xbf)) { /* U+FFFE, U+FFFF */
      putc('?', out);
      c += 2;
    } else
      putc(*c, out);
  }
}

/* Copies UTF-8, an ellipsis after `limit` characters; `to` has room for 4 * limit + 4 bytes.
 * Returns the width in columns. */
static double copy_cut(const char *from, size_t limit, char *to)
{
  size_t characters = 0;
  double width = 0;
  for (; *from; from++) {
    unsigned char byte = (unsigned char)*from;
    if ((byte & 0xc0) != 0x80) {
      if (characters++ == limit) {
        strcpy(to, "\xe2\x80\xa6");
        return width + 1;
      }
      width += byte >= 0xe3 ? 2 : 1; /* from U+3000 on, mostly wide */
    }
    *to++ = *from;
  }
  *to = '\0';
  return width;
}

/* The operation in words, cut, in text[LABEL_BYTES]; the width in columns. */
static double label_of(const struct history *history, const struct history_op *op, char *text)
{
  char *whole = NULL;
  size_t n = 0;
  FILE *out = open_memstream(&whole, &n);
  text[0] = '\0';
  if (!out)
    return 0;
  history_print_call(history, op, out);
  fputs(" \xe2\x86\x92 ", out);
  history_print_result(history, op, out);
  fclose(out);
  double width = copy_cut(whole, LABEL_MAX, text);
  free(whole);
  return width;
}

static int by_moment(const void *a, const void *b)
{
  const struct moment *x = a, *y = b;
  if (x->time != y->time)
    return x->time < y->time ? -1 : 1;
  return x->is_return - y->is_return;
}

static size_t column_of(const struct drawing *drawing, int64_t time, bool is_return)
{
  const struct moment wanted = {time, is_return};
  const struct moment *found = bsearch(&wanted, drawing->columns, drawing->column_count,
                                       sizeof *drawing->columns, by_moment);
  return (size_t)(found - drawing->columns);
}

static void make_columns(struct drawing *drawing)
{
  size_t count = 0;
  drawing->columns = allocate(2 * drawing->result->shown_count, sizeof *drawing->columns);
  for (size_t i = 0; i < drawing->result->shown_count; i++) {
    const struct history_op *op = drawing->bars[i].op;
    drawing->columns[count++] = (struct moment){op->call, false};
    if (!op->open)
      drawing->columns[count++] = (struct moment){op->end, true};
  }
  qsort(drawing->columns, count, sizeof *drawing->columns, by_moment);
  for (size_t i = 0; i < count; i++)
    if (i == 0 || by_moment(&drawing->columns[i - 1], &drawing->columns[i]) != 0)
      drawing->columns[drawing->column_count++] = drawing->columns[i];
}

/* Columns stand as close as the labels of the bars between them allow. */
static void place_columns(struct drawing *drawing)
{
  drawing->x = allocate(drawing->column_count + 1, sizeof *drawing->x);
  for (size_t column = 0; column <= drawing->column_count; column++) {
    double x = column ? drawing->x[column - 1] + STEP : MARGIN + LANE_NAME;
    for (size_t i = 0; i < drawing->result->shown_count; i++) {
      const struct bar *bar = &drawing->bars[i];
      double least = bar->end == column ? drawing->x[bar->begin] + bar->label_width : 0;
      if (least > x)
        x = least;
    }
    drawing->x[column] = x;
  }
}

static size_t lane_of(struct drawing *drawing, history_value process)
{
  for (size_t lane = 0; lane < drawing->lane_count; lane++)
    if (drawing->lanes[lane] == process)
      return lane;
  drawing->lanes[drawing->lane_count] = process;
  return drawing->lane_count++;
}

static struct drawing drawing_of(const struct history *history,
                                 const struct linearize_result *result)
{
  struct drawing drawing = {.history = history, .result = result};
  size_t count = result->shown_count;
  drawing.bars = allocate_zeroed(count, sizeof *drawing.bars);
  drawing.lanes = allocate(count, sizeof *drawing.lanes);
  for (size_t i = 0; i < count; i++) {
    struct bar *bar = &drawing.bars[i];
    bar->op = &history->ops[result->shown[i]];
    bar->lane = lane_of(&drawing, bar->op->process);
    for (size_t j = 0; j < result->order_count; j++)
      if (result->order[j] == result->shown[i])
        bar->number = j + 1;
    bar->stuck = result->shown[i] == result->stuck;
    double characters = label_of(history, bar->op, bar->label);
    bar->label_width = GLYPH * characters + 44; /* the number and some air */
  }
  make_columns(&drawing);
  for (size_t i = 0; i < count; i++) {
    struct bar *bar = &drawing.bars[i];
    bar->begin = column_of(&drawing, bar->op->call, false);
    bar->end = bar->op->open ? drawing.column_count : column_of(&drawing, bar->op->end, true);
  }
  place_columns(&drawing);
  return drawing;
}

static void drawing_fini(struct drawing *drawing)
{
  free(drawing->bars);
  free(drawing->columns);
  free(drawing->x);
  free(drawing->lanes);
}

static const char style[] =
    "<style>\n"
    ".timeline{--ground:#fff;--ink:#1b1f24;--faint:#6b7280;--line:#d5d9df;--bar:#dbe9fb;"
    "--edge:#3b74b9;--other:#eceef1;--wrong:#fde0dd;--wrong-edge:#c0271c}\n"
    "@media (prefers-color-scheme:dark){.timeline{--ground:#14171c;--ink:#e6e9ee;--faint:#9aa3ae;"
    "--line:#363c46;--bar:#1d3857;--edge:#6ea8e8;--other:#262b33;--wrong:#55201c;"
    "--wrong-edge:#ff7b6e}}\n"
    ".timeline text{font:12px ui-monospace,Menlo,Consolas,monospace;fill:var(--ink)}\n"
    ".timeline .title{font:bold 16px system-ui,sans-serif}\n"
    ".timeline .say{font:13px system-ui,sans-serif}\n"
    ".timeline .faint{fill:var(--faint);font-size:12px}\n"
    ".timeline .ground{fill:var(--ground)}\n"
    ".timeline .line{stroke:var(--line)}\n"
    ".timeline .bar{fill:var(--bar);stroke:var(--edge)}\n"
    ".timeline .other{fill:var(--other);stroke:var(--faint)}\n"
    ".timeline .wrong{fill:var(--wrong);stroke:var(--wrong-edge);stroke-width:2}\n"
    ".timeline .open{stroke-dasharray:4 3}\n"
    ".timeline .arrow{fill:none;stroke:var(--edge);stroke-width:2}\n"
    ".timeline .number{fill:var(--edge)}\n"
    ".timeline .cross{stroke:var(--wrong-edge);stroke-width:2.5}\n"
    ".timeline .in{fill:var(--ground);text-anchor:middle;font-weight:bold}\n"
    "</style>\n";

static void print_value(const struct history *history, history_value value, size_t limit, FILE *out)
{
  char *whole = NULL, text[LABEL_BYTES];
  size_t n = 0;
  FILE *memory = open_memstream(&whole, &n);
  if (!memory)
    return;
  history_print_value(history, value, memory);
  fclose(memory);
  copy_cut(whole, limit, text);
  print_text(text, out);
  free(whole);
}

static void print_title(const struct drawing *drawing, FILE *out)
{
  const struct history *history = drawing->history;
  const struct history_op *first = drawing->bars[0].op;
  char name[LABEL_BYTES];
  copy_cut(history->name[0] ? history->name : "A history", LABEL_MAX, name);
  print_text(name, out);
  fprintf(out, " is not linearizable as a %s", history_model_name(history->model));
  if (history->model != MODEL_INTERN && first->key != VALUE_ABSENT) {
    fputs(", key ", out);
    print_value(history, first->key, LABEL_MAX, out);
  }
}

static void print_sentence(const struct drawing *drawing, FILE *out)
{
  const struct linearize_result *result = drawing->result;
  size_t others = drawing->history->op_count - result->shown_count;
  fprintf(out, "%c%s%s", result->reason[0] - 'a' + 'A', result->reason + 1,
          others ? ", whatever became of the other " : ".");
  if (others)
    fprintf(out, "%zu.", others);
}

static void print_bar(const struct drawing *drawing, const struct bar *bar, FILE *out)
{
  double x = drawing->x[bar->begin], width = drawing->x[bar->end] - x;
  double y = TOP + (double)bar->lane * LANE + (LANE - BAR) / 2.0, middle = y + BAR / 2.0;
  const char *look = bar->stuck ? "wrong" : bar->number ? "bar" : "other";
  fputs("<g><title>", out);
  print_text(bar->label, out);
  fprintf(out, ", operation %" PRId64 ", called at %" PRId64, bar->op->number, bar->op->call);
  if (bar->op->open)
    fputs(", never returned", out);
  else
    fprintf(out, ", returned at %" PRId64, bar->op->end);
  fputs("</title>", out);
  fprintf(out, "<rect class=\"%s%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" rx=\"4\"",
          look, bar->op->open ? " open" : "", x, y, width, BAR);
  fputs(bar->op->open ? " mask=\"url(#fade)\"/>" : "/>", out);
  if (bar->op->open)
    fprintf(out, "<path class=\"arrow\" d=\"M%.1f %.1fh14m-6 -5l6 5l-6 5\"/>", x + width, middle);
  if (bar->stuck)
    fprintf(out, "<path class=\"cross\" d=\"M%.1f %.1fl10 10m0 -10l-10 10\"/>", x + 10, middle - 5);
  else if (bar->number)
    fprintf(out,
            "<circle class=\"number\" cx=\"%.1f\" cy=\"%.1f\" r=\"10\"/>"
            "<text class=\"in\" x=\"%.1f\" y=\"%.1f\">%zu</text>",
            x + 15, middle, x + 15, middle + 4, bar->number);
  fprintf(out, "<text x=\"%.1f\" y=\"%.1f\">", x + 32, middle + 4);
  print_text(bar->label, out);
  fputs("</text></g>\n", out);
}

static void print_axis(const struct drawing *drawing, double bottom, FILE *out)
{
  double free_from = 0;
  for (size_t i = 0; i < drawing->column_count; i++) {
    char text[32];
    int characters = snprintf(text, sizeof text, "%" PRId64, drawing->columns[i].time);
    double x = drawing->x[i];
    fprintf(out, "<line class=\"line\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%.1f\"/>\n", x, TOP,
            x, bottom);
    if (x - characters * GLYPH / 2.0 < free_from)
      continue;
    fprintf(out, "<text class=\"faint\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>\n",
            x, bottom + 16, text);
    free_from = x + characters * GLYPH / 2.0 + 8;
  }
}

void timeline_svg(const struct history *history, const struct linearize_result *result, FILE *out)
{
  struct drawing drawing = drawing_of(history, result);
  double bottom = TOP + (double)drawing.lane_count * LANE;
  double width = drawing.x[drawing.column_count] + MARGIN + 20, height = bottom + 84;
  if (width < 640)
    width = 640; /* the sentences */
  fprintf(out,
          "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"timeline\" width=\"%.0f\" "
          "height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" role=\"img\">\n",
          width, height, width, height);
  fputs("<title>", out);
  print_title(&drawing, out);
  fputs("</title>\n", out);
  fputs(style, out);
  fputs("<defs><linearGradient id=\"towards\"><stop offset=\".55\" stop-color=\"#fff\"/>"
        "<stop offset=\"1\" stop-color=\"#fff\" stop-opacity=\".1\"/></linearGradient>"
        "<mask id=\"fade\" maskContentUnits=\"objectBoundingBox\"><rect x=\"-.01\" y=\"-.1\" "
        "width=\"1.02\" height=\"1.2\" fill=\"url(#towards)\"/></mask></defs>\n",
        out);
  fprintf(out, "<rect class=\"ground\" width=\"%.0f\" height=\"%.0f\"/>\n", width, height);
  fprintf(out, "<text class=\"title\" x=\"%d\" y=\"32\">", MARGIN);
  print_title(&drawing, out);
  fprintf(out, "</text>\n<text class=\"say\" x=\"%d\" y=\"56\">", MARGIN);
  print_sentence(&drawing, out);
  fputs("</text>\n", out);
  print_axis(&drawing, bottom, out);
  for (size_t lane = 0; lane < drawing.lane_count; lane++) {
    double y = TOP + (double)lane * LANE;
    fprintf(out, "<line class=\"line\" x1=\"%d\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", MARGIN,
            y, width - MARGIN, y);
    fprintf(out, "<text x=\"%d\" y=\"%.1f\">process ", MARGIN, y + LANE / 2.0 + 4);
    print_value(history, drawing.lanes[lane], NAME_SHOWN, out);
    fputs("</text>\n", out);
  }
  for (size_t i = 0; i < result->shown_count; i++)
    print_bar(&drawing, &drawing.bars[i], out);
  fprintf(out, "<text class=\"faint say\" x=\"%d\" y=\"%.1f\">%s</text>\n", MARGIN, bottom + 46,
          result->order_count ? "Numbers: the order that comes farthest. Cross: cannot follow it."
                              : "Cross: contradicts the rest.");
  fprintf(out,
          "<text class=\"faint say\" x=\"%d\" y=\"%.1f\">Time runs to the right, without scale. A "
          "dashed bar with an arrow never returned.</text>\n</svg>\n",
          MARGIN, bottom + 64);
  drawing_fini(&drawing);
}

void timeline_html(const struct history *history, const struct linearize_result *result, FILE *out)
{
  struct drawing drawing = drawing_of(history, result);
  fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/><title>", out);
  print_title(&drawing, out);
  fputs("</title>\n<style>\n:root{color-scheme:light dark}\n"
        "body{margin:1.5rem;font:15px/1.5 system-ui,sans-serif}\n"
        "div{overflow-x:auto}\ntable{border-collapse:collapse;margin-top:1rem}\n"
        "td,th{padding:.2rem .8rem;text-align:left;border-bottom:1px solid #8886}\n"
        "td{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:13px}\n"
        "td.n{text-align:right}\n</style></head><body>\n<div>\n",
        out);
  timeline_svg(history, result, out);
  fputs("</div>\n<table><tr><th>order</th><th>operation</th><th>line</th><th>process</th>"
        "<th>call \xe2\x86\x92 result</th><th>called</th><th>returned</th></tr>\n",
        out);
  for (size_t i = 0; i < result->shown_count; i++) {
    const struct bar *bar = &drawing.bars[i];
    fputs("<tr><td class=\"n\">", out);
    if (bar->stuck)
      fputs("\xe2\x9c\x97", out);
    else if (bar->number)
      fprintf(out, "%zu", bar->number);
    fprintf(out, "</td><td class=\"n\">%" PRId64 "</td><td class=\"n\">%" PRIu32 "</td><td>",
            bar->op->number, bar->op->line);
    print_value(history, bar->op->process, LABEL_MAX, out);
    fputs("</td><td>", out);
    print_text(bar->label, out);
    fprintf(out, "</td><td class=\"n\">%" PRId64 "</td><td class=\"n\">", bar->op->call);
    if (bar->op->open)
      fputs("never", out);
    else
      fprintf(out, "%" PRId64, bar->op->end);
    fputs("</td></tr>\n", out);
  }
  fputs("</table></body></html>\n", out);
  drawing_fini(&drawing);
}

static bool ends_in(const char *path, const char *suffix)
{
  size_t n = strlen(path), m = strlen(suffix);
  return n > m && strcmp(path + n - m, suffix) == 0;
}

bool timeline_is_name(const char *path)
{
  return ends_in(path, ".svg") || ends_in(path, ".html");
}

bool timeline_save(const struct history *history, const struct linearize_result *result,
                   const char *path, struct history_error *error)
{
  struct whole_file file;
  if (!whole_file_open(&file, path, error))
    return false;
  if (ends_in(path, ".svg"))
    timeline_svg(history, result, file.out);
  else
    timeline_html(history, result, file.out);
  return whole_file_end(&file, error);
}
