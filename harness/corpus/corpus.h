/* corpus.h: a recorded stream of puts, in memory and in a file.
 *
 * A corpus is what a real program would have put into an interning map: distinct items, and per
 * thread the ordered list of the items it put, repeats included; and, where the recording had them,
 * the function, file and line of the program counters. Read by workloads and by `tmb corpus`; made
 * by the importers through corpus_builder.h. The file format is described in FORMAT.md.
 *
 * A corpus is immutable, so any number of threads may read it. It is one block of memory: all its
 * pointers are valid until corpus_destroy.
 */
#ifndef TMB_CORPUS_H
#define TMB_CORPUS_H

#include "corpus/corpus_error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Limits of the format; a file beyond them is refused. */
#define CORPUS_STRING_BYTES_MAX ((size_t)1 << 20)
#define CORPUS_STACK_DEPTH_MAX ((size_t)128)
#define CORPUS_NAME_BYTES_MAX ((size_t)255)
#define CORPUS_PUTS_MAX ((size_t)1 << 26)         /* all streams together */
#define CORPUS_SYMBOLS_MAX ((size_t)1 << 22)      /* frames; names too */
#define CORPUS_FILE_BYTES_MAX ((size_t)256 << 20) /* before compression */

enum corpus_kind {
  CORPUS_STRING, /* any bytes */
  CORPUS_STACK,  /* program counters, the innermost frame first, each 8 bytes little-endian */
};

/* One distinct item: no other of the same kind has the same bytes, and some stream puts it. A
 * string and a stack may have the same bytes. bytes are ready to be a key, 8-byte aligned. */
struct corpus_item {
  const unsigned char *bytes;
  uint32_t length; /* in bytes, >= 1 */
  enum corpus_kind kind;
};

/* The puts of one thread in their order, as indices into items. (name, thread) is unique. */
struct corpus_stream {
  const char *name; /* what thread counts: "m", "tid", ...; printable ASCII */
  uint64_t thread;
  const uint32_t *puts;
  size_t put_count; /* >= 1 */
};

/* One distinct name of a function or a file: any bytes, no NUL at the end. */
struct corpus_name {
  const char *bytes;
  uint32_t length; /* >= 1 */
};

/* What is known of one program counter. Equal names have the same address; no NUL ends them. */
struct corpus_frame {
  uint64_t pc;
  const char *function;
  uint32_t function_length; /* >= 1 */
  const char *file;         /* of the source, or the object where the recording had no source */
  uint32_t file_length;     /* 0: not known */
  uint32_t line;            /* 0: not known */
};

/* Items are numbered in the order in which they were first met. A corpus holds at least one put. */
struct corpus {
  const struct corpus_item *items;
  size_t item_count;
  const struct corpus_stream *streams;
  size_t stream_count;
  size_t put_count;    /* of all streams */
  size_t string_count; /* of the items */
  size_t stack_count;
  const struct corpus_frame *frames; /* by pc, ascending, each pc once; some stack holds it */
  size_t frame_count;                /* 0: a recording without symbols */
  const struct corpus_name *names;   /* of the frames, by first use: function, then file */
  size_t name_count;
};

/* The program counter at these 8 bytes of a stack. */
static inline uint64_t corpus_pc(const unsigned char *bytes)
{
  uint64_t pc = 0;
  for (unsigned i = 0; i < 8; i++)
    pc |= (uint64_t)bytes[i] << (i * 8);
  return pc;
}

/* What is known of pc; NULL: nothing. */
const struct corpus_frame *corpus_frame(const struct corpus *corpus, uint64_t pc);

/* Reads and checks a whole corpus file, compressed or not: every length, every reference, the
 * checksum, and that nothing follows. False, *error filled and *corpus NULL where it is refused. */
bool corpus_read(const char *path, struct corpus **corpus, struct corpus_error *error);

/* The same from memory; path is only for messages. */
bool corpus_parse(const void *bytes, size_t n, const char *path, struct corpus **corpus,
                  struct corpus_error *error);

/* Writes under a temporary name in the same directory, then renames. */
bool corpus_write(const struct corpus *corpus, const char *path, bool compress,
                  struct corpus_error *error);

/* NULL is fine. */
void corpus_destroy(struct corpus *corpus);

#endif
