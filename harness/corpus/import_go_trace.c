/* import_go_trace.c: execution traces of Go 1.22 and later, in the text form of the Go project's
 * own trace tests (package raw of internal/trace; its doc.go describes the form). The raw
 * events that `go tool trace -d=2` of Go 1.22 prints are the same without the header line, so that
 * line is optional.
 *
 * What stands for a put, by the thread of the batch (m=), in the order of the text:
 *   an argument `stack` or one that ends in `_stack` (the runtime interns the stack that a new
 *     goroutine starts with, too);
 *   an argument that ends in `_string`. The text does not tell an interned string from one that was
 *     written under a stolen id (the message of a log line), so the latter counts as a put as well.
 * Id 0 and an empty string stand for "none" and put nothing. A stack's key is the program counters
 * of its frames, as listed.
 *
 * With frame_names, the names of function and file of every frame of a Stacks batch are puts too,
 * frame after frame, as the tracer makes them when it dumps its stack table at the end of a
 * generation. They go to streams called "dump", so that they do not mix with the program's own.
 *
 * Function, file and line of the frames of the stacks that are put become the corpus's symbols.
 *
 * Ids hold for one generation, and the tables that explain them come at its end: puts are first
 * noted by id, then resolved. One stream per m, over all generations, whose batches must come in
 * order. A leading `-- expect --` section and other sections of the tests' archives are skipped.
 */
#include "corpus/import_table.h"

#include "corpus/array.h"
#include "corpus/go_trace.h"
#include "corpus/hash_index.h"
#include "corpus/text_lines.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* A stack or string of a generation, known by its definition, by a put, or both. */
struct entry {
  uint64_t generation, id;
  enum corpus_kind kind;
  bool is_defined;
  struct text_lines definition; /* the place of its frames or of its data line */
  size_t depth;                 /* of a defined stack */
  uint32_t item;                /* CORPUS_NONE until it was put */
  uint32_t name;                /* of a string; CORPUS_NONE until a frame needs it */
};

struct noted_put {
  uint32_t entry, stream;
  uint64_t line;
};

struct importer {
  struct import_job *job;
  struct go_trace trace;
  uint64_t generation;
  bool in_batch;
  uint32_t stream, dump_stream;
  struct entry *entries;
  size_t entry_count, entry_capacity;
  struct hash_index entry_index;
  struct noted_put *puts;
  size_t put_count, put_capacity;
};

/* ---- entries and puts ---- */

struct wanted_entry {
  const struct importer *importer;
  uint64_t generation, id;
  enum corpus_kind kind;
};

static bool entry_equal(const void *arg, uint32_t number)
{
  const struct wanted_entry *wanted = arg;
  const struct entry *entry = &wanted->importer->entries[number];
  return entry->id == wanted->id && entry->kind == wanted->kind &&
         entry->generation == wanted->generation;
}

/* The number of the entry, made if it is new; HASH_INDEX_NONE: no memory. */
static uint32_t find_entry(struct importer *importer, uint64_t generation, enum corpus_kind kind,
                           uint64_t id)
{
  struct wanted_entry wanted = {
      .importer = importer, .generation = generation, .id = id, .kind = kind};
  uint64_t content[] = {generation, id};
  uint64_t hash = XXH3_64bits_withSeed(content, sizeof content, (XXH64_hash_t)kind);
  uint32_t found = hash_index_find(&importer->entry_index, hash, entry_equal, &wanted);
  if (found != HASH_INDEX_NONE)
    return found;
  if (importer->entry_count == HASH_INDEX_NONE)
    return HASH_INDEX_NONE;
  struct entry *entries = array_reserve(importer->entries, &importer->entry_capacity,
                                        importer->entry_count + 1, sizeof *entries);
  if (entries == NULL)
    return HASH_INDEX_NONE;
  importer->entries = entries;
  uint32_t number = (uint32_t)importer->entry_count;
  if (!hash_index_add(&importer->entry_index, hash, number))
    return HASH_INDEX_NONE;
  importer->entries[importer->entry_count++] = (struct entry){
      .generation = generation, .id = id, .kind = kind, .item = CORPUS_NONE, .name = CORPUS_NONE};
  return number;
}

static bool note_put(struct importer *importer, uint32_t stream, enum corpus_kind kind, uint64_t id,
                     uint64_t line)
{
  if (id == 0)
    return true;
  if (stream == CORPUS_NONE)
    return import_failed(importer->job, line);
  uint32_t entry = find_entry(importer, importer->generation, kind, id);
  if (entry == HASH_INDEX_NONE)
    return go_trace_refuse(&importer->trace, line, "out of memory");
  struct noted_put *puts =
      array_reserve(importer->puts, &importer->put_capacity, importer->put_count + 1, sizeof *puts);
  if (puts == NULL)
    return go_trace_refuse(&importer->trace, line, "out of memory");
  importer->puts = puts;
  importer->puts[importer->put_count++] =
      (struct noted_put){.entry = entry, .stream = stream, .line = line};
  return true;
}

/* ---- tables ---- */

/* Notes that the definition of a stack or string follows. */
static bool define(struct importer *importer, enum corpus_kind kind, uint64_t id, size_t depth,
                   uint64_t line)
{
  static const char *const names[] = {[CORPUS_STRING] = "string", [CORPUS_STACK] = "stack"};
  if (id == 0)
    return go_trace_refuse(&importer->trace, line, "%s 0 stands for none and cannot be defined",
                           names[kind]);
  uint32_t number = find_entry(importer, importer->generation, kind, id);
  if (number == HASH_INDEX_NONE)
    return go_trace_refuse(&importer->trace, line, "out of memory");
  struct entry *entry = &importer->entries[number];
  if (entry->is_defined)
    return go_trace_refuse(&importer->trace, line,
                           "%s %" PRIu64 " is defined twice in generation %" PRIu64, names[kind],
                           id, importer->generation);
  entry->is_defined = true;
  entry->depth = depth;
  entry->definition = importer->trace.lines;
  return true;
}

static bool read_stack(struct importer *importer, uint64_t line, struct text_span rest)
{
  static const char *const names[] = {"id", "nframes", NULL};
  uint64_t values[2];
  if (!go_trace_arguments(&importer->trace, line, rest, names, values))
    return false;
  if (values[1] == 0 || values[1] > CORPUS_STACK_DEPTH_MAX)
    return go_trace_refuse(&importer->trace, line,
                           "a stack of %" PRIu64 " frames; 1 to %zu are allowed", values[1],
                           CORPUS_STACK_DEPTH_MAX);
  if (!define(importer, CORPUS_STACK, values[0], values[1], line))
    return false;
  for (uint64_t i = 0; i < values[1]; i++) {
    struct go_trace_frame frame;
    if (!go_trace_frame(&importer->trace, &importer->trace.lines, line, &frame))
      return false;
    if (importer->job->frame_names &&
        (!note_put(importer, importer->dump_stream, CORPUS_STRING, frame.function, frame.at_line) ||
         !note_put(importer, importer->dump_stream, CORPUS_STRING, frame.file, frame.at_line)))
      return false;
  }
  return true;
}

static bool read_string(struct importer *importer, uint64_t line, struct text_span rest)
{
  static const char *const names[] = {"id", NULL};
  uint64_t id;
  size_t n;
  return go_trace_arguments(&importer->trace, line, rest, names, &id) &&
         define(importer, CORPUS_STRING, id, 0, line) &&
         go_trace_data(&importer->trace, &importer->trace.lines, line, &n);
}

/* ---- events ---- */

static bool read_batch(struct importer *importer, uint64_t line, struct text_span rest)
{
  static const char *const names[] = {"gen", "m", "time", "size", NULL};
  uint64_t values[4];
  if (!go_trace_arguments(&importer->trace, line, rest, names, values))
    return false;
  if (importer->in_batch && values[0] < importer->generation)
    return go_trace_refuse(&importer->trace, line,
                           "a batch of generation %" PRIu64 " after one of generation %" PRIu64
                           "; generations must come in order",
                           values[0], importer->generation);
  importer->in_batch = true;
  importer->generation = values[0];
  importer->stream = corpus_builder_stream(importer->job->builder, "m", values[1]);
  importer->dump_stream = corpus_builder_stream(importer->job->builder, "dump", values[1]);
  return importer->stream != CORPUS_NONE && importer->dump_stream != CORPUS_NONE
             ? true
             : import_failed(importer->job, line);
}

/* An event of a thread: its stacks and strings are puts. */
static bool read_puts(struct importer *importer, uint64_t line, struct text_span rest)
{
  struct go_trace_argument argument;
  for (;;) {
    enum go_trace_found found = go_trace_next_argument(&importer->trace, line, &rest, &argument);
    if (found != GO_TRACE_ARGUMENT)
      return found == GO_TRACE_END;
    bool put = true;
    if (text_is(argument.name, "stack") || text_ends(argument.name, "_stack"))
      put = note_put(importer, importer->stream, CORPUS_STACK, argument.value, line);
    else if (text_ends(argument.name, "_string"))
      put = note_put(importer, importer->stream, CORPUS_STRING, argument.value, line);
    if (!put)
      return false;
  }
}

static bool read_event(struct importer *importer, const struct text_line *line)
{
  struct text_span rest = go_trace_without_comment(line->span);
  struct text_span name = text_word(&rest);
  if (!import_line_is_whole(importer->job, line))
    return false;
  if (memchr(name.bytes, '=', name.n) != NULL)
    return go_trace_refuse(&importer->trace, line->number,
                           "expected the name of an event, found \"%s\"",
                           corpus_quote(name.bytes, name.n).text);
  if (text_is(name, "EventBatch"))
    return read_batch(importer, line->number, rest);
  if (text_is(name, "ExperimentalBatch")) {
    size_t n;
    return go_trace_data(&importer->trace, &importer->trace.lines, line->number, &n);
  }
  if (!importer->in_batch)
    return go_trace_refuse(&importer->trace, line->number, "event %s before the first EventBatch",
                           corpus_quote(name.bytes, name.n).text);
  if (text_is(name, "Stack"))
    return read_stack(importer, line->number, rest);
  if (text_is(name, "String"))
    return read_string(importer, line->number, rest);
  return read_puts(importer, line->number, rest);
}

/* ---- what the ids mean ---- */

static bool refuse_undefined(struct importer *importer, const struct entry *entry, uint64_t line)
{
  return go_trace_refuse(&importer->trace, line,
                         "%s %" PRIu64 " is not defined in generation %" PRIu64
                         "; its tables stand at the generation's end: is the file cut off?",
                         entry->kind == CORPUS_STRING ? "string" : "stack", entry->id,
                         entry->generation);
}

/* The name of a frame's function or file; CORPUS_NONE: none. */
static bool resolve_name(struct importer *importer, uint64_t generation, uint64_t id, uint64_t line,
                         uint32_t *name)
{
  *name = CORPUS_NONE;
  if (id == 0)
    return true;
  uint32_t number = find_entry(importer, generation, CORPUS_STRING, id);
  if (number == HASH_INDEX_NONE)
    return go_trace_refuse(&importer->trace, line, "out of memory");
  struct entry *entry = &importer->entries[number];
  if (!entry->is_defined)
    return refuse_undefined(importer, entry, line);
  if (entry->name == CORPUS_NONE) {
    struct text_lines lines = entry->definition;
    size_t n;
    if (!go_trace_data(&importer->trace, &lines, lines.number, &n))
      return false;
    if (n == 0)
      return true;
    entry->name = corpus_builder_name(importer->job->builder, importer->trace.scratch, n);
    if (entry->name == CORPUS_NONE)
      return import_failed(importer->job, line);
  }
  *name = entry->name;
  return true;
}

/* A frame without a function says nothing of its program counter. */
static bool name_frame(struct importer *importer, uint64_t generation,
                       const struct go_trace_frame *frame)
{
  uint32_t function, file;
  return resolve_name(importer, generation, frame->function, frame->at_line, &function) &&
         resolve_name(importer, generation, frame->file, frame->at_line, &file) &&
         (function == CORPUS_NONE ||
          corpus_builder_frame(importer->job->builder, frame->pc, function, file, frame->line) ||
          import_failed(importer->job, frame->at_line));
}

static bool resolve_stack(struct importer *importer, uint32_t number)
{
  /* A copy: a name that is met for the first time may move the entries. */
  const struct entry stack = importer->entries[number];
  struct text_lines lines = stack.definition;
  uint64_t pcs[CORPUS_STACK_DEPTH_MAX];
  for (size_t i = 0; i < stack.depth; i++) {
    struct go_trace_frame frame;
    if (!go_trace_frame(&importer->trace, &lines, stack.definition.number, &frame) ||
        !name_frame(importer, stack.generation, &frame))
      return false;
    pcs[i] = frame.pc;
  }
  uint32_t item = corpus_builder_stack(importer->job->builder, pcs, stack.depth);
  importer->entries[number].item = item;
  return item != CORPUS_NONE || import_failed(importer->job, stack.definition.number);
}

/* An empty string stays without an item. */
static bool resolve_string(struct importer *importer, struct entry *entry)
{
  struct text_lines lines = entry->definition;
  uint64_t line = lines.number;
  size_t n;
  if (!go_trace_data(&importer->trace, &lines, line, &n))
    return false;
  if (n == 0)
    return true;
  entry->item = corpus_builder_string(importer->job->builder, importer->trace.scratch, n);
  return entry->item != CORPUS_NONE || import_failed(importer->job, line);
}

/* Turns the noted puts into puts of items, in their order. */
static bool resolve_puts(struct importer *importer)
{
  for (size_t i = 0; i < importer->put_count; i++) {
    const struct noted_put *put = &importer->puts[i];
    struct entry *entry = &importer->entries[put->entry];
    if (!entry->is_defined)
      return refuse_undefined(importer, entry, put->line);
    if (entry->item == CORPUS_NONE &&
        !(entry->kind == CORPUS_STRING ? resolve_string(importer, entry)
                                       : resolve_stack(importer, put->entry)))
      return false;
    uint32_t item = importer->entries[put->entry].item;
    if (item != CORPUS_NONE && !corpus_builder_put(importer->job->builder, put->stream, item, 1))
      return import_failed(importer->job, put->line);
  }
  return true;
}

/* ---- the whole ---- */

static bool read_all(struct importer *importer)
{
  struct text_line line;
  if (!go_trace_enter(&importer->trace))
    return false;
  while (go_trace_next_line(&importer->trace, &importer->trace.lines, &line))
    if (!read_event(importer, &line))
      return false;
  return resolve_puts(importer);
}

static bool import(struct import_job *job)
{
  struct importer importer = {.job = job,
                              .trace = {.job = job,
                                        .lines = text_lines_of(job->bytes, job->n),
                                        .scratch = malloc(job->n + 1)}};
  bool imported = importer.trace.scratch != NULL
                      ? read_all(&importer)
                      : go_trace_refuse(&importer.trace, 1, "out of memory");
  hash_index_fini(&importer.entry_index);
  free(importer.entries);
  free(importer.puts);
  free(importer.trace.scratch);
  return imported;
}

static bool detect(const char *bytes, size_t n)
{
  struct text_lines lines = text_lines_of(bytes, n);
  struct text_line line;
  bool in_archive = false;
  while (text_lines_next(&lines, &line)) {
    struct text_span span = text_trim(line.span);
    if (text_starts(span, "Trace Go1.") || text_starts(span, "EventBatch gen="))
      return true;
    if (text_starts(span, "-- ") && text_ends(span, " --"))
      in_archive = true;
    else if (span.n > 0 && span.bytes[0] != '#' && !in_archive)
      return false;
  }
  return false;
}

const struct corpus_importer import_go_trace = {
    .name = "go_trace",
    .summary = "execution traces of Go 1.22 and later, in text form",
    .has_frame_names = true,
    .detect = detect,
    .import = import,
};
