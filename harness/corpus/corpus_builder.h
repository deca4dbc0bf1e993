/* corpus_builder.h: makes a corpus, put by put. Called by the importers and by the file reader.
 *
 * A failure (no memory, a limit) stays: every later call fails too, so a caller may check once per
 * line of its input. One thread. */
#ifndef TMB_CORPUS_BUILDER_H
#define TMB_CORPUS_BUILDER_H

#include "corpus/corpus.h"

#define CORPUS_NONE UINT32_MAX

struct corpus_builder;

/* At most puts_max puts (CORPUS_PUTS_MAX, or less to bound the memory). NULL: no memory. */
struct corpus_builder *corpus_builder_create(size_t puts_max);
void corpus_builder_destroy(struct corpus_builder *builder);

/* The number of the item with these bytes, added if it is new; CORPUS_NONE on failure. 1 to
 * CORPUS_STRING_BYTES_MAX bytes; 1 to CORPUS_STACK_DEPTH_MAX program counters. */
uint32_t corpus_builder_string(struct corpus_builder *builder, const void *bytes, size_t n);
uint32_t corpus_builder_stack(struct corpus_builder *builder, const uint64_t *pcs, size_t depth);

/* The number of the stream (name, thread), added if it is new; CORPUS_NONE on failure. */
uint32_t corpus_builder_stream(struct corpus_builder *builder, const char *name, uint64_t thread);

/* Appends a put, `times` times over. item and stream come from the calls above; CORPUS_NONE in
 * either is a failure that already happened. */
bool corpus_builder_put(struct corpus_builder *builder, uint32_t stream, uint32_t item,
                        size_t times);

/* The number of a name of a function or file, added if it is new; CORPUS_NONE on failure. 1 to
 * CORPUS_STRING_BYTES_MAX bytes. Names that no frame needs are left out of the corpus. */
uint32_t corpus_builder_name(struct corpus_builder *builder, const void *bytes, size_t n);

/* Says what is known of a program counter; file is CORPUS_NONE and line 0 where not known. The
 * first to say so is believed: one program counter has one place in a corpus. */
bool corpus_builder_frame(struct corpus_builder *builder, uint64_t pc, uint32_t function,
                          uint32_t file, uint32_t line);

/* How often a later call of corpus_builder_frame said something else of the same counter. */
size_t corpus_builder_frame_conflicts(const struct corpus_builder *builder);

size_t corpus_builder_item_count(const struct corpus_builder *builder);
size_t corpus_builder_stream_count(const struct corpus_builder *builder);
size_t corpus_builder_name_count(const struct corpus_builder *builder);
size_t corpus_builder_put_count(const struct corpus_builder *builder);

/* What went wrong, or NULL. */
const char *corpus_builder_failure(const struct corpus_builder *builder);

/* The corpus of all puts so far; streams without a put are left out. NULL: a failure, an item that
 * no stream puts, a frame that no stack holds, or no put at all; corpus_builder_failure says which.
 * The builder remains to be destroyed and takes nothing more. */
struct corpus *corpus_builder_finish(struct corpus_builder *builder);

#endif
