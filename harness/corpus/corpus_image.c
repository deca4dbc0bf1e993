/* corpus_image.c: see corpus_image.h.
 *
 * Numbers are LEB128: seven bits a byte, the lowest first, the top bit set where more follow, and
 * never longer than needed, so that a corpus has one image only. */
#include "corpus/corpus_image.h"

#include "corpus/corpus_builder.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

enum {
  MAGIC_BYTES = sizeof CORPUS_IMAGE_MAGIC - 1,
  HEADER_BYTES = MAGIC_BYTES + 1 + 8, /* magic, version, length of the body */
  CHECKSUM_BYTES = 8,
  VERSION_WITHOUT_SYMBOLS = 1, /* otherwise the same */
};

uint64_t corpus_image_checksum(const void *bytes, size_t n)
{
  return XXH3_64bits(bytes, n);
}

/* A difference of two program counters as a small number: 0, -1, 1, -2, ... become 0, 1, 2, 3. */
static uint64_t zigzag(uint64_t difference)
{
  return (difference << 1) ^ ((difference >> 63) ? UINT64_MAX : 0);
}

static uint64_t unzigzag(uint64_t code)
{
  return (code >> 1) ^ ((code & 1) ? UINT64_MAX : 0);
}

static uint64_t load_le64(const unsigned char *bytes)
{
  uint64_t value = 0;
  for (unsigned i = 0; i < 8; i++)
    value |= (uint64_t)bytes[i] << (i * 8);
  return value;
}

static void store_le64(unsigned char *bytes, uint64_t value)
{
  for (unsigned i = 0; i < 8; i++)
    bytes[i] = (unsigned char)(value >> (i * 8));
}

/* ---- decode ---- */

struct decoder {
  const unsigned char *bytes;
  size_t at, end; /* of the body, in bytes of the image */
  const char *path;
  struct corpus_error *error;
  struct corpus_builder *builder;
};

/* The comma lets the compiler see that it is false. */
#define REFUSE(decoder, ...)                                                                       \
  (corpus_error_at_byte((decoder)->error, (decoder)->path, (decoder)->at, __VA_ARGS__), false)

static bool decode_number(struct decoder *decoder, uint64_t *number)
{
  uint64_t value = 0;
  size_t at = decoder->at;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (at == decoder->end)
      return REFUSE(decoder, "the file ends inside a number");
    unsigned char byte = decoder->bytes[at++];
    uint64_t bits = byte & 0x7f;
    if ((bits << shift) >> shift != bits)
      break;
    value |= bits << shift;
    if (byte & 0x80)
      continue;
    if (byte == 0 && shift > 0)
      return REFUSE(decoder, "a number is longer than it needs to be");
    decoder->at = at;
    *number = value;
    return true;
  }
  return REFUSE(decoder, "a number does not fit in 64 bits");
}

/* A number of things that each take a byte or more of what is left. */
static bool decode_count(struct decoder *decoder, const char *what, uint64_t *count)
{
  size_t start = decoder->at;
  if (!decode_number(decoder, count))
    return false;
  size_t left = decoder->end - decoder->at;
  if (*count <= left)
    return true;
  decoder->at = start;
  return REFUSE(decoder, "%llu %s in the last %zu bytes", (unsigned long long)*count, what, left);
}

static bool refuse_builder(struct decoder *decoder)
{
  return REFUSE(decoder, "%s", corpus_builder_failure(decoder->builder));
}

static bool decode_stack(struct decoder *decoder, uint64_t depth, uint64_t *first_pc,
                         uint32_t *item)
{
  if (depth == 0 || depth > CORPUS_STACK_DEPTH_MAX)
    return REFUSE(decoder, "a stack of %llu frames; 1 to 128 are allowed",
                  (unsigned long long)depth);
  uint64_t pcs[CORPUS_STACK_DEPTH_MAX];
  uint64_t previous = *first_pc;
  for (size_t i = 0; i < depth; i++) {
    uint64_t code;
    if (!decode_number(decoder, &code))
      return false;
    pcs[i] = previous += unzigzag(code);
  }
  *first_pc = pcs[0];
  *item = corpus_builder_stack(decoder->builder, pcs, depth);
  return *item != CORPUS_NONE || refuse_builder(decoder);
}

static bool decode_string(struct decoder *decoder, uint64_t n, uint32_t *item)
{
  if (n == 0 || n > CORPUS_STRING_BYTES_MAX)
    return REFUSE(decoder, "a string of %llu bytes; 1 to %zu are allowed", (unsigned long long)n,
                  CORPUS_STRING_BYTES_MAX);
  if (n > decoder->end - decoder->at)
    return REFUSE(decoder, "the file ends inside a string");
  *item = corpus_builder_string(decoder->builder, decoder->bytes + decoder->at, n);
  decoder->at += n;
  return *item != CORPUS_NONE || refuse_builder(decoder);
}

static bool decode_items(struct decoder *decoder)
{
  uint64_t count;
  if (!decode_count(decoder, "items", &count))
    return false;
  uint64_t first_pc = 0;
  for (uint64_t i = 0; i < count; i++) {
    uint64_t head;
    uint32_t item;
    size_t start = decoder->at;
    if (!decode_number(decoder, &head))
      return false;
    bool decoded = (head & 1) ? decode_stack(decoder, head >> 1, &first_pc, &item)
                              : decode_string(decoder, head >> 1, &item);
    if (!decoded)
      return false;
    if (item != i) {
      decoder->at = start;
      return REFUSE(decoder, "item %llu is the same as item %u", (unsigned long long)i, item);
    }
  }
  return true;
}

static bool decode_stream(struct decoder *decoder, uint32_t number, size_t item_count)
{
  size_t start = decoder->at;
  uint64_t length, thread, put_count;
  if (!decode_number(decoder, &length))
    return false;
  if (length == 0 || length > CORPUS_NAME_BYTES_MAX || length > decoder->end - decoder->at)
    return REFUSE(decoder, "a stream's name of %llu bytes; 1 to 255 are allowed",
                  (unsigned long long)length);
  char name[CORPUS_NAME_BYTES_MAX + 1];
  memcpy(name, decoder->bytes + decoder->at, length);
  name[length] = '\0';
  for (size_t i = 0; i < length; i++, decoder->at++)
    if (name[i] < 0x20 || name[i] > 0x7e)
      return REFUSE(decoder, "a stream's name is not printable ASCII");
  if (!decode_number(decoder, &thread) || !decode_count(decoder, "puts", &put_count))
    return false;
  uint32_t stream = corpus_builder_stream(decoder->builder, name, thread);
  if (stream == CORPUS_NONE)
    return refuse_builder(decoder);
  if (stream != number || put_count == 0) {
    decoder->at = start;
    return REFUSE(decoder, "stream %u %s", number,
                  put_count == 0 ? "holds no put" : "has the name and thread of another one");
  }
  for (uint64_t i = 0; i < put_count; i++) {
    uint64_t item;
    size_t put = decoder->at;
    if (!decode_number(decoder, &item))
      return false;
    if (item >= item_count) {
      decoder->at = put;
      return REFUSE(decoder, "a put of item %llu, but there are %zu items",
                    (unsigned long long)item, item_count);
    }
    if (!corpus_builder_put(decoder->builder, stream, (uint32_t)item, 1))
      return refuse_builder(decoder);
  }
  return true;
}

static bool decode_names(struct decoder *decoder, uint64_t *count)
{
  if (!decode_count(decoder, "names", count))
    return false;
  for (uint64_t i = 0; i < *count; i++) {
    uint64_t n;
    size_t start = decoder->at;
    if (!decode_number(decoder, &n))
      return false;
    if (n == 0 || n > CORPUS_STRING_BYTES_MAX)
      return REFUSE(decoder, "a name of %llu bytes; 1 to %zu are allowed", (unsigned long long)n,
                    CORPUS_STRING_BYTES_MAX);
    if (n > decoder->end - decoder->at)
      return REFUSE(decoder, "the file ends inside a name");
    uint32_t name = corpus_builder_name(decoder->builder, decoder->bytes + decoder->at, n);
    if (name == CORPUS_NONE)
      return refuse_builder(decoder);
    decoder->at += n;
    if (name != i) {
      decoder->at = start;
      return REFUSE(decoder, "name %llu is the same as name %u", (unsigned long long)i, name);
    }
  }
  return true;
}

/* A frame's reference to a name, which is one of those that were met or the next one; *met counts
 * those. */
static bool decode_name(struct decoder *decoder, uint64_t number, uint64_t count, uint64_t *met)
{
  if (number >= count)
    return REFUSE(decoder, "name %llu of a frame, but there are %llu names",
                  (unsigned long long)number, (unsigned long long)count);
  if (number > *met)
    return REFUSE(decoder,
                  "name %llu of a frame comes before name %llu; names stand in the order "
                  "of their first use",
                  (unsigned long long)number, (unsigned long long)*met);
  *met += number == *met;
  return true;
}

static bool decode_frame(struct decoder *decoder, bool is_first, uint64_t name_count, uint64_t *met,
                         uint64_t *pc)
{
  size_t start = decoder->at;
  uint64_t step, function, file, line;
  if (!decode_number(decoder, &step) || !decode_number(decoder, &function) ||
      !decode_number(decoder, &file) || !decode_number(decoder, &line))
    return false;
  size_t end = decoder->at;
  decoder->at = start;
  if ((step == 0 && !is_first) || step > UINT64_MAX - *pc)
    return REFUSE(decoder, "a frame's program counter is not above that of the frame before");
  *pc += step;
  if (!decode_name(decoder, function, name_count, met))
    return false;
  if (file > 0 && !decode_name(decoder, file - 1, name_count, met))
    return false;
  if (line > UINT32_MAX)
    return REFUSE(decoder, "a frame in line %llu; at most %u are allowed", (unsigned long long)line,
                  UINT32_MAX);
  decoder->at = end;
  return corpus_builder_frame(decoder->builder, *pc, (uint32_t)function,
                              file > 0 ? (uint32_t)(file - 1) : CORPUS_NONE, (uint32_t)line) ||
         refuse_builder(decoder);
}

static bool decode_symbols(struct decoder *decoder)
{
  uint64_t name_count, frame_count, met = 0, pc = 0;
  if (!decode_names(decoder, &name_count) || !decode_count(decoder, "frames", &frame_count))
    return false;
  for (uint64_t i = 0; i < frame_count; i++)
    if (!decode_frame(decoder, i == 0, name_count, &met, &pc))
      return false;
  return met == name_count ||
         REFUSE(decoder, "name %llu is that of no frame", (unsigned long long)met);
}

static bool decode_body(struct decoder *decoder, unsigned version)
{
  uint64_t stream_count;
  if (!decode_items(decoder) || !decode_count(decoder, "streams", &stream_count))
    return false;
  size_t item_count = corpus_builder_item_count(decoder->builder);
  for (uint64_t i = 0; i < stream_count; i++)
    if (!decode_stream(decoder, (uint32_t)i, item_count))
      return false;
  if (version != VERSION_WITHOUT_SYMBOLS && !decode_symbols(decoder))
    return false;
  if (decoder->at != decoder->end)
    return REFUSE(decoder, "%zu bytes follow the last %s", decoder->end - decoder->at,
                  version == VERSION_WITHOUT_SYMBOLS ? "stream" : "frame");
  return true;
}

/* Checks all that surrounds the body. */
static bool check_frame(const unsigned char *bytes, size_t n, const char *path,
                        struct corpus_error *error)
{
  static const char mend[] = "fetch or import the file again";
  if (n < MAGIC_BYTES || memcmp(bytes, CORPUS_IMAGE_MAGIC, MAGIC_BYTES) != 0)
    return corpus_error_at_byte(error, path, 0,
                                "not a corpus (no TMBC magic); make one with tmb corpus import");
  if (n < HEADER_BYTES + CHECKSUM_BYTES)
    return corpus_error_at_byte(error, path, n, "the file ends inside its header; %s", mend);
  if (bytes[MAGIC_BYTES] != CORPUS_IMAGE_VERSION && bytes[MAGIC_BYTES] != VERSION_WITHOUT_SYMBOLS)
    return corpus_error_at_byte(error, path, MAGIC_BYTES,
                                "corpus version %u, but this program reads versions %u and %u; "
                                "import the recording again",
                                bytes[MAGIC_BYTES], VERSION_WITHOUT_SYMBOLS, CORPUS_IMAGE_VERSION);
  size_t body = n - HEADER_BYTES - CHECKSUM_BYTES;
  uint64_t declared = load_le64(bytes + MAGIC_BYTES + 1);
  if (declared != body)
    return corpus_error_at_byte(error, path, MAGIC_BYTES + 1,
                                "the body should have %llu bytes and has %zu; %s",
                                (unsigned long long)declared, body, mend);
  if (load_le64(bytes + n - CHECKSUM_BYTES) != corpus_image_checksum(bytes, n - CHECKSUM_BYTES))
    return corpus_error_at_byte(error, path, n - CHECKSUM_BYTES,
                                "the checksum does not match: the file is damaged; %s", mend);
  return true;
}

bool corpus_image_decode(const void *bytes, size_t n, const char *path, struct corpus **corpus,
                         struct corpus_error *error)
{
  *corpus = NULL;
  if (!check_frame(bytes, n, path, error))
    return false;
  const unsigned char *image = bytes;
  struct decoder decoder = {.bytes = image,
                            .at = HEADER_BYTES,
                            .end = n - CHECKSUM_BYTES,
                            .path = path,
                            .error = error,
                            .builder = corpus_builder_create(CORPUS_PUTS_MAX)};
  if (decoder.builder == NULL)
    return corpus_error_of_file(error, path, "out of memory");
  if (decode_body(&decoder, image[MAGIC_BYTES])) {
    *corpus = corpus_builder_finish(decoder.builder);
    if (*corpus == NULL)
      corpus_error_of_file(error, path, "%s", corpus_builder_failure(decoder.builder));
  }
  corpus_builder_destroy(decoder.builder);
  return *corpus != NULL;
}

/* ---- encode ---- */

struct encoder {
  unsigned char *bytes; /* NULL: only count */
  size_t n;
};

static void encode_bytes(struct encoder *encoder, const void *bytes, size_t n)
{
  if (encoder->bytes != NULL)
    memcpy(encoder->bytes + encoder->n, bytes, n);
  encoder->n += n;
}

static void encode_number(struct encoder *encoder, uint64_t number)
{
  unsigned char bytes[10];
  size_t n = 0;
  do {
    bytes[n] = (unsigned char)(number & 0x7f);
    number >>= 7;
    if (number != 0)
      bytes[n] |= 0x80;
    n++;
  } while (number != 0);
  encode_bytes(encoder, bytes, n);
}

/* The number of the name at this address: they ascend. */
static uint64_t name_number(const struct corpus *corpus, const char *bytes)
{
  size_t low = 0, high = corpus->name_count;
  while (high - low > 1) {
    size_t middle = low + (high - low) / 2;
    if (corpus->names[middle].bytes <= bytes)
      low = middle;
    else
      high = middle;
  }
  return low;
}

static void encode_symbols(struct encoder *encoder, const struct corpus *corpus)
{
  encode_number(encoder, corpus->name_count);
  for (size_t i = 0; i < corpus->name_count; i++) {
    encode_number(encoder, corpus->names[i].length);
    encode_bytes(encoder, corpus->names[i].bytes, corpus->names[i].length);
  }
  encode_number(encoder, corpus->frame_count);
  uint64_t pc = 0;
  for (size_t i = 0; i < corpus->frame_count; i++) {
    const struct corpus_frame *frame = &corpus->frames[i];
    encode_number(encoder, frame->pc - pc);
    encode_number(encoder, name_number(corpus, frame->function));
    encode_number(encoder, frame->file_length > 0 ? name_number(corpus, frame->file) + 1 : 0);
    encode_number(encoder, frame->line);
    pc = frame->pc;
  }
}

static void encode_body(struct encoder *encoder, const struct corpus *corpus)
{
  encode_number(encoder, corpus->item_count);
  uint64_t first_pc = 0;
  for (size_t i = 0; i < corpus->item_count; i++) {
    const struct corpus_item *item = &corpus->items[i];
    if (item->kind == CORPUS_STRING) {
      encode_number(encoder, (uint64_t)item->length << 1);
      encode_bytes(encoder, item->bytes, item->length);
      continue;
    }
    encode_number(encoder, (uint64_t)item->length / 8 << 1 | 1);
    uint64_t previous = first_pc;
    for (size_t at = 0; at < item->length; at += 8) {
      uint64_t pc = corpus_pc(item->bytes + at);
      encode_number(encoder, zigzag(pc - previous));
      previous = pc;
    }
    first_pc = corpus_pc(item->bytes);
  }
  encode_number(encoder, corpus->stream_count);
  for (size_t i = 0; i < corpus->stream_count; i++) {
    const struct corpus_stream *stream = &corpus->streams[i];
    encode_number(encoder, strlen(stream->name));
    encode_bytes(encoder, stream->name, strlen(stream->name));
    encode_number(encoder, stream->thread);
    encode_number(encoder, stream->put_count);
    for (size_t j = 0; j < stream->put_count; j++)
      encode_number(encoder, stream->puts[j]);
  }
  encode_symbols(encoder, corpus);
}

unsigned char *corpus_image_encode(const struct corpus *corpus, const char *path, size_t *n,
                                   struct corpus_error *error)
{
  struct encoder counter = {0};
  encode_body(&counter, corpus);
  *n = HEADER_BYTES + counter.n + CHECKSUM_BYTES;
  if (*n > CORPUS_FILE_BYTES_MAX) {
    corpus_error_of_file(error, path, "would have %zu bytes; a corpus has at most %zu; import less",
                         *n, CORPUS_FILE_BYTES_MAX);
    return NULL;
  }
  struct encoder encoder = {.bytes = malloc(*n)};
  if (encoder.bytes == NULL) {
    corpus_error_of_file(error, path, "out of memory");
    return NULL;
  }
  encode_bytes(&encoder, CORPUS_IMAGE_MAGIC, MAGIC_BYTES);
  encoder.bytes[encoder.n++] = CORPUS_IMAGE_VERSION;
  store_le64(encoder.bytes + encoder.n, counter.n);
  encoder.n += 8;
  encode_body(&encoder, corpus);
  store_le64(encoder.bytes + encoder.n, corpus_image_checksum(encoder.bytes, encoder.n));
  return encoder.bytes;
}
