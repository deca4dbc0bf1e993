/* import_perf_script.c: what `perf script` prints of a recording with call graphs.
 *
 *   comm 1234/1235 [001] 632.949436: 250000 cpu-clock:
 *           ffffffff82255667 clear_page_erms+0x7 ([kernel.kallsyms])
 *                      1ab73 _start+0x3 (/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2)
 *   (empty line)
 *
 * Each sample stands for three puts by its thread, as a tracer makes them of it: the stack, the
 * command name (comm), the name of the event. A sample without a stack puts only the two strings.
 * A stack's key is the addresses as printed, the innermost frame first; perf prints those of user
 * space relative to their file. Inlined frames have no address of their own, so they are no part of
 * the key. A stack of more than 128 frames is cut to the innermost 128, as the tracer does.
 *
 * With frame_names, the symbols of each stack are puts too, when the stack is seen for the first
 * time, in a stream called "dump": [unknown] ones are not.
 *
 * Read are the default fields, with or without the CPU, the process id and the period; any form of
 * the time that is digits with one point. Lines that begin with # are comments.
 */
#include "corpus/import_table.h"

#include "corpus/text_lines.h"

#include <string.h>

struct header {
  struct text_span comm, event;
  uint64_t thread;
  struct text_span rest; /* what follows the event: nothing, one frame, or a tracepoint's text */
};

struct frame {
  uint64_t pc;
  struct text_span symbol; /* n is 0: not known */
  bool is_inlined;
};

struct importer {
  struct import_job *job;
  uint32_t dump_stream;
  struct header header;
  uint64_t pcs[CORPUS_STACK_DEPTH_MAX];
  struct text_span symbols[CORPUS_STACK_DEPTH_MAX];
  size_t depth;     /* may be more than is kept */
  bool in_sample;   /* a header was read, and neither an empty line nor another one since */
  uint64_t at_line; /* of the header */
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

/* The symbol of "_start+0x3 (/usr/lib/ld.so)"; offset and file may be missing. Symbols hold spaces
 * and brackets, and so do names of files: the offset is the surest mark. */
static struct text_span parse_symbol(struct text_span text)
{
  for (size_t i = 0; i + 3 < text.n; i++) {
    if (memcmp(text.bytes + i, "+0x", 3) != 0)
      continue;
    size_t end = i + 3;
    while (end < text.n && end - i < 3 + 16 && text.bytes[end] != ' ')
      end++;
    struct text_span digits = {.bytes = text.bytes + i + 3, .n = end - i - 3};
    uint64_t offset;
    if (text_hexadecimal(digits, &offset) &&
        (end == text.n || text_starts((struct text_span){text.bytes + end, text.n - end}, " (")))
      return (struct text_span){.bytes = text.bytes, .n = i};
  }
  if (text_ends(text, ")"))
    for (size_t i = text.n; i-- > 0;)
      if (text.bytes[i] == '(' && (i == 0 || text.bytes[i - 1] == ' ')) {
        text.n = i;
        break;
      }
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
  struct text_span symbol = parse_symbol(rest);
  if (!text_is(symbol, "[unknown]"))
    frame->symbol = symbol;
  return true;
}

/* ---- samples ---- */

static void take_frame(struct importer *importer, const struct frame *frame)
{
  if (frame->is_inlined)
    return;
  if (importer->depth < CORPUS_STACK_DEPTH_MAX) {
    importer->pcs[importer->depth] = frame->pc;
    importer->symbols[importer->depth] = frame->symbol;
  }
  importer->depth++;
}

static bool put_symbols(struct importer *importer, size_t depth)
{
  struct corpus_builder *builder = importer->job->builder;
  for (size_t i = 0; i < depth; i++) {
    struct text_span symbol = importer->symbols[i];
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
  size_t items_before = corpus_builder_item_count(builder);
  uint32_t item = corpus_builder_stack(builder, importer->pcs, depth);
  if (!corpus_builder_put(builder, stream, item, 1))
    return import_failed(importer->job, importer->at_line);
  bool is_new = corpus_builder_item_count(builder) > items_before;
  return !importer->job->frame_names || !is_new || put_symbols(importer, depth);
}

static bool end_sample(struct importer *importer)
{
  if (!importer->in_sample)
    return true;
  struct corpus_builder *builder = importer->job->builder;
  const struct header *header = &importer->header;
  uint32_t stream = corpus_builder_stream(builder, "tid", header->thread);
  importer->in_sample = false;
  if (!put_stack(importer, stream))
    return false;
  uint32_t comm = corpus_builder_string(builder, header->comm.bytes, header->comm.n);
  uint32_t event = corpus_builder_string(builder, header->event.bytes, header->event.n);
  return (corpus_builder_put(builder, stream, comm, 1) &&
          corpus_builder_put(builder, stream, event, 1)) ||
         import_failed(importer->job, importer->at_line);
}

static bool begin_sample(struct importer *importer, const struct header *header, uint64_t line)
{
  if (!end_sample(importer))
    return false;
  importer->header = *header;
  importer->depth = 0;
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
  if (text_trim(line->span).n == 0)
    return end_sample(importer);
  if (!import_line_is_whole(importer->job, line))
    return false;
  if (line->span.bytes[0] == '#' && !importer->in_sample)
    return true;
  if (parse_header(line->span, &header))
    return begin_sample(importer, &header, line->number);
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

static bool import(struct import_job *job)
{
  struct importer importer = {.job = job,
                              .dump_stream = corpus_builder_stream(job->builder, "dump", 0)};
  struct text_lines lines = text_lines_of(job->bytes, job->n);
  struct text_line line;
  while (text_lines_next(&lines, &line))
    if (!read_line(&importer, &line))
      return false;
  if (importer.in_sample)
    return corpus_error_at_line(job->error, job->path, lines.number,
                                "the text ends inside the sample of line %llu: the file is cut "
                                "off; end it with the empty line that ends a sample",
                                (unsigned long long)importer.at_line);
  return true;
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
