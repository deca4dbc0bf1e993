/* table.h: a table with headings inside, filled once and shown twice: as text by table_print(), as
 * HTML by page.c.
 *
 * Called by report_tables.c, which fills tables, cmd/report.c and page.c. Not thread-safe.
 */
#ifndef TMB_REPORT_TABLE_H
#define TMB_REPORT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct table_column {
  const char *title;
  bool right;   /* set to the right, as numbers are */
  bool on_page; /* on the page only: a terminal has no room for it */
};

struct table_row {
  bool heading; /* one cell over all columns */
  char **cells; /* fewer than columns: the last one runs on over the rest */
  size_t cell_count;
};

struct table {
  const char *title;
  const char *note; /* a sentence or more below the title; NULL: none */
  const struct table_column *columns;
  size_t column_count;
  void *own_columns; /* where they were made for this table: freed with it; else NULL */
  struct table_row *rows;
  size_t row_count;
};

/* The strings and columns must outlive the table, unless own_columns is set to what holds them. */
void table_init(struct table *table, const char *title, const char *note,
                const struct table_column *columns, size_t column_count);
void table_fini(struct table *table);

__attribute__((format(printf, 2, 3))) void table_heading(struct table *table, const char *format,
                                                         ...);
void table_row(struct table *table);
/* Into the row begun last. */
__attribute__((format(printf, 2, 3))) void table_cell(struct table *table, const char *format, ...);

/* Plain text, columns as wide as they need. A table without rows prints nothing. */
void table_print(const struct table *table, FILE *out);

#endif
