/* import_folded.c: folded stacks, the input of flame graphs: `main;parse;read 17`.
 *
 * Frames are separated by semicolons, the outermost first; the number after the last space says how
 * often the stack was seen. The format has no addresses, so the program counter of a frame is the
 * XXH3 (64 bits, seed 0) of its name: the same name is the same counter everywhere. The name is the
 * counter's function; file and line are not known. A line stands
 * for that many puts of its stack, one after the other, in one stream: the true order is lost in
 * this format, so the corpus repeats more closely than the program did. Empty lines are skipped.
 *
 * A line is a few bytes and may ask for any number of puts, so a count is limited. */
#include "corpus/import_table.h"

#include "corpus/text_lines.h"

#include <inttypes.h>
#include <string.h>
#include <xxhash.h>

#define COUNT_MAX 1000000

/* Splits a line into its frames and its count. */
static bool split(struct text_span line, struct text_span *frames, uint64_t *count)
{
  line = text_trim(line);
  size_t at = line.n;
  while (at > 0 && line.bytes[at - 1] != ' ' && line.bytes[at - 1] != '\t')
    at--;
  *frames = text_trim((struct text_span){.bytes = line.bytes, .n = at});
  struct text_span number = {.bytes = line.bytes + at, .n = line.n - at};
  return frames->n > 0 && text_decimal(number, count);
}

/* The stack's counters and their names, the innermost first; the number of frames before cutting,
 * 0: an empty frame. */
static size_t parse_frames(struct text_span frames, uint64_t pcs[CORPUS_STACK_DEPTH_MAX],
                           struct text_span names[CORPUS_STACK_DEPTH_MAX])
{
  size_t depth = 0;
  size_t end = frames.n;
  for (;;) {
    const char *separator = memrchr(frames.bytes, ';', end);
    size_t start = separator != NULL ? (size_t)(separator + 1 - frames.bytes) : 0;
    if (start == end)
      return 0;
    if (depth < CORPUS_STACK_DEPTH_MAX) {
      names[depth] = (struct text_span){.bytes = frames.bytes + start, .n = end - start};
      pcs[depth] = XXH3_64bits(names[depth].bytes, names[depth].n);
    }
    depth++;
    if (start == 0)
      return depth;
    end = start - 1;
  }
}

static bool name_frames(struct corpus_builder *builder, const uint64_t *pcs,
                        const struct text_span *names, size_t depth)
{
  for (size_t i = 0; i < depth; i++) {
    uint32_t name = corpus_builder_name(builder, names[i].bytes, names[i].n);
    if (!corpus_builder_frame(builder, pcs[i], name, CORPUS_NONE, 0))
      return false;
  }
  return true;
}

static bool import(struct import_job *job)
{
  uint32_t stream = corpus_builder_stream(job->builder, "folded", 0);
  struct text_lines lines = text_lines_of(job->bytes, job->n);
  struct text_line line;
  while (text_lines_next(&lines, &line)) {
    if (text_trim(line.span).n == 0)
      continue;
    struct text_span frames;
    uint64_t count;
    if (!import_line_is_whole(job, &line))
      return false;
    if (!split(line.span, &frames, &count))
      return corpus_error_at_line(job->error, job->path, line.number,
                                  "expected \"frame;frame;... COUNT\" with a whole number at the "
                                  "end, found \"%s\"",
                                  corpus_quote(line.span.bytes, line.span.n).text);
    if (count > COUNT_MAX)
      return corpus_error_at_line(job->error, job->path, line.number,
                                  "a count of %" PRIu64 "; at most %d are allowed; divide all "
                                  "counts by the same number",
                                  count, COUNT_MAX);
    uint64_t pcs[CORPUS_STACK_DEPTH_MAX];
    struct text_span names[CORPUS_STACK_DEPTH_MAX];
    size_t depth = parse_frames(frames, pcs, names);
    if (depth == 0)
      return corpus_error_at_line(job->error, job->path, line.number,
                                  "a frame without a name in \"%s\"; write a name between the "
                                  "semicolons",
                                  corpus_quote(frames.bytes, frames.n).text);
    if (count == 0)
      continue;
    if (depth > CORPUS_STACK_DEPTH_MAX) {
      depth = CORPUS_STACK_DEPTH_MAX;
      job->stacks_cut++;
    }
    uint32_t item = corpus_builder_stack(job->builder, pcs, depth);
    if (!name_frames(job->builder, pcs, names, depth) ||
        !corpus_builder_put(job->builder, stream, item, count))
      return import_failed(job, line.number);
  }
  return true;
}

static bool detect(const char *bytes, size_t n)
{
  struct text_lines lines = text_lines_of(bytes, n);
  struct text_line line;
  while (text_lines_next(&lines, &line)) {
    if (text_trim(line.span).n == 0)
      continue;
    struct text_span frames;
    uint64_t count;
    return split(line.span, &frames, &count) && memchr(frames.bytes, ';', frames.n) != NULL;
  }
  return false;
}

const struct corpus_importer import_folded = {
    .name = "folded",
    .summary = "folded stacks, the input of flame graphs",
    .detect = detect,
    .import = import,
};
