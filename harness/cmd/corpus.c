/* corpus.c: `tmb corpus`: makes corpora of other programs' texts, and shows what corpora hold. */
#include <argp.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/commands.h"
#include "corpus/corpus_summary.h"
#include "corpus/file_bytes.h"
#include "corpus/importer.h"

/* perf prints gigabytes without being asked twice; ids and offsets in the texts are 64 bits. */
#define TEXT_BYTES_MAX ((size_t)4 << 30)

struct options {
  const char *from, *out;
  bool frame_names, json, symbols;
  char *const *files;
  size_t file_count;
};

static int complain(const char *what)
{
  fprintf(stderr, "tmb corpus: %s\n", what);
  return EXIT_ERROR;
}

/* What was printed may have met a full disk. */
static int flush_output(void)
{
  if (fflush(stdout) != 0 || ferror(stdout))
    return complain("cannot write the output");
  return EXIT_GOOD;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
  struct options *options = state->input;
  switch (key) {
  case 'f':
    options->from = argument;
    return 0;
  case 'o':
    options->out = argument;
    return 0;
  case 'n':
    options->frame_names = true;
    return 0;
  case 'j':
    options->json = true;
    return 0;
  case 's':
    options->symbols = true;
    return 0;
  case ARGP_KEY_ARGS:
    options->files = state->argv + state->next;
    options->file_count = (size_t)(state->argc - state->next);
    return 0;
  case ARGP_KEY_NO_ARGS:
    argp_error(state, "name a file");
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

/* ---- import ---- */

static char *import_help(int key, const char *text, void *input)
{
  (void)input;
  if (key != ARGP_KEY_HELP_POST_DOC)
    return (char *)text;
  char *help = NULL;
  size_t n;
  FILE *out = open_memstream(&help, &n);
  if (out == NULL)
    return (char *)text;
  fputs("Formats:\n", out);
  for (const struct corpus_importer *const *i = corpus_importers; *i != NULL; i++)
    fprintf(out, "  %-12s %s\n", (*i)->name, (*i)->summary);
  fclose(out);
  return help;
}

/* The named importer, or the one that knows the text; NULL: complained. */
static const struct corpus_importer *
choose_importer(const struct options *options, const char *path, const struct file_bytes *file)
{
  const struct corpus_importer *importer = options->from != NULL
                                               ? corpus_importer_find(options->from)
                                               : corpus_importer_detect(file->bytes, file->n);
  if (importer != NULL)
    return importer;
  if (options->from != NULL)
    fprintf(stderr, "tmb corpus: no format '%s'; there are:", options->from);
  else
    fprintf(stderr, "tmb corpus: %s: cannot tell its format; name it with --from=", path);
  const char *separator = options->from != NULL ? " " : "";
  for (const struct corpus_importer *const *i = corpus_importers; *i != NULL; i++) {
    fprintf(stderr, "%s%s", separator, (*i)->name);
    separator = options->from != NULL ? ", " : "|";
  }
  fputc('\n', stderr);
  return NULL;
}

static int import_file(const struct options *options, const char *path,
                       struct corpus_builder *builder)
{
  struct corpus_error error;
  struct file_bytes file;
  if (!file_bytes_read(path, TEXT_BYTES_MAX, &file, &error))
    return complain(error.text);
  int code = EXIT_ERROR;
  const struct corpus_importer *importer = choose_importer(options, path, &file);
  if (importer != NULL && options->frame_names && !importer->has_frame_names) {
    fprintf(stderr, "tmb corpus: %s: format %s has no frame names to put; drop --frame-names\n",
            path, importer->name);
  } else if (importer != NULL) {
    struct import_job job = {.path = path,
                             .bytes = file.bytes,
                             .n = file.n,
                             .frame_names = options->frame_names,
                             .builder = builder,
                             .error = &error};
    code = importer->import(&job) ? EXIT_GOOD : complain(error.text);
    if (code == EXIT_GOOD && job.stacks_cut > 0)
      fprintf(stderr, "tmb corpus: %s: %" PRIu64 " stacks cut to their innermost %zu frames\n",
              path, job.stacks_cut, CORPUS_STACK_DEPTH_MAX);
  }
  file_bytes_fini(&file);
  return code;
}

/* What import writes where no --output is given. NULL: there is no name to make one of. */
static char *usual_output(const struct options *options)
{
  char *path;
  if (strcmp(options->files[0], "-") == 0 || asprintf(&path, "%s.tmbc", options->files[0]) < 0)
    return NULL;
  return path;
}

static int write_corpus(struct corpus_builder *builder, const char *out)
{
  struct corpus_error error;
  struct corpus *corpus = corpus_builder_finish(builder);
  if (corpus == NULL) {
    fprintf(stderr, "tmb corpus: the input %s\n", corpus_builder_failure(builder));
    return EXIT_ERROR;
  }
  bool written = corpus_write(corpus, out, true, &error);
  if (written)
    printf("%s: %zu puts of %zu distinct items in %zu streams, %zu frames with symbols\n", out,
           corpus->put_count, corpus->item_count, corpus->stream_count, corpus->frame_count);
  corpus_destroy(corpus);
  return written ? flush_output() : complain(error.text);
}

static int run_import(const struct options *options)
{
  char *usual = options->out == NULL ? usual_output(options) : NULL;
  const char *out = options->out != NULL ? options->out : usual;
  if (out == NULL)
    return complain("name the corpus to write with --output");
  struct corpus_builder *builder = corpus_builder_create(CORPUS_PUTS_MAX);
  int code = builder != NULL ? EXIT_GOOD : complain("out of memory");
  for (size_t i = 0; i < options->file_count && code == EXIT_GOOD; i++)
    code = import_file(options, options->files[i], builder);
  if (code == EXIT_GOOD && corpus_builder_frame_conflicts(builder) > 0)
    fprintf(stderr,
            "tmb corpus: %zu frames have other symbols than an earlier frame with their address; "
            "the corpus keeps the earlier ones\n",
            corpus_builder_frame_conflicts(builder));
  if (code == EXIT_GOOD)
    code = write_corpus(builder, out);
  corpus_builder_destroy(builder);
  free(usual);
  return code;
}

/* ---- info ---- */

static json_t *json_of_sizes(const struct corpus_sizes *sizes)
{
  return json_pack("{s:I, s:I, s:I, s:I}", "min", (json_int_t)sizes->min, "median",
                   (json_int_t)sizes->median, "p99", (json_int_t)sizes->p99, "max",
                   (json_int_t)sizes->max);
}

static json_t *json_of_kind(const struct corpus_kind_summary *kind)
{
  return json_pack("{s:I, s:I, s:I, s:o}", "puts", (json_int_t)kind->puts, "distinct",
                   (json_int_t)kind->distinct, "bytes", (json_int_t)kind->bytes, "size_bytes",
                   json_of_sizes(&kind->sizes));
}

static json_t *json_of_summary(const char *path, const struct corpus_summary *summary)
{
  json_t *stacks = json_of_kind(&summary->stacks);
  json_object_set_new(stacks, "depth_frames", json_of_sizes(&summary->depths));
  json_t *symbols = json_pack("{s:I, s:I, s:f, s:I, s:I}", "pcs", (json_int_t)summary->symbols.pcs,
                              "frames", (json_int_t)summary->symbols.frames, "share",
                              summary->symbols.share, "names", (json_int_t)summary->symbols.names,
                              "name_bytes", (json_int_t)summary->symbols.name_bytes);
  return json_pack("{s:s, s:I, s:I, s:f, s:I, s:o, s:o, s:o, s:o}", "path", path, "puts",
                   (json_int_t)summary->puts, "distinct", (json_int_t)summary->distinct,
                   "repeat_share", summary->repeat_share, "streams", (json_int_t)summary->streams,
                   "stream_puts", json_of_sizes(&summary->stream_puts), "strings",
                   json_of_kind(&summary->strings), "stacks", stacks, "symbols", symbols);
}

static void print_sizes(const char *what, const struct corpus_sizes *sizes)
{
  printf("  %-22s %9" PRIu64 " %9" PRIu64 " %9" PRIu64 " %9" PRIu64 "\n", what, sizes->min,
         sizes->median, sizes->p99, sizes->max);
}

static void print_kind(const char *what, const struct corpus_kind_summary *kind, size_t all_puts)
{
  printf("  %-22s %9zu %9zu %9" PRIu64 " %8.1f%%\n", what, kind->puts, kind->distinct, kind->bytes,
         100 * (double)kind->puts / (double)all_puts);
}

static void print_summary(const char *path, const struct corpus_summary *summary)
{
  printf("%s\n", path);
  printf("  %-22s %9s %9s %9s %9s\n", "", "puts", "distinct", "bytes", "of puts");
  print_kind("strings", &summary->strings, summary->puts);
  print_kind("stacks", &summary->stacks, summary->puts);
  printf("  %-22s %9zu %9zu %9" PRIu64 "\n", "all", summary->puts, summary->distinct,
         summary->strings.bytes + summary->stacks.bytes);
  printf("  %-22s %8.1f%%\n", "repeats", 100 * summary->repeat_share);
  printf("  %-22s %9zu\n", "streams", summary->streams);
  if (summary->symbols.pcs > 0) {
    printf("  %-22s %9zu of %zu program counters, %.1f%%\n", "frames with symbols",
           summary->symbols.frames, summary->symbols.pcs, 100 * summary->symbols.share);
    printf("  %-22s %9zu, %" PRIu64 " bytes\n", "names of them", summary->symbols.names,
           summary->symbols.name_bytes);
  }
  printf("\n  %-22s %9s %9s %9s %9s\n", "", "min", "median", "p99", "max");
  print_sizes("puts of a stream", &summary->stream_puts);
  if (summary->strings.distinct > 0)
    print_sizes("bytes of a string", &summary->strings.sizes);
  if (summary->stacks.distinct > 0) {
    print_sizes("bytes of a stack", &summary->stacks.sizes);
    print_sizes("frames of a stack", &summary->depths);
  }
}

static int info_of_file(const char *path, bool is_first, json_t *list)
{
  struct corpus_error error;
  struct corpus_summary summary;
  struct corpus *corpus;
  if (!corpus_read(path, &corpus, &error))
    return complain(error.text);
  bool summarized = corpus_summarize(corpus, &summary);
  corpus_destroy(corpus);
  if (!summarized)
    return complain("out of memory");
  if (list != NULL)
    return json_array_append_new(list, json_of_summary(path, &summary)) == 0
               ? EXIT_GOOD
               : complain("a path that is not UTF-8, or out of memory");
  if (!is_first)
    putchar('\n');
  print_summary(path, &summary);
  return EXIT_GOOD;
}

static int run_info(const struct options *options)
{
  json_t *list = options->json ? json_array() : NULL;
  int code = EXIT_GOOD;
  for (size_t i = 0; i < options->file_count && code == EXIT_GOOD; i++)
    code = info_of_file(options->files[i], i == 0, list);
  if (code == EXIT_GOOD && list != NULL) {
    json_dumpf(list, stdout, JSON_INDENT(2));
    putchar('\n');
  }
  json_decref(list);
  return code == EXIT_GOOD ? flush_output() : code;
}

/* ---- dump ---- */

static void dump_text(const void *text, size_t n)
{
  const unsigned char *bytes = text;
  putchar('"');
  for (size_t i = 0; i < n; i++) {
    unsigned char byte = bytes[i];
    if (byte == '"' || byte == '\\')
      printf("\\%c", byte);
    else if (byte >= 0x20 && byte < 0x7f)
      putchar(byte);
    else
      printf("\\x%02x", byte);
  }
  putchar('"');
}

static void dump_stack(const struct corpus_item *item)
{
  for (size_t at = 0; at < item->length; at += 8)
    printf("%s%" PRIx64, at == 0 ? "" : ";", corpus_pc(item->bytes + at));
}

static void dump_puts(const struct corpus *corpus)
{
  for (size_t i = 0; i < corpus->stream_count; i++)
    for (size_t j = 0; j < corpus->streams[i].put_count; j++) {
      const struct corpus_item *item = &corpus->items[corpus->streams[i].puts[j]];
      bool is_string = item->kind == CORPUS_STRING;
      printf("%s/%" PRIu64 "\t%s\t", corpus->streams[i].name, corpus->streams[i].thread,
             is_string ? "string" : "stack");
      if (is_string)
        dump_text(item->bytes, item->length);
      else
        dump_stack(item);
      putchar('\n');
    }
}

static void dump_frames(const struct corpus *corpus)
{
  for (size_t i = 0; i < corpus->frame_count; i++) {
    const struct corpus_frame *frame = &corpus->frames[i];
    printf("%" PRIx64 "\t", frame->pc);
    dump_text(frame->function, frame->function_length);
    putchar('\t');
    dump_text(frame->file, frame->file_length);
    printf("\t%" PRIu32 "\n", frame->line);
  }
}

static int run_dump(const struct options *options)
{
  struct corpus_error error;
  struct corpus *corpus;
  if (options->file_count != 1)
    return complain("dump takes one file");
  if (!corpus_read(options->files[0], &corpus, &error))
    return complain(error.text);
  if (options->symbols)
    dump_frames(corpus);
  else
    dump_puts(corpus);
  corpus_destroy(corpus);
  return flush_output();
}

/* ---- the verb ---- */

static const struct argp_option import_options[] = {
    {"from", 'f', "FORMAT", 0, "format of the input; without it, told from the text", 0},
    {"output", 'o', "OUT.tmbc", 0, "the corpus to write; without it, FILE.tmbc", 0},
    {"frame-names", 'n', NULL, 0, "also put the names of frames, in streams called \"dump\"", 0},
    {0},
};

static const struct argp_option info_options[] = {
    {"json", 'j', NULL, 0, "print JSON: an array, an object a file", 0},
    {0},
};

static const struct argp_option dump_options[] = {
    {"symbols", 's', NULL, 0, "print what is known of each program counter instead", 0},
    {0},
};

static const struct action {
  const char *name;
  int (*run)(const struct options *options);
  const char *does;
  struct argp parser;
} actions[] = {
    {"import",
     run_import,
     "make a corpus of other programs' texts",
     {import_options, parse_option, "FILE...",
      "Makes one corpus of texts that other programs wrote; FILE - is standard input. Several "
      "files "
      "are read as one recording: the streams of a thread go on.",
      NULL, import_help, NULL}},
    {"info",
     run_info,
     "what corpora hold",
     {info_options, parse_option, "FILE...", "Prints what corpora hold, in figures.", NULL, NULL,
      NULL}},
    {"dump",
     run_dump,
     "every put of a corpus, a line each",
     {dump_options, parse_option, "FILE",
      "Prints a line for every put: stream, kind, item. A stack is its program counters in "
      "hexadecimal, the innermost frame first. With --symbols, a line for every program counter "
      "that is known: address, function, file, line (0: not known).",
      NULL, NULL, NULL}},
};

#define ACTIONS (sizeof actions / sizeof *actions)

static void usage(FILE *out)
{
  fputs("Usage: tmb corpus ACTION [OPTION...] FILE...\n\n", out);
  for (size_t i = 0; i < ACTIONS; i++)
    fprintf(out, "  %-7s %s\n", actions[i].name, actions[i].does);
  fputs("\n`tmb corpus ACTION --help` lists an action's options.\n", out);
}

int cmd_corpus(int argc, char **argv)
{
  if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-?") == 0)) {
    usage(stdout);
    return flush_output();
  }
  for (size_t i = 0; i < ACTIONS && argc > 1; i++) {
    if (strcmp(argv[1], actions[i].name) != 0)
      continue;
    char name[64];
    snprintf(name, sizeof name, "tmb corpus %s", actions[i].name);
    argv[1] = name;
    struct options options = {0};
    argp_parse(&actions[i].parser, argc - 1, argv + 1, 0, NULL, &options);
    return actions[i].run(&options);
  }
  if (argc > 1)
    fprintf(stderr, "tmb corpus: no action '%s'\n", argv[1]);
  usage(stderr);
  return EXIT_ERROR;
}
