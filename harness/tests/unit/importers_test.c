/* importers_test.c: the importers, on the samples in tests/corpora and on damaged texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "corpus/file_bytes.h"
#include "corpus/importer.h"

/* ---- helpers ---- */

struct outcome {
  char *puts;    /* a line a put; NULL: refused */
  char *symbols; /* a line a frame; NULL: refused, or no put */
  size_t conflicts;
  char refusal[sizeof(struct corpus_error)];
  uint64_t stacks_cut;
};

static void print_text(FILE *out, const void *text, size_t n)
{
  const unsigned char *bytes = text;
  fputc('"', out);
  for (size_t i = 0; i < n; i++) {
    unsigned char byte = bytes[i];
    if (byte == '"' || byte == '\\')
      fprintf(out, "\\%c", byte);
    else if (byte >= 0x20 && byte < 0x7f)
      fputc(byte, out);
    else
      fprintf(out, "\\x%02x", byte);
  }
  fputc('"', out);
}

static void print_item(FILE *out, const struct corpus_item *item)
{
  if (item->kind == CORPUS_STRING)
    print_text(out, item->bytes, item->length);
  else
    for (size_t at = 0; at < item->length; at += 8)
      fprintf(out, "%s%" PRIx64, at == 0 ? "" : ";", corpus_pc(item->bytes + at));
}

static char *print_symbols(const struct corpus *corpus)
{
  char *text = NULL;
  size_t n;
  FILE *out = open_memstream(&text, &n);
  assert_non_null(out);
  for (size_t i = 0; i < corpus->frame_count; i++) {
    const struct corpus_frame *frame = &corpus->frames[i];
    fprintf(out, "%" PRIx64 " ", frame->pc);
    print_text(out, frame->function, frame->function_length);
    fputc(' ', out);
    print_text(out, frame->file, frame->file_length);
    fprintf(out, " %" PRIu32 "\n", frame->line);
  }
  fclose(out);
  return text;
}

static void outcome_fini(struct outcome *outcome)
{
  free(outcome->puts);
  free(outcome->symbols);
}

static char *print_corpus(const struct corpus *corpus)
{
  char *text = NULL;
  size_t n;
  FILE *out = open_memstream(&text, &n);
  assert_non_null(out);
  for (size_t i = 0; i < corpus->stream_count; i++)
    for (size_t j = 0; j < corpus->streams[i].put_count; j++) {
      const struct corpus_item *item = &corpus->items[corpus->streams[i].puts[j]];
      fprintf(out, "%s/%" PRIu64 " %s ", corpus->streams[i].name, corpus->streams[i].thread,
              item->kind == CORPUS_STACK ? "stack" : "string");
      print_item(out, item);
      fputc('\n', out);
    }
  fclose(out);
  return text;
}

/* Imports from a copy that is exact to the byte, so that AddressSanitizer sees a read past it. */
static struct outcome import(const char *format, const char *text, size_t n, bool frame_names)
{
  const struct corpus_importer *importer = corpus_importer_find(format);
  assert_non_null(importer);
  char *copy = malloc(n > 0 ? n : 1);
  assert_non_null(copy);
  memcpy(copy, text, n);
  struct corpus_builder *builder = corpus_builder_create(100000);
  assert_non_null(builder);
  struct corpus_error error = {""};
  struct import_job job = {.path = "input",
                           .bytes = copy,
                           .n = n,
                           .frame_names = frame_names,
                           .builder = builder,
                           .error = &error};
  struct outcome outcome = {0};
  if (importer->import(&job)) {
    struct corpus *corpus = corpus_builder_finish(builder);
    if (corpus == NULL) {
      outcome.puts = strdup(""); /* no put */
    } else {
      outcome.puts = print_corpus(corpus);
      outcome.symbols = print_symbols(corpus);
    }
    corpus_destroy(corpus);
  }
  memcpy(outcome.refusal, error.text, sizeof outcome.refusal);
  outcome.stacks_cut = job.stacks_cut;
  outcome.conflicts = corpus_builder_frame_conflicts(builder);
  corpus_builder_destroy(builder);
  free(copy);
  return outcome;
}

static void expect_puts(const char *format, const char *text, size_t n, bool frame_names,
                        const char *puts)
{
  struct outcome outcome = import(format, text, n, frame_names);
  if (outcome.puts == NULL)
    fail_msg("%s refused: %s", format, outcome.refusal);
  assert_string_equal(outcome.puts, puts);
  outcome_fini(&outcome);
}

static void expect_symbols(const char *format, const char *text, size_t n, size_t conflicts,
                           const char *symbols)
{
  struct outcome outcome = import(format, text, n, false);
  if (outcome.puts == NULL)
    fail_msg("%s refused: %s", format, outcome.refusal);
  assert_non_null(outcome.symbols);
  assert_string_equal(outcome.symbols, symbols);
  assert_int_equal(outcome.conflicts, conflicts);
  outcome_fini(&outcome);
}

static void expect_refusal(const char *format, const char *text, size_t n, const char *refusal)
{
  struct outcome outcome = import(format, text, n, false);
  if (outcome.puts != NULL)
    fail_msg("%s read \"%.60s\", and should have said: %s", format, text, refusal);
  if (strstr(outcome.refusal, refusal) == NULL)
    fail_msg("%s said \"%s\", and should have said: %s", format, outcome.refusal, refusal);
}

static struct file_bytes sample(const char *name)
{
  const char *source = getenv("TMB_SOURCE_DIR");
  char path[4096];
  struct file_bytes file;
  struct corpus_error error;
  snprintf(path, sizeof path, "%s/harness/tests/corpora/%s", source ? source : ".", name);
  if (!file_bytes_read(path, 1 << 20, &file, &error))
    fail_msg("%s", error.text);
  return file;
}

/* What is expected, as a string. */
static char *expected(const char *name)
{
  struct file_bytes file = sample(name);
  char *text = realloc(file.bytes, file.n + 1);
  assert_non_null(text);
  text[file.n] = '\0';
  return text;
}

/* The text with CR LF at the end of each line. */
static struct file_bytes with_crlf(const struct file_bytes *file)
{
  struct file_bytes crlf = {.bytes = malloc(2 * file->n)};
  assert_non_null(crlf.bytes);
  for (size_t i = 0; i < file->n; i++) {
    if (file->bytes[i] == '\n')
      crlf.bytes[crlf.n++] = '\r';
    crlf.bytes[crlf.n++] = file->bytes[i];
  }
  return crlf;
}

/* ---- whole samples ---- */

static const struct {
  const char *format, *text, *puts;
  bool frame_names;
  const char *symbols;
  size_t conflicts; /* frames named again and otherwise */
} samples[] = {
    {"go_trace", "go_trace.txt", "go_trace.expected", false, "go_trace.symbols", 1},
    {"go_trace", "go_trace.txt", "go_trace_frames.expected", true, "go_trace.symbols", 1},
    {"perf_script", "perf_script.txt", "perf_script.expected", false, "perf_script.symbols", 0},
    {"perf_script", "perf_script.txt", "perf_script_frames.expected", true, "perf_script.symbols",
     0},
    {"perf_script", "perf_script_lines.txt", "perf_script_lines.expected", false,
     "perf_script_lines.symbols", 1},
    {"folded", "folded.txt", "folded.expected", false, "folded.symbols", 0},
};

#define SAMPLES (sizeof samples / sizeof *samples)

static void test_samples(void **state)
{
  (void)state;
  for (size_t i = 0; i < SAMPLES; i++) {
    struct file_bytes text = sample(samples[i].text), crlf = with_crlf(&text);
    char *puts = expected(samples[i].puts);
    expect_puts(samples[i].format, text.bytes, text.n, samples[i].frame_names, puts);
    expect_puts(samples[i].format, crlf.bytes, crlf.n, samples[i].frame_names, puts);
    free(puts);
    file_bytes_fini(&text);
    file_bytes_fini(&crlf);
  }
}

static void test_symbols_of_samples(void **state)
{
  (void)state;
  for (size_t i = 0; i < SAMPLES; i++) {
    struct file_bytes text = sample(samples[i].text), crlf = with_crlf(&text);
    char *symbols = expected(samples[i].symbols);
    expect_symbols(samples[i].format, text.bytes, text.n, samples[i].conflicts, symbols);
    expect_symbols(samples[i].format, crlf.bytes, crlf.n, samples[i].conflicts, symbols);
    free(symbols);
    file_bytes_fini(&text);
    file_bytes_fini(&crlf);
  }
}

/* A cut text is refused, or what it lost is a whole record at the end. */
static void test_cut_samples(void **state)
{
  (void)state;
  for (size_t i = 0; i < SAMPLES; i++) {
    struct file_bytes text = sample(samples[i].text);
    char *puts = expected(samples[i].puts);
    size_t read = 0;
    for (size_t n = 0; n < text.n; n++) {
      struct outcome outcome = import(samples[i].format, text.bytes, n, samples[i].frame_names);
      if (outcome.puts == NULL) {
        if (strncmp(outcome.refusal, "input:", 6) != 0)
          fail_msg("%s cut to %zu bytes: \"%s\"", samples[i].text, n, outcome.refusal);
        continue;
      }
      read++;
      /* folded and perf_script: only after a whole line; all: no put that the whole has not */
      assert_true(n == 0 || text.bytes[n - 1] == '\n' || text.bytes[n - 1] == ' ' ||
                  text.bytes[n - 1] == '\t' || strcmp(samples[i].format, "go_trace") == 0);
      char *line = outcome.puts;
      for (char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        *end = '\0';
        assert_non_null(strstr(puts, line));
      }
      outcome_fini(&outcome);
    }
    assert_true(read < text.n);
    free(puts);
    file_bytes_fini(&text);
  }
}

static void test_damaged_samples(void **state)
{
  (void)state;
  static const struct {
    const char *format, *text, *refusal;
  } cases[] = {
      {"go_trace", "bad_go_trace_no_tables.txt",
       "input:27: the text ends before this event's data"},
      {"go_trace", "bad_go_trace_cut_in_stack.txt",
       "input:16: the text ends before the last frame"},
      {"go_trace", "bad_go_trace_dangling.txt",
       "input:10: stack 99 is not defined in generation 1"},
      {"perf_script", "bad_perf_script_cut.txt", "the text ends inside the sample of line 5"},
      {"folded", "bad_folded_no_count.txt", "input:2: expected \"frame;frame;... COUNT\""},
      {"folded", "bad_folded_huge_count.txt", "input:2: a count of 1000000000000000000"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct file_bytes text = sample(cases[i].text);
    expect_refusal(cases[i].format, text.bytes, text.n, cases[i].refusal);
    file_bytes_fini(&text);
  }
}

/* ---- short texts ---- */

#define TEXT(text) text, sizeof(text) - 1
#define GO "Trace Go1.22\nEventBatch gen=1 m=1 time=1 size=1\n"

static void test_short_refusals(void **state)
{
  (void)state;
  static const struct {
    const char *format, *text;
    size_t n;
    const char *refusal;
  } cases[] = {
      {"go_trace", TEXT(""), "input: empty"},
      {"go_trace", TEXT("\n \n"), "input: empty"},
      {"go_trace", TEXT("Trace Go1.21\n"),
       "input:1: \"Trace Go1.21\": traces of Go 1.22 and later"},
      {"go_trace", TEXT("Trace Go1.\n"), "input:1: "},
      {"go_trace", TEXT("Trace Go\n"), "input:1: expected \"Trace Go1.22\""},
      {"go_trace", TEXT("-- expect --\nSUCCESS\n"), "input:2: the text ends, and no line"},
      {"go_trace", TEXT("-- trace --\n-- x --\n"), "the text ends before \"Trace"},
      {"go_trace", TEXT("Trace Go1.22\nGoStop dt=1 stack=1\n"), "input:2: event GoStop before"},
      {"go_trace", TEXT(GO "GoStop dt stack=1\n"), "input:3: expected name=number, found \"dt\""},
      {"go_trace", TEXT(GO "GoStop dt=-1\n"), "input:3: expected name=number, found \"dt=-1\""},
      {"go_trace", TEXT(GO "GoStop dt=18446744073709551616\n"), "input:3: expected name=number"},
      {"go_trace", TEXT(GO "GoStop stack=1"), "input:3: the last line has no line end"},
      {"go_trace", TEXT(GO "GoStop stack=1\n"), "input:3: stack 1 is not defined"},
      {"go_trace", TEXT(GO "\n# c\nGoStop s_string=1\n"), "input:5: string 1 is not defined"},
      {"go_trace", TEXT(GO "EventBatch gen=0 m=1 time=1 size=1\n"),
       "input:3: a batch of generation 0"},
      {"go_trace", TEXT("Trace Go1.22\nEventBatch m=1 gen=1 time=1 size=1\n"),
       "input:2: expected the argument gen=, found m"},
      {"go_trace", TEXT("Trace Go1.22\nEventBatch gen=1\n"),
       "input:2: expected the argument m=, found the end"},
      {"go_trace", TEXT(GO "Stack id=1 nframes=0\n"), "input:3: a stack of 0 frames"},
      {"go_trace", TEXT(GO "Stack id=1 nframes=129\n"), "input:3: a stack of 129 frames"},
      {"go_trace", TEXT(GO "Stack id=0 nframes=1\n"), "input:3: stack 0 stands for none"},
      {"go_trace", TEXT(GO "Stack id=1 nframes=1 x=2\n"), "input:3: found \" x=2\" after the last"},
      {"go_trace", TEXT(GO "Stack id=1 nframes=1\n\tpc=1 func=1 file=1\n"),
       "input:4: expected the argument line="},
      {"go_trace", TEXT(GO "\tpc=1 func=1 file=1 line=1\n"),
       "input:3: expected the name of an event"},
      {"go_trace", TEXT(GO "String id=1\n\tdata=\"a\"\nString id=1\n\tdata=\"b\"\n"),
       "input:5: string 1 is defined twice in generation 1"},
      {"go_trace", TEXT(GO "String id=1\n\tdata=\"a\n"), "input:4: not a quoted Go string"},
      {"go_trace", TEXT(GO "String id=1\n\tdata=\"\\\"\n"), "input:4: not a quoted Go string"},
      {"go_trace", TEXT(GO "String id=1\n\tdata=\"\\q\"\n"), "input:4: not a quoted Go string"},
      {"go_trace", TEXT(GO "String id=1\n\tdata=\"\\x1\"\n"), "input:4: not a quoted Go string"},
      {"go_trace", TEXT(GO "String id=1\n\tdata=\"\\400\"\n"), "input:4: not a quoted Go string"},
      {"go_trace", TEXT(GO "String id=1\n\tdata=\"\\ud800\"\n"), "input:4: not a quoted Go string"},
      {"go_trace", TEXT(GO "String id=1\n\tdata=\"a\"b\"\n"), "input:4: not a quoted Go string"},
      {"go_trace", TEXT(GO "String id=1\nString id=2\n"), "input:4: expected data="},
      {"go_trace", TEXT(GO "String id=1\n"), "input:3: the text ends before this event's data"},
      {"go_trace",
       TEXT(GO "E stack=1\nStack id=1 nframes=1\n\tpc=1 func=0 file=0 line=4294967296\n"),
       "input:5: a line number of 4294967296; at most 4294967295"},
      {"go_trace", TEXT(GO "E stack=1\nStack id=1 nframes=1\n\tpc=1 func=7 file=0 line=1\n"),
       "input:5: string 7 is not defined in generation 1"},
      {"go_trace",
       TEXT(GO "E stack=1\nStack id=1 nframes=1\n\tpc=1 func=7 file=8 line=1\n"
               "String id=7\n\tdata=\"f\"\n"),
       "input:5: string 8 is not defined in generation 1"},
      {"perf_script", TEXT("a 1 1.5: cycles:\n  a.c:1\n\n"), "input:2: expected a frame"},
      {"perf_script", TEXT("a 1 1.5: cycles:\n\t1 f (g)\n a.c:1\n\n"), "input:3: expected a frame"},
      {"perf_script", TEXT("a 1 1.5: cycles:\n\t1 f (g)\n  a.c:1x\n\n"), "input:3: expected"},
      {"perf_script", TEXT("a 1 1.5: cycles:\n\t1 f (g)\n  x.c:4294967296\n\n"),
       "input:3: expected"},
      {"perf_script", TEXT("a 1 1.5: cycles:\n\t1 f (g)\n  :1\n\n"), "input:3: expected"},
      {"perf_script", TEXT("a 1 1.5: cycles:\n\t1 f (g)\n  [1]\n\n"), "input:3: expected"},
      {"perf_script", TEXT("a 1 1.5: cycles:\n\t1 f (g)\n\n  a.c:1\n"),
       "input:4: expected a sample"},
      {"perf_script", TEXT("hello\n"), "input:1: expected a sample"},
      {"perf_script", TEXT("\t1ab73 f (g)\n"), "input:1: expected a sample"},
      {"perf_script", TEXT("a 1 1.5: cycles:\n\txyz f (g)\n"), "input:2: expected a frame"},
      {"perf_script", TEXT("a 1 1.5: cycles:\n\t11112222333344445 f (g)\n"), "input:2: expected"},
      {"perf_script", TEXT("a 1 1.5: cycles:\n\t1ab73 f (g)\n"), "input:2: the text ends inside"},
      {"perf_script", TEXT("a 1 1.5: cycles:\n\t1ab73 f (g"), "input:2: the last line has no"},
      {"perf_script", TEXT("a x 1.5: cycles:\n\n"), "input:1: expected a sample"},
      {"perf_script", TEXT("1 1.5: cycles:\n\n"), "input:1: expected a sample"},
      {"perf_script", TEXT("a 1 1.5: cycles\n\n"), "input:1: expected a sample"},
      {"perf_script", TEXT("a 1 cycles:\n\n"), "input:1: expected a sample"},
      {"perf_script", TEXT("a 1/ 1.5: cycles:\n\n"), "input:1: expected a sample"},
      {"folded", TEXT("a;b 1.5\n"), "input:1: expected \"frame"},
      {"folded", TEXT("a;b -1\n"), "input:1: expected \"frame"},
      {"folded", TEXT("12\n"), "input:1: expected \"frame"},
      {"folded", TEXT("a;;b 1\n"), "input:1: a frame without a name"},
      {"folded", TEXT(";b 1\n"), "input:1: a frame without a name"},
      {"folded", TEXT("b; 1\n"), "input:1: a frame without a name"},
      {"folded", TEXT("a 1\nb 12"), "input:2: the last line has no line end"},
      {"folded", TEXT("a 1\nb 1000001\n"), "input:2: a count of 1000001; at most 1000000"},
      {"folded", TEXT("a 1\nb 100000\n"), "input:2: more puts than were allowed"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    expect_refusal(cases[i].format, cases[i].text, cases[i].n, cases[i].refusal);
}

static void test_short_puts(void **state)
{
  (void)state;
  static const struct {
    const char *format, *text;
    size_t n;
    const char *puts;
  } cases[] = {
      {"go_trace", TEXT(GO "GoStop stack=0 a_string=0\n"), ""},
      {"go_trace", TEXT(GO "Stacked stackx=1 xstack=1 string=1\n"), ""},
      {"go_trace",
       TEXT("Trace Go1.25\nExperimentalBatch experiment=1 gen=1 m=1 time=1\n\tdata=\"\\x00\"\n"
            "EventBatch gen=1 m=1 time=1 size=1\nE a_string=1\nString "
            "id=1\n\tdata=\"\\U0001F600\"\n"),
       "m/1 string \"\\xf0\\x9f\\x98\\x80\"\n"},
      {"go_trace",
       TEXT(
           "EventBatch gen=1 m=1 time=1 size=1\nE a_string=1\nString id=1\n\tdata=\"no header\"\n"),
       "m/1 string \"no header\"\n"},
      {"perf_script", TEXT(""), ""},
      {"perf_script", TEXT("\n\n# a comment\n"), ""},
      {"perf_script", TEXT("a 1 1.5: cycles:\nb 2 1.6: cycles:\n\n"),
       "tid/1 string \"a\"\ntid/1 string \"cycles\"\ntid/2 string \"b\"\ntid/2 string "
       "\"cycles\"\n"},
      {"perf_script", TEXT("a 1 1.5: cycles:\n\t1ab73\n\n"),
       "tid/1 stack 1ab73\ntid/1 string \"a\"\ntid/1 string \"cycles\"\n"},
      {"folded", TEXT(""), ""},
      {"folded", TEXT("\n a 1 \n\n"), "folded/0 stack e6c632b61e964e1f\n"},
      {"lines", TEXT(""), ""},
      {"lines", TEXT("a\n\nb\r\na\0c\n\n\r\nlast"),
       "lines/0 string \"a\"\nlines/0 string \"b\"\nlines/0 string \"a\\x00c\"\n"
       "lines/0 string \"last\"\n"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    expect_puts(cases[i].format, cases[i].text, cases[i].n, false, cases[i].puts);
}

static void test_short_symbols(void **state)
{
  (void)state;
  static const struct {
    const char *format, *text;
    size_t n, conflicts;
    const char *symbols;
  } cases[] = {
      /* no function: nothing is known; an empty name is none; a stack that is not put has no part
       */
      {"go_trace",
       TEXT(GO "E stack=1\nStack id=1 nframes=3\n\tpc=1 func=0 file=1 line=2\n"
               "\tpc=2 func=2 file=1 line=3\n\tpc=3 func=1 file=2 line=4294967295\n"
               "Stack id=2 nframes=1\n\tpc=9 func=1 file=1 line=1\n"
               "String id=1\n\tdata=\"f\"\nString id=2\n\tdata=\"\"\n"),
       0, "3 \"f\" \"\" 4294967295\n"},
      {"perf_script", TEXT("a 1 1.5: cycles:\n\t1 f ()\n\t2 f g (h i)\n\t3 (h)\n\t4\n\n"), 0,
       "1 \"f\" \"\" 0\n2 \"f g\" \"h i\" 0\n"},
      {"perf_script", TEXT("a 1 1.5: cycles:\n\t1 f+0x2 (h) (j)\n\t2 f+0x2 ()\n\t3 f+0x2\n\n"), 0,
       "1 \"f\" \"h) (j\" 0\n2 \"f\" \"\" 0\n3 \"f\" \"\" 0\n"},
      {"folded", TEXT("a;a;b 1\nb;a 1\nc 0\n"), 0,
       "575a0b1c44d8843f \"b\" \"\" 0\ne6c632b61e964e1f \"a\" \"\" 0\n"},
      {"lines", TEXT("a\n"), 0, ""},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    expect_symbols(cases[i].format, cases[i].text, cases[i].n, cases[i].conflicts,
                   cases[i].symbols);
}

/* ---- limits ---- */

static void test_long_lines(void **state)
{
  (void)state;
  char *text = malloc(CORPUS_STRING_BYTES_MAX + 1);
  assert_non_null(text);
  memset(text, 'x', CORPUS_STRING_BYTES_MAX + 1);
  struct outcome outcome = import("lines", text, CORPUS_STRING_BYTES_MAX, false);
  assert_non_null(outcome.puts);
  outcome_fini(&outcome);
  expect_refusal("lines", text, CORPUS_STRING_BYTES_MAX + 1, "input:1: a line of 1048577 bytes");
  free(text);
}

static void test_deep_stacks_are_cut(void **state)
{
  (void)state;
  char *folded = NULL, *perf = NULL;
  size_t folded_bytes, perf_bytes;
  FILE *folded_out = open_memstream(&folded, &folded_bytes);
  FILE *perf_out = open_memstream(&perf, &perf_bytes);
  assert_non_null(folded_out);
  assert_non_null(perf_out);
  fputs("a 1 1.5: cycles:\n", perf_out);
  for (unsigned i = 0; i < CORPUS_STACK_DEPTH_MAX + 2; i++) {
    fprintf(folded_out, "%sf%u", i ? ";" : "", i);
    fprintf(perf_out, "\t%x f (g)\n", i + 1);
  }
  fputs(" 1\n", folded_out);
  fputs("\n", perf_out);
  fclose(folded_out);
  fclose(perf_out);

  struct outcome outcome = import("perf_script", perf, perf_bytes, true);
  assert_non_null(outcome.puts);
  assert_int_equal(outcome.stacks_cut, 1);
  assert_non_null(strstr(outcome.puts, "tid/1 stack 1;2;3;"));
  assert_non_null(strstr(outcome.puts, ";7f;80\n"));
  outcome_fini(&outcome);

  outcome = import("folded", folded, folded_bytes, false);
  assert_non_null(outcome.puts);
  assert_int_equal(outcome.stacks_cut, 1);
  outcome_fini(&outcome);
  free(folded);
  free(perf);
}

/* ---- which format ---- */

static void test_detection(void **state)
{
  (void)state;
  static const struct {
    const char *text, *format; /* NULL: cannot be told */
  } cases[] = {
      {"Trace Go1.22\n", "go_trace"},
      {"EventBatch gen=1 m=2 time=3 size=4\n", "go_trace"},
      {"-- expect --\nFAILURE x\n-- trace --\nTrace Go1.23\n", "go_trace"},
      {"# c\n\nworker 1/2 [000] 1.5: 1 cycles:\n", "perf_script"},
      {"\na;b 3\n", "folded"},
      {"a 3\n", NULL},
      {"hello world\n", NULL},
      {"", NULL},
      {"x;y 12 1.5: 3;cycles: 7\n", NULL}, /* both perf_script and folded */
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const struct corpus_importer *importer =
        corpus_importer_detect(cases[i].text, strlen(cases[i].text));
    if (cases[i].format == NULL)
      assert_null(importer);
    else {
      assert_non_null(importer);
      assert_string_equal(importer->name, cases[i].format);
    }
  }
  for (size_t i = 0; i < SAMPLES; i++) {
    struct file_bytes text = sample(samples[i].text);
    const struct corpus_importer *importer = corpus_importer_detect(text.bytes, text.n);
    assert_non_null(importer);
    assert_string_equal(importer->name, samples[i].format);
    file_bytes_fini(&text);
  }
  assert_null(corpus_importer_find("no_such_format"));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_samples),
      cmocka_unit_test(test_symbols_of_samples),
      cmocka_unit_test(test_cut_samples),
      cmocka_unit_test(test_damaged_samples),
      cmocka_unit_test(test_short_refusals),
      cmocka_unit_test(test_short_puts),
      cmocka_unit_test(test_short_symbols),
      cmocka_unit_test(test_long_lines),
      cmocka_unit_test(test_deep_stacks_are_cut),
      cmocka_unit_test(test_detection),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
