/* table.c: see table.h. */
#include "report/table.h"

#include <stdarg.h>

#include "report/memory.h"
#include "report/text.h"

#define GAP 2 /* blanks between columns */

void table_init(struct table *table, const char *title, const char *note,
                const struct table_column *columns, size_t column_count)
{
  *table = (struct table){
      .title = title, .note = note, .columns = columns, .column_count = column_count};
}

void table_fini(struct table *table)
{
  for (size_t i = 0; i < table->row_count; i++) {
    for (size_t j = 0; j < table->rows[i].cell_count; j++)
      free(table->rows[i].cells[j]);
    free(table->rows[i].cells);
  }
  free(table->rows);
  free(table->own_columns);
}

void table_row(struct table *table)
{
  table->rows = memory_one_more(table->rows, table->row_count, sizeof *table->rows);
  table->rows[table->row_count++] = (struct table_row){
      .cells = memory_zeroed(table->column_count, sizeof(char *)),
  };
}

static void add_cell(struct table *table, const char *format, va_list arguments)
{
  struct table_row *row = &table->rows[table->row_count - 1];
  row->cells[row->cell_count++] = memory_formatted(format, arguments);
}

void table_cell(struct table *table, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  add_cell(table, format, arguments);
  va_end(arguments);
}

void table_heading(struct table *table, const char *format, ...)
{
  table_row(table);
  table->rows[table->row_count - 1].heading = true;
  va_list arguments;
  va_start(arguments, format);
  add_cell(table, format, arguments);
  va_end(arguments);
}

/* Whether the cell runs on over the columns behind it. */
static bool runs_on(const struct table *table, const struct table_row *row, size_t cell)
{
  return cell + 1 == row->cell_count && row->cell_count < table->column_count;
}

/* Blanks are owed until something follows them, so that no line ends in blanks. */
static void print_row(const struct table *table, const struct table_row *row, const size_t *widths,
                      FILE *out)
{
  size_t owed = GAP;
  for (size_t i = 0; i < row->cell_count; i++) {
    bool last = runs_on(table, row, i);
    if (table->columns[i].on_page && !last)
      continue;
    size_t own = text_width(row->cells[i]), blanks = widths[i] > own ? widths[i] - own : 0;
    bool right = table->columns[i].right && !last;
    fprintf(out, "%*s", (int)(owed + (right ? blanks : 0)), "");
    text_print(out, row->cells[i]);
    owed = GAP + (right ? 0 : blanks);
  }
  fputc('\n', out);
}

static void print_titles(const struct table *table, const size_t *widths, FILE *out)
{
  struct table_row titles = {.cells = memory_zeroed(table->column_count, sizeof(char *)),
                             .cell_count = table->column_count};
  for (size_t i = 0; i < table->column_count; i++)
    titles.cells[i] = memory_string(table->columns[i].title);
  print_row(table, &titles, widths, out);
  for (size_t i = 0; i < table->column_count; i++)
    free(titles.cells[i]);
  free(titles.cells);
}

void table_print(const struct table *table, FILE *out)
{
  if (table->row_count == 0)
    return;
  size_t *widths = memory_zeroed(table->column_count, sizeof *widths);
  for (size_t i = 0; i < table->column_count; i++)
    widths[i] = text_width(table->columns[i].title);
  for (size_t i = 0; i < table->row_count; i++) {
    const struct table_row *row = &table->rows[i];
    for (size_t j = 0; !row->heading && j < row->cell_count; j++)
      if (!runs_on(table, row, j) && text_width(row->cells[j]) > widths[j])
        widths[j] = text_width(row->cells[j]);
  }
  fprintf(out, "\n%s\n%s%s\n", table->title, table->note ? table->note : "",
          table->note ? "\n" : "");
  print_titles(table, widths, out);
  for (size_t i = 0; i < table->row_count; i++) {
    if (table->rows[i].heading) {
      text_print(out, table->rows[i].cells[0]);
      fputc('\n', out);
    } else {
      print_row(table, &table->rows[i], widths, out);
    }
  }
  free(widths);
}
