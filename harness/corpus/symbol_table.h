/* symbol_table.h: the symbols of a corpus that is being made: names, each once, and for a program
 * counter the names of its function and file, and the line.
 *
 * A part of corpus_builder.c. A zeroed table is an empty one. One thread. */
#ifndef TMB_CORPUS_SYMBOL_TABLE_H
#define TMB_CORPUS_SYMBOL_TABLE_H

#include "corpus/corpus.h"
#include "corpus/hash_index.h"

#define SYMBOL_NONE UINT32_MAX

struct symbol_table {
  char *bytes; /* of all names */
  size_t byte_count, byte_capacity;
  struct symbol_name *names;
  size_t name_count, name_capacity;
  struct symbol_frame *frames;
  size_t frame_count, frame_capacity;
  size_t conflicts; /* frames added again with other symbols */
  struct hash_index name_index, frame_index;
};

void symbol_table_fini(struct symbol_table *table);

/* The number of the name, added if it is new; 1 to CORPUS_STRING_BYTES_MAX bytes. SYMBOL_NONE and
 * *failure set: no memory, or a limit. */
uint32_t symbol_table_name(struct symbol_table *table, const void *bytes, size_t n,
                           const char **failure);

/* Symbols for pc: numbers of names, file may be SYMBOL_NONE. The first ones stay. False: as above.
 */
bool symbol_table_frame(struct symbol_table *table, uint64_t pc, uint32_t function, uint32_t file,
                        uint32_t line, const char **failure);

/* Notes that a stack holds pc. */
void symbol_table_use(struct symbol_table *table, uint64_t pc);

/* Has every frame been used? */
bool symbol_table_is_used(const struct symbol_table *table);

/* Sets frames and names of the corpus, in the order of the format, into room for frame_count
 * frames, name_count names and byte_count bytes. Names that no frame needs are left out. The table
 * takes nothing more. */
void symbol_table_copy(struct symbol_table *table, struct corpus *corpus,
                       struct corpus_frame *frames, struct corpus_name *names, char *bytes);

#endif
