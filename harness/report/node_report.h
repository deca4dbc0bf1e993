/* node_report.h: what the threads of each NUMA node did, and whose memory they used.
 *
 * Called by cmd/report.c and page.c; each call fills a table that table_fini() gives back. The
 * points must outlive it.
 */
#ifndef TMB_REPORT_NODE_REPORT_H
#define TMB_REPORT_NODE_REPORT_H

#include "report/points.h"
#include "report/table.h"

/* Throughput, fairness and latencies of each node, of points whose threads are on several. */
void node_report_times(struct table *table, const struct points *points);

/* The sampled accesses of each point: a row a node of threads, a column a node of pages. No times,
 * so it may be shown of an emulated machine. No rows where just one node is in any of them. */
void node_report_accesses(struct table *table, const struct points *points);

/* Where that table has no rows, a sentence that says why; malloc'ed. Else NULL. */
char *node_report_words(const struct points *points);

#endif
