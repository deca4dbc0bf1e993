/* import_table.h: the importers that importer.c lists. One line a file import_<name>.c. */
#ifndef TMB_CORPUS_IMPORT_TABLE_H
#define TMB_CORPUS_IMPORT_TABLE_H

#include "corpus/importer.h"

extern const struct corpus_importer import_go_trace;
extern const struct corpus_importer import_perf_script;
extern const struct corpus_importer import_folded;
extern const struct corpus_importer import_lines;

#endif
