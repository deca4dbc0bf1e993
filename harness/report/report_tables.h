/* report_tables.h: the tables of a report. Called by cmd/report.c and page.c; each call fills a
 * table that table_fini() gives back. The points must outlive it.
 */
#ifndef TMB_REPORT_REPORT_TABLES_H
#define TMB_REPORT_REPORT_TABLES_H

#include "report/points.h"
#include "report/table.h"

/* A line a point. */
void report_tables_points(struct table *table, const struct points *points);

/* OLD_MAP over NEW_MAP, wherever both ran the same point. */
void report_tables_generations(struct table *table, const struct points *points);

/* Time per operation of `above` over that of `below`. */
struct interval report_tables_ratio(const struct point *above, const struct point *below);

/* Throughput of `many` over that of `one`, which differs from it in threads alone. */
struct interval report_tables_speedup(const struct point *one, const struct point *many);

/* Throughput of n threads over that of one. */
void report_tables_scaling(struct table *table, const struct points *points);

/* Each point that was measured twice, over itself. */
void report_tables_self(struct table *table, const struct points *points);

/* NULL_MAP above a bare loop over the same tapes. */
void report_tables_harness(struct table *table, const struct points *points);

/* What workloads found out about their input: replay above all. */
void report_tables_facts(struct table *table, const struct points *points);

/* Five cells: keys, threads, pages, map, region. */
void report_tables_subject(struct table *table, const struct point *point);

/* A cell with the counter's median over the rounds, as `figure` (figure.h) writes it. */
void report_tables_counter(struct table *table, const struct point *point, const char *counter,
                           const char *(*figure)(char *, double));

/* Begins a heading when the point is not in the group of the one before. */
void report_tables_heading(struct table *table, const struct point **before,
                           const struct point *point);

#endif
