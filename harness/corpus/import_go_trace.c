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
 * Ids hold for one generation, and the tables that explain them come at its end: puts are first
 * noted by id, then resolved. One stream per m, over all generations, whose batches must come in
 * order. A leading `-- expect --` section and other sections of the tests' archives are skipped.
 */
#include "corpus/import_table.h"

#include "corpus/go_string.h"
#include "corpus/hash_index.h"
#include "corpus/text_lines.h"

#include <inttypes.h>
#include <stdio.h>
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
};

struct noted_put {
  uint32_t entry, stream;
  uint64_t line;
};

struct importer {
  struct import_job *job;
  struct text_lines lines;
  bool in_archive; /* the text has `-- name --` lines */
  uint64_t generation;
  bool in_batch;
  uint32_t stream, dump_stream;
  struct entry *entries;
  size_t entry_count, entry_capacity;
  struct hash_index entry_index;
  struct noted_put *puts;
  size_t put_count, put_capacity;
  char *scratch; /* the last string, unquoted; as large as the text */
};

static bool refuse(struct importer *importer, uint64_t line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool refuse(struct importer *importer, uint64_t line, const char *format, ...)
{
  char what[512];
  va_list values;
  va_start(values, format);
  vsnprintf(what, sizeof what, format, values);
  va_end(values);
  return corpus_error_at_line(importer->job->error, importer->job->path, line, "%s", what);
}

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
static uint32_t find_entry(struct importer *importer, enum corpus_kind kind, uint64_t id)
{
  struct wanted_entry wanted = {
      .importer = importer, .generation = importer->generation, .id = id, .kind = kind};
  uint64_t content[] = {importer->generation, id};
  uint64_t hash = XXH3_64bits_withSeed(content, sizeof content, (XXH64_hash_t)kind);
  uint32_t found = hash_index_find(&importer->entry_index, hash, entry_equal, &wanted);
  if (found != HASH_INDEX_NONE)
    return found;
  if (importer->entry_count == importer->entry_capacity) {
    size_t capacity = importer->entry_capacity * 2 + 64;
    struct entry *larger =
        capacity < HASH_INDEX_NONE ? realloc(importer->entries, capacity * sizeof *larger) : NULL;
    if (larger == NULL)
      return HASH_INDEX_NONE;
    importer->entries = larger;
    importer->entry_capacity = capacity;
  }
  uint32_t number = (uint32_t)importer->entry_count;
  if (!hash_index_add(&importer->entry_index, hash, number))
    return HASH_INDEX_NONE;
  importer->entries[importer->entry_count++] = (struct entry){
      .generation = importer->generation, .id = id, .kind = kind, .item = CORPUS_NONE};
  return number;
}

static bool note_put(struct importer *importer, uint32_t stream, enum corpus_kind kind, uint64_t id,
                     uint64_t line)
{
  if (id == 0)
    return true;
  if (stream == CORPUS_NONE)
    return import_failed(importer->job, line);
  uint32_t entry = find_entry(importer, kind, id);
  if (entry == HASH_INDEX_NONE)
    return refuse(importer, line, "out of memory");
  if (importer->put_count == importer->put_capacity) {
    size_t capacity = importer->put_capacity * 2 + 256;
    struct noted_put *larger = realloc(importer->puts, capacity * sizeof *larger);
    if (larger == NULL)
      return refuse(importer, line, "out of memory");
    importer->puts = larger;
    importer->put_capacity = capacity;
  }
  importer->puts[importer->put_count++] =
      (struct noted_put){.entry = entry, .stream = stream, .line = line};
  return true;
}

/* ---- lines and arguments ---- */

/* The next line that holds something: comments cut off, empty lines skipped. */
static bool next_line(struct importer *importer, struct text_lines *lines, struct text_line *line)
{
  while (text_lines_next(lines, line)) {
    if (importer->in_archive && text_starts(line->span, "-- ") && text_ends(line->span, " --")) {
      lines->next = lines->end; /* the trace's section ends here */
      return false;
    }
    struct text_span rest = line->span;
    struct text_span word = text_word(&rest);
    if (word.n > 0 && word.bytes[0] != '#')
      return true;
  }
  return false;
}

static struct text_span without_comment(struct text_span span)
{
  const char *hash = memchr(span.bytes, '#', span.n);
  if (hash != NULL)
    span.n = (size_t)(hash - span.bytes);
  return span;
}

struct argument {
  struct text_span name;
  uint64_t value;
};

enum argument_found { NO_ARGUMENT, ARGUMENT, BAD_ARGUMENT };

/* Takes the next `name=number` off *rest. */
static enum argument_found next_argument(struct importer *importer, uint64_t line,
                                         struct text_span *rest, struct argument *argument)
{
  struct text_span word = text_word(rest);
  if (word.n == 0)
    return NO_ARGUMENT;
  const char *equals = memchr(word.bytes, '=', word.n);
  if (equals != NULL && equals > word.bytes) {
    size_t name_bytes = (size_t)(equals - word.bytes);
    argument->name = (struct text_span){.bytes = word.bytes, .n = name_bytes};
    struct text_span value = {.bytes = equals + 1, .n = word.n - name_bytes - 1};
    if (text_decimal(value, &argument->value))
      return ARGUMENT;
  }
  refuse(importer, line, "expected name=number, found \"%s\"",
         corpus_quote(word.bytes, word.n).text);
  return BAD_ARGUMENT;
}

/* Exactly these arguments, in this order, up to a NULL. */
static bool read_arguments(struct importer *importer, uint64_t line, struct text_span rest,
                           const char *const *names, uint64_t *values)
{
  struct argument argument;
  for (; *names != NULL; names++, values++) {
    enum argument_found found = next_argument(importer, line, &rest, &argument);
    if (found == BAD_ARGUMENT)
      return false;
    if (found == NO_ARGUMENT || !text_is(argument.name, *names))
      return refuse(importer, line, "expected the argument %s=, found %s%s", *names,
                    found == NO_ARGUMENT ? "the end of the line" : "",
                    found == NO_ARGUMENT ? ""
                                         : corpus_quote(argument.name.bytes, argument.name.n).text);
    *values = argument.value;
  }
  if (text_trim(rest).n > 0)
    return refuse(importer, line, "found \"%s\" after the last argument",
                  corpus_quote(rest.bytes, rest.n).text);
  return true;
}

/* ---- tables ---- */

struct frame {
  uint64_t pc, function, file;
};

static bool read_frame(struct importer *importer, struct text_lines *lines, uint64_t stack_line,
                       uint64_t *at_line, struct frame *frame)
{
  static const char *const names[] = {"pc", "func", "file", "line", NULL};
  struct text_line line;
  uint64_t values[4];
  if (!next_line(importer, lines, &line))
    return refuse(importer, stack_line,
                  "the text ends before the last frame of this stack: the file is cut off");
  *at_line = line.number;
  if (!import_line_is_whole(importer->job, &line) ||
      !read_arguments(importer, line.number, without_comment(line.span), names, values))
    return false;
  *frame = (struct frame){.pc = values[0], .function = values[1], .file = values[2]};
  return true;
}

/* The data line behind an event, into scratch. */
static bool read_data(struct importer *importer, struct text_lines *lines, uint64_t event_line,
                      size_t *n)
{
  struct text_line line;
  if (!text_lines_next(lines, &line))
    return refuse(importer, event_line,
                  "the text ends before this event's data: the file is cut off");
  if (!import_line_is_whole(importer->job, &line))
    return false;
  struct text_span data = text_trim(line.span);
  if (!text_starts(data, "data="))
    return refuse(importer, line.number, "expected data=\"...\", found \"%s\"",
                  corpus_quote(data.bytes, data.n).text);
  data.bytes += 5;
  data.n -= 5;
  if (!go_string_unquote(data, importer->scratch, n))
    return refuse(importer, line.number, "not a quoted Go string: %s",
                  corpus_quote(data.bytes, data.n).text);
  if (*n > CORPUS_STRING_BYTES_MAX)
    return refuse(importer, line.number, "a string of %zu bytes; at most %zu are allowed", *n,
                  CORPUS_STRING_BYTES_MAX);
  return true;
}

/* Notes that the definition of a stack or string follows. */
static bool define(struct importer *importer, enum corpus_kind kind, uint64_t id, size_t depth,
                   uint64_t line)
{
  static const char *const names[] = {[CORPUS_STRING] = "string", [CORPUS_STACK] = "stack"};
  if (id == 0)
    return refuse(importer, line, "%s 0 stands for none and cannot be defined", names[kind]);
  uint32_t number = find_entry(importer, kind, id);
  if (number == HASH_INDEX_NONE)
    return refuse(importer, line, "out of memory");
  struct entry *entry = &importer->entries[number];
  if (entry->is_defined)
    return refuse(importer, line, "%s %" PRIu64 " is defined twice in generation %" PRIu64,
                  names[kind], id, importer->generation);
  entry->is_defined = true;
  entry->depth = depth;
  entry->definition = importer->lines;
  return true;
}

static bool read_stack(struct importer *importer, uint64_t line, struct text_span rest)
{
  static const char *const names[] = {"id", "nframes", NULL};
  uint64_t values[2];
  if (!read_arguments(importer, line, rest, names, values))
    return false;
  if (values[1] == 0 || values[1] > CORPUS_STACK_DEPTH_MAX)
    return refuse(importer, line, "a stack of %" PRIu64 " frames; 1 to %zu are allowed", values[1],
                  CORPUS_STACK_DEPTH_MAX);
  if (!define(importer, CORPUS_STACK, values[0], values[1], line))
    return false;
  for (uint64_t i = 0; i < values[1]; i++) {
    struct frame frame;
    uint64_t at_line;
    if (!read_frame(importer, &importer->lines, line, &at_line, &frame))
      return false;
    if (importer->job->frame_names &&
        (!note_put(importer, importer->dump_stream, CORPUS_STRING, frame.function, at_line) ||
         !note_put(importer, importer->dump_stream, CORPUS_STRING, frame.file, at_line)))
      return false;
  }
  return true;
}

static bool read_string(struct importer *importer, uint64_t line, struct text_span rest)
{
  static const char *const names[] = {"id", NULL};
  uint64_t id;
  size_t n;
  return read_arguments(importer, line, rest, names, &id) &&
         define(importer, CORPUS_STRING, id, 0, line) &&
         read_data(importer, &importer->lines, line, &n);
}

/* ---- events ---- */

static bool read_batch(struct importer *importer, uint64_t line, struct text_span rest)
{
  static const char *const names[] = {"gen", "m", "time", "size", NULL};
  uint64_t values[4];
  if (!read_arguments(importer, line, rest, names, values))
    return false;
  if (importer->in_batch && values[0] < importer->generation)
    return refuse(importer, line,
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
  struct argument argument;
  for (;;) {
    enum argument_found found = next_argument(importer, line, &rest, &argument);
    if (found != ARGUMENT)
      return found == NO_ARGUMENT;
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
  struct text_span rest = without_comment(line->span);
  struct text_span name = text_word(&rest);
  if (!import_line_is_whole(importer->job, line))
    return false;
  if (memchr(name.bytes, '=', name.n) != NULL)
    return refuse(importer, line->number, "expected the name of an event, found \"%s\"",
                  corpus_quote(name.bytes, name.n).text);
  if (text_is(name, "EventBatch"))
    return read_batch(importer, line->number, rest);
  if (text_is(name, "ExperimentalBatch")) {
    size_t n;
    return read_data(importer, &importer->lines, line->number, &n);
  }
  if (!importer->in_batch)
    return refuse(importer, line->number, "event %s before the first EventBatch",
                  corpus_quote(name.bytes, name.n).text);
  if (text_is(name, "Stack"))
    return read_stack(importer, line->number, rest);
  if (text_is(name, "String"))
    return read_string(importer, line->number, rest);
  return read_puts(importer, line->number, rest);
}

/* ---- the whole ---- */

/* Moves to the line after `-- trace --` where the text is an archive. */
static bool enter_archive(struct importer *importer)
{
  struct text_lines ahead = importer->lines;
  struct text_line line;
  do {
    if (!text_lines_next(&ahead, &line))
      return corpus_error_of_file(importer->job->error, importer->job->path,
                                  "empty: expected a line \"Trace Go1.22\"");
  } while (text_trim(line.span).n == 0);
  if (!text_starts(line.span, "-- "))
    return true;
  importer->in_archive = true;
  for (;;) {
    if (text_is(text_trim(line.span), "-- trace --")) {
      importer->lines = ahead;
      return true;
    }
    if (!text_lines_next(&ahead, &line))
      return refuse(importer, ahead.number, "the text ends, and no line \"-- trace --\" was met");
  }
}

static bool read_header(struct importer *importer)
{
  static const uint64_t first_version = 22; /* the rewrite of the tracer; before, another form */
  struct text_lines before = importer->lines;
  struct text_line line;
  if (!next_line(importer, &importer->lines, &line))
    return refuse(importer, importer->lines.number, "the text ends before \"Trace Go1.22\"");
  struct text_span rest = without_comment(line.span);
  struct text_span word = text_word(&rest), version = text_word(&rest);
  uint64_t number;
  if (text_is(word, "EventBatch")) { /* go tool trace prints no header */
    importer->lines = before;
    return true;
  }
  if (!text_is(word, "Trace") || !text_starts(version, "Go1."))
    return refuse(importer, line.number, "expected \"Trace Go1.22\" or later, found \"%s\"",
                  corpus_quote(line.span.bytes, line.span.n).text);
  struct text_span minor = {.bytes = version.bytes + 4, .n = version.n - 4};
  if (!text_decimal(minor, &number) || number < first_version || text_trim(rest).n > 0)
    return refuse(importer, line.number,
                  "\"%s\": traces of Go 1.22 and later are read, in the text form of the Go "
                  "project's trace tests",
                  corpus_quote(line.span.bytes, line.span.n).text);
  return import_line_is_whole(importer->job, &line);
}

/* Makes the item of a defined entry; an empty string stays without one. */
static bool resolve_entry(struct importer *importer, struct entry *entry)
{
  struct text_lines lines = entry->definition;
  uint64_t line = lines.number;
  if (entry->kind == CORPUS_STRING) {
    size_t n;
    if (!read_data(importer, &lines, line, &n))
      return false;
    if (n == 0)
      return true;
    entry->item = corpus_builder_string(importer->job->builder, importer->scratch, n);
  } else {
    uint64_t pcs[CORPUS_STACK_DEPTH_MAX];
    for (size_t i = 0; i < entry->depth; i++) {
      struct frame frame;
      uint64_t at_line;
      if (!read_frame(importer, &lines, line, &at_line, &frame))
        return false;
      pcs[i] = frame.pc;
    }
    entry->item = corpus_builder_stack(importer->job->builder, pcs, entry->depth);
  }
  return entry->item != CORPUS_NONE || import_failed(importer->job, line);
}

/* Turns the noted puts into puts of items, in their order. */
static bool resolve_puts(struct importer *importer)
{
  for (size_t i = 0; i < importer->put_count; i++) {
    const struct noted_put *put = &importer->puts[i];
    struct entry *entry = &importer->entries[put->entry];
    if (!entry->is_defined)
      return refuse(importer, put->line,
                    "%s %" PRIu64 " is not defined in generation %" PRIu64
                    "; its tables stand at the generation's end: is the file cut off?",
                    entry->kind == CORPUS_STRING ? "string" : "stack", entry->id,
                    entry->generation);
    if (entry->item == CORPUS_NONE && !resolve_entry(importer, entry))
      return false;
    if (entry->item != CORPUS_NONE &&
        !corpus_builder_put(importer->job->builder, put->stream, entry->item, 1))
      return import_failed(importer->job, put->line);
  }
  return true;
}

static bool read_all(struct importer *importer)
{
  struct text_line line;
  if (!enter_archive(importer) || !read_header(importer))
    return false;
  while (next_line(importer, &importer->lines, &line))
    if (!read_event(importer, &line))
      return false;
  return resolve_puts(importer);
}

static bool import(struct import_job *job)
{
  struct importer importer = {
      .job = job, .lines = text_lines_of(job->bytes, job->n), .scratch = malloc(job->n + 1)};
  bool imported =
      importer.scratch != NULL ? read_all(&importer) : refuse(&importer, 1, "out of memory");
  hash_index_fini(&importer.entry_index);
  free(importer.entries);
  free(importer.puts);
  free(importer.scratch);
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
