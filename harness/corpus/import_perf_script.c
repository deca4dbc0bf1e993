/* import_perf_script.c: what `perf script` prints of a recording with call graphs.
 *
 *   comm 1234/1235 [001] 632.949436: 250000 cpu-clock:
 *           ffffffff82255667 clear_page_erms+0x7 ([kernel.kallsyms])
 *                      1ab73 _start+0x3 (/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2)
 *   (empty line)
 *
 * Each sample stands for two puts by its thread, as a tracer makes them of it: the stack, the name
 * of the event. A thread's first sample, and one with another command name (comm) than the sample
 * before, put that name too, between the two: a tracer writes it when the thread appears, not with
 * every event. A sample without a stack puts only the strings.
 * A stack's key is the addresses as printed, the innermost frame first; perf prints those of user
 * space relative to their file. Inlined frames have no address of their own, so they are no part of
 * the key. A stack of more than 128 frames is cut to the innermost 128, as the tracer does.
 *
 * The symbol is a frame's function, the object in brackets its file, and no line is known; where
 * perf printed the source under the frame (fields +srcline), file and line are those of it: 1ab73
 * parse+0x3 (/usr/bin/parser) parser.c:17 Frames of [unknown] symbols stay without. As addresses
 * are relative to their file, two files may share one: the corpus keeps what was said of it first.
 *
 * With frame_names, the symbols of each stack are puts too, when the stack is seen for the first
 * time, in a stream called "dump": [unknown] ones are not.
 *
 * Read are the default fields, with or without the CPU, the process id and the period; any form of
 * the time that is digits with one point. Lines that begin with # are comments.
 */
#include "corpus/import_table.h"

#include "corpus/array.h"
#include "corpus/text_lines.h"

#include <stdlib.h>
#include <string.h>

struct header {
  struct text_span comm, event;
  uint64_t thread;
  struct text_span rest; /* what follows the event: nothing, one frame, or a tracepoint's text */
};

struct frame {
  uint64_t pc;
  struct text_span symbol, file; /* n is 0: not known */
  uint32_t line;                 /* 0: not known */
  bool is_inlined;
};

struct importer {
  struct import_job *job;
  uint32_t *comms; /* the item that each stream put last, by the number of the stream */
  size_t comm_count, comm_capacity;
  uint32_t dump_stream;
  struct header header;
  struct frame frames[CORPUS_STACK_DEPTH_MAX];
  size_t depth;        /* may be more than is kept */
  struct frame *above; /* the frame that a line of source is about; NULL: one that is not kept */
  bool in_sample;      /* a header was read, and neither an empty line nor another one since */
  uint64_t at_line;    /* of the header */
};

/* ---- lines ---- */

/* "632.949436:" */
static bool is_time(struct text_span word)
{
  size_t points = 0;
  if (word.n < 4 || word.bytes[word.n - 1] != ':' || word.bytes[0] == '.' ||
      word.bytes[word.n - 2] == '.')
    return false;
  for (size_t i = 0; i < word.n - 1; i++) {
    if (word.bytes[i] == '.')
      points++;
    else if (word.bytes[i] < '0' || word.bytes[i] > '9')
      return false;
  }
  return points == 1;
}

/* "1234" or "1234/1235": the thread is the last number. */
static bool parse_thread(struct text_span word, uint64_t *thread)
{
  const char *slash = memchr(word.bytes, '/', word.n);
  if (slash == NULL)
    return text_decimal(word, thread);
  size_t n = (size_t)(slash - word.bytes);
  struct text_span tid = {.bytes = slash + 1, .n = word.n - n - 1};
  uint64_t pid;
  return text_decimal((struct text_span){.bytes = word.bytes, .n = n}, &pid) &&
         text_decimal(tid, thread);
}

/* Cuts the last word off *span. */
static struct text_span last_word(struct text_span *span)
{
  *span = text_trim(*span);
  size_t at = span->n;
  while (at > 0 && span->bytes[at - 1] != ' ' && span->bytes[at - 1] != '\t')
    at--;
  struct text_span word = {.bytes = span->bytes + at, .n = span->n - at};
  span->n = at;
  *span = text_trim(*span);
  return word;
}

/* What stands before the time: comm (with any spaces), thread, perhaps the CPU in brackets. */
static bool parse_task(struct text_span before, struct header *header)
{
  struct text_span word = last_word(&before);
  if (text_starts(word, "[") && text_ends(word, "]"))
    word = last_word(&before);
  header->comm = before;
  return parse_thread(word, &header->thread) && before.n > 0 && before.n <= CORPUS_STRING_BYTES_MAX;
}

/* What stands behind the time: perhaps the period, the event up to ": " or a last colon. */
static bool parse_event(struct text_span after, struct header *header)
{
  struct text_span rest = after;
  uint64_t period;
  if (text_decimal(text_word(&rest), &period))
    after = rest;
  after = text_trim(after);
  for (size_t i = 0; i < after.n; i++) {
    bool at_end = i + 1 == after.n;
    if (after.bytes[i] != ':' ||
        (!at_end && after.bytes[i + 1] != ' ' && after.bytes[i + 1] != '\t'))
      continue;
    header->event = (struct text_span){.bytes = after.bytes, .n = i};
    header->rest =
        text_trim((struct text_span){.bytes = after.bytes + i + 1, .n = after.n - i - 1});
    return i > 0 && i <= CORPUS_STRING_BYTES_MAX;
  }
  return false;
}

static bool parse_header(struct text_span line, struct header *header)
{
  struct text_span rest = line;
  for (;;) {
    struct text_span word = text_word(&rest);
    if (word.n == 0)
      return false;
    if (!is_time(word))
      continue;
    struct text_span before = {.bytes = line.bytes, .n = (size_t)(word.bytes - line.bytes)};
    return parse_task(before, header) && parse_event(rest, header);
  }
}

/* Sets the file of "... (/usr/lib/ld.so)" and returns what stands before it. The name of a file may
 * hold brackets and spaces too. */
static struct text_span parse_file(struct text_span text, size_t bracket, struct text_span *file)
{
  *file = (struct text_span){.bytes = text.bytes + bracket + 1, .n = text.n - bracket - 2};
  if (text_is(*file, "[unknown]"))
    file->n = 0;
  return text_trim((struct text_span){.bytes = text.bytes, .n = bracket});
}

/* The symbol of "_start+0x3 (/usr/lib/ld.so)"; offset and file may be missing. Symbols hold spaces
 * and brackets, and so do names of files: the offset is the surest mark. */
static struct text_span parse_symbol(struct text_span text, struct text_span *file)
{
  for (size_t i = 0; i + 3 < text.n; i++) {
    if (memcmp(text.bytes + i, "+0x", 3) != 0)
      continue;
    size_t end = i + 3;
    while (end < text.n && end - i < 3 + 16 && text.bytes[end] != ' ')
      end++;
    struct text_span digits = {.bytes = text.bytes + i + 3, .n = end - i - 3};
    struct text_span rest = {.bytes = text.bytes + end, .n = text.n - end};
    uint64_t offset;
    if (!text_hexadecimal(digits, &offset) || (rest.n > 0 && !text_starts(rest, " (")))
      continue;
    if (rest.n > 2 && text_ends(rest, ")"))
      parse_file(text, end + 1, file);
    return (struct text_span){.bytes = text.bytes, .n = i};
  }
  if (text_ends(text, ")"))
    for (size_t i = text.n; i-- > 0;)
      if (text.bytes[i] == '(' && (i == 0 || text.bytes[i - 1] == ' '))
        return parse_file(text, i, file);
  return text_trim(text);
}

/* "  1ab73 _start+0x3 (/usr/lib/ld.so)"; symbol and file may be missing. */
static bool parse_frame(struct text_span line, struct frame *frame)
{
  struct text_span rest = line;
  struct text_span address = text_word(&rest);
  *frame = (struct frame){0};
  if (!text_hexadecimal(address, &frame->pc))
    return false;
  rest = text_trim(rest);
  frame->is_inlined = text_ends(rest, "(inlined)");
  struct text_span symbol = parse_symbol(rest, &frame->file);
  if (!text_is(symbol, "[unknown]"))
    frame->symbol = symbol;
  return true;
}

/* "  parser.c:17", and where perf does not know it "  ??:0" or "  libc.so.6[1ab73]", which set
 * nothing. Frames begin with a tab, so this is no frame. */
static bool parse_source(struct text_span line, struct text_span *file, uint32_t *number)
{
  struct text_span source = text_trim(line);
  uint64_t value;
  if (!text_starts(line, "  "))
    return false;
  *file = (struct text_span){0};
  *number = 0;
  if (text_is(source, "??:0"))
    return true;
  const char *bracket = memrchr(source.bytes, '[', source.n);
  const char *colon = memrchr(source.bytes, ':', source.n);
  if (text_ends(source, "]") && bracket != NULL && bracket > source.bytes) {
    size_t at = (size_t)(bracket + 1 - source.bytes);
    return text_hexadecimal((struct text_span){.bytes = source.bytes + at, .n = source.n - at - 1},
                            &value);
  }
  if (colon == NULL || colon == source.bytes)
    return false;
  size_t at = (size_t)(colon + 1 - source.bytes);
  if (!text_decimal((struct text_span){.bytes = source.bytes + at, .n = source.n - at}, &value) ||
      value > UINT32_MAX)
    return false;
  *file = (struct text_span){.bytes = source.bytes, .n = at - 1};
  *number = (uint32_t)value;
  return true;
}

/* ---- samples ---- */

static void take_frame(struct importer *importer, const struct frame *frame)
{
  importer->above = NULL;
  if (frame->is_inlined)
    return;
  if (importer->depth < CORPUS_STACK_DEPTH_MAX) {
    importer->above = &importer->frames[importer->depth];
    *importer->above = *frame;
  }
  importer->depth++;
}

static void take_source(struct importer *importer, struct text_span file, uint32_t line)
{
  if (importer->above == NULL || file.n == 0)
    return;
  importer->above->file = file;
  importer->above->line = line;
}

/* Says of the frame's program counter what is known of it. */
static bool name_frame(struct importer *importer, const struct frame *frame)
{
  struct corpus_builder *builder = importer->job->builder;
  if (frame->symbol.n == 0)
    return true;
  uint32_t function = corpus_builder_name(builder, frame->symbol.bytes, frame->symbol.n);
  uint32_t file = frame->file.n > 0 ? corpus_builder_name(builder, frame->file.bytes, frame->file.n)
                                    : CORPUS_NONE;
  return corpus_builder_frame(builder, frame->pc, function, file, frame->line);
}

static bool put_symbols(struct importer *importer, size_t depth)
{
  struct corpus_builder *builder = importer->job->builder;
  for (size_t i = 0; i < depth; i++) {
    struct text_span symbol = importer->frames[i].symbol;
    if (symbol.n == 0)
      continue;
    uint32_t item = corpus_builder_string(builder, symbol.bytes, symbol.n);
    if (!corpus_builder_put(builder, importer->dump_stream, item, 1))
      return import_failed(importer->job, importer->at_line);
  }
  return true;
}

static bool put_stack(struct importer *importer, uint32_t stream)
{
  struct corpus_builder *builder = importer->job->builder;
  size_t depth = importer->depth;
  if (depth == 0)
    return true;
  if (depth > CORPUS_STACK_DEPTH_MAX) {
    depth = CORPUS_STACK_DEPTH_MAX;
    importer->job->stacks_cut++;
  }
  uint64_t pcs[CORPUS_STACK_DEPTH_MAX];
  for (size_t i = 0; i < depth; i++) {
    pcs[i] = importer->frames[i].pc;
    if (!name_frame(importer, &importer->frames[i]))
      return import_failed(importer->job, importer->at_line);
  }
  size_t items_before = corpus_builder_item_count(builder);
  uint32_t item = corpus_builder_stack(builder, pcs, depth);
  if (!corpus_builder_put(builder, stream, item, 1))
    return import_failed(importer->job, importer->at_line);
  bool is_new = corpus_builder_item_count(builder) > items_before;
  return !importer->job->frame_names || !is_new || put_symbols(importer, depth);
}

/* Puts the name of the thread unless it is the one that the stream put last. */
static bool put_comm(struct importer *importer, uint32_t stream)
{
  struct corpus_builder *builder = importer->job->builder;
  const struct text_span *comm = &importer->header.comm;
  uint32_t item = corpus_builder_string(builder, comm->bytes, comm->n);
  if (stream == CORPUS_NONE || item == CORPUS_NONE)
    return import_failed(importer->job, importer->at_line);
  uint32_t *comms =
      array_reserve(importer->comms, &importer->comm_capacity, (size_t)stream + 1, sizeof *comms);
  if (comms == NULL)
    return corpus_error_at_line(importer->job->error, importer->job->path, importer->at_line,
                                "out of memory");
  importer->comms = comms;
  while (importer->comm_count <= stream)
    comms[importer->comm_count++] = CORPUS_NONE;
  if (comms[stream] == item)
    return true;
  comms[stream] = item;
  return corpus_builder_put(builder, stream, item, 1) ||
         import_failed(importer->job, importer->at_line);
}

static bool end_sample(struct importer *importer)
{
  if (!importer->in_sample)
    return true;
  struct corpus_builder *builder = importer->job->builder;
  const struct header *header = &importer->header;
  uint32_t stream = corpus_builder_stream(builder, "tid", header->thread);
  importer->in_sample = false;
  if (!put_stack(importer, stream) || !put_comm(importer, stream))
    return false;
  uint32_t event = corpus_builder_string(builder, header->event.bytes, header->event.n);
  return corpus_builder_put(builder, stream, event, 1) ||
         import_failed(importer->job, importer->at_line);
}

static bool begin_sample(struct importer *importer, const struct header *header, uint64_t line)
{
  if (!end_sample(importer))
    return false;
  importer->header = *header;
  importer->depth = 0;
  importer->above = NULL;
  importer->at_line = line;
  importer->in_sample = true;
  struct frame frame; /* without call graphs, the one frame stands in the header's line */
  if (text_ends(header->rest, ")") && parse_frame(header->rest, &frame)) {
    take_frame(importer, &frame);
    return end_sample(importer);
  }
  return true;
}

static bool read_line(struct importer *importer, const struct text_line *line)
{
  struct header header;
  struct frame frame;
  struct text_span file;
  uint32_t number;
  if (text_trim(line->span).n == 0)
    return end_sample(importer);
  if (!import_line_is_whole(importer->job, line))
    return false;
  if (line->span.bytes[0] == '#' && !importer->in_sample)
    return true;
  if (parse_header(line->span, &header))
    return begin_sample(importer, &header, line->number);
  if (importer->depth > 0 && importer->in_sample && parse_source(line->span, &file, &number)) {
    take_source(importer, file, number);
    return true;
  }
  if (importer->in_sample && parse_frame(line->span, &frame)) {
    take_frame(importer, &frame);
    return true;
  }
  return corpus_error_at_line(
      importer->job->error, importer->job->path, line->number,
      "expected %s, found \"%s\"; print the recording with plain `perf script`",
      importer->in_sample ? "a frame (a hexadecimal address, a symbol) or an empty line"
                          : "a sample (comm, thread, time, event)",
      corpus_quote(line->span.bytes, line->span.n).text);
}

static bool read_all(struct importer *importer)
{
  const struct import_job *job = importer->job;
  struct text_lines lines = text_lines_of(job->bytes, job->n);
  struct text_line line;
  while (text_lines_next(&lines, &line))
    if (!read_line(importer, &line))
      return false;
  if (importer->in_sample)
    return corpus_error_at_line(job->error, job->path, lines.number,
                                "the text ends inside the sample of line %llu: the file is cut "
                                "off; end it with the empty line that ends a sample",
                                (unsigned long long)importer->at_line);
  return true;
}

static bool import(struct import_job *job)
{
  struct importer importer = {.job = job,
                              .dump_stream = corpus_builder_stream(job->builder, "dump", 0)};
  bool read = read_all(&importer);
  free(importer.comms);
  return read;
}

static bool detect(const char *bytes, size_t n)
{
  struct text_lines lines = text_lines_of(bytes, n);
  struct text_line line;
  struct header header;
  while (text_lines_next(&lines, &line))
    if (text_trim(line.span).n > 0 && line.span.bytes[0] != '#')
      return parse_header(line.span, &header);
  return false;
}

const struct corpus_importer import_perf_script = {
    .name = "perf_script",
    .summary = "what `perf script` prints of a recording with call graphs",
    .has_frame_names = true,
    .detect = detect,
    .import = import,
};
