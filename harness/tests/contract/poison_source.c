/* poison_source.c: see poison_source.h. */
#include "tests/contract/poison_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct poison_block {
  struct poison_block *next;
  unsigned char *bytes;
  size_t n;
};

static void *take_filled(struct block_source *source, size_t bytes, int with)
{
  struct poison_source *s = (struct poison_source *)source;
  void *taken = NULL;
  pthread_mutex_lock(&s->lock);
  s->takes++;
  if (s->blocks_left > 0) {
    if (s->blocks_left != INT64_MAX)
      s->blocks_left--;
    struct poison_block *block = malloc(sizeof *block);
    taken = aligned_alloc(4096, bytes);
    if (!block || !taken)
      abort();
    *block = (struct poison_block){.next = s->blocks, .bytes = taken, .n = bytes};
    s->blocks = block;
    s->held_blocks++;
    s->held_bytes += bytes;
    memset(taken, with, bytes);
  }
  pthread_mutex_unlock(&s->lock);
  return taken;
}

static void *take(struct block_source *source, size_t bytes)
{
  return take_filled(source, bytes, 0xa5);
}

static void *take_zeroed(struct block_source *source, size_t bytes)
{
  return take_filled(source, bytes, 0);
}

static void forget(struct poison_source *s, struct poison_block **at)
{
  struct poison_block *block = *at;
  *at = block->next;
  s->held_blocks--;
  s->held_bytes -= block->n;
  memset(block->bytes, 0x5a, block->n);
  free(block->bytes);
  free(block);
}

static void give_back(struct block_source *source, void *given, size_t bytes)
{
  struct poison_source *s = (struct poison_source *)source;
  pthread_mutex_lock(&s->lock);
  struct poison_block **at = &s->blocks;
  while (*at && (*at)->bytes != given)
    at = &(*at)->next;
  if (!*at || (*at)->n != bytes) {
    fprintf(stderr, "%zu bytes at %p are given back, which is no block of this source\n", bytes,
            given);
    abort();
  }
  forget(s, at);
  pthread_mutex_unlock(&s->lock);
}

void poison_source_init(struct poison_source *s)
{
  *s = (struct poison_source){
      .source = {.take = take, .give_back = give_back, .take_zeroed = take_zeroed},
      .blocks_left = INT64_MAX};
  pthread_mutex_init(&s->lock, NULL);
}

void poison_source_fini(struct poison_source *s)
{
  while (s->blocks)
    forget(s, &s->blocks);
  pthread_mutex_destroy(&s->lock);
}

void poison_source_limit(struct poison_source *s, int64_t blocks)
{
  pthread_mutex_lock(&s->lock);
  s->blocks_left = blocks;
  pthread_mutex_unlock(&s->lock);
}

uint64_t poison_source_held_bytes(struct poison_source *s)
{
  pthread_mutex_lock(&s->lock);
  uint64_t held = s->held_bytes;
  pthread_mutex_unlock(&s->lock);
  return held;
}

bool poison_source_covers(struct poison_source *s, const void *bytes, size_t n)
{
  uintptr_t from = (uintptr_t)bytes;
  bool covered = false;
  pthread_mutex_lock(&s->lock);
  for (const struct poison_block *block = s->blocks; block && !covered; block = block->next) {
    uintptr_t start = (uintptr_t)block->bytes;
    covered = from >= start && n <= block->n && from - start <= block->n - n;
  }
  pthread_mutex_unlock(&s->lock);
  return covered;
}
