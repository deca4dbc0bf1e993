/* block_source_test.c: cold and warm blocks, limits, and what is held. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "place/block_source.h"
#include "place/huge_pages.h"
#include "tests/contract/cmocka_includes.h"
#include "tests/contract/team.h"

#define BLOCK ((size_t)8192)

static void *take(struct page_source *s, size_t bytes)
{
  return s->source.take(&s->source, bytes);
}

static void give_back(struct page_source *s, void *block, size_t bytes)
{
  s->source.give_back(&s->source, block, bytes);
}

static int init(struct page_source *s, enum block_pages pages, size_t reserve_bytes)
{
  return page_source_init(
      s, &(struct page_source_config){.pages = pages, .reserve_bytes = reserve_bytes});
}

static void check_block(void *block, size_t bytes)
{
  assert_non_null(block);
  assert_int_equal((uintptr_t)block % 4096, 0);
  memset(block, 0x77, bytes);
}

static void blocks_are_aligned_and_counted(void **state)
{
  (void)state;
  for (enum block_pages pages = PAGES_COLD; pages <= PAGES_WARM; pages++) {
    struct page_source s;
    void *block[8];
    assert_int_equal(init(&s, pages, 16 * BLOCK), 0);
    for (size_t i = 0; i < 8; i++) {
      block[i] = take(&s, BLOCK);
      check_block(block[i], BLOCK);
      for (size_t j = 0; j < i; j++)
        assert_true((char *)block[i] + BLOCK <= (char *)block[j] ||
                    (char *)block[j] + BLOCK <= (char *)block[i]);
      assert_int_equal(page_source_held_bytes(&s), (i + 1) * BLOCK);
    }
    for (size_t i = 0; i < 8; i++)
      give_back(&s, block[i], BLOCK);
    assert_int_equal(page_source_held_bytes(&s), 0);
    page_source_fini(&s);
  }
}

static void cold_blocks_are_gone_when_given_back(void **state)
{
  (void)state;
  struct page_source s;
  unsigned char resident;
  assert_int_equal(init(&s, PAGES_COLD, 0), 0);
  void *block = take(&s, BLOCK);
  check_block(block, BLOCK);
  assert_int_equal(mincore(block, 4096, &resident), 0);
  give_back(&s, block, BLOCK);
  assert_int_equal(mincore(block, 4096, &resident), -1);
  page_source_fini(&s);
}

/* Also pages that held something before the rewind; and fresh ones are not touched for it. */
static void zeroed_blocks_are_zeros(void **state)
{
  (void)state;
  static const unsigned char zeros[BLOCK];
  for (enum block_pages pages = PAGES_COLD; pages <= PAGES_WARM; pages++) {
    struct page_source s;
    assert_int_equal(init(&s, pages, 4 * BLOCK), 0);
    for (int round = 0; round < 3; round++) {
      unsigned char resident[BLOCK / 4096];
      void *block = s.source.take_zeroed(&s.source, BLOCK);
      assert_non_null(block);
      assert_int_equal(mincore(block, BLOCK, resident), 0);
      for (size_t page = 0; pages == PAGES_COLD && page < sizeof resident; page++)
        assert_false(resident[page] & 1);
      assert_memory_equal(block, zeros, BLOCK);
      check_block(block, BLOCK);
      give_back(&s, block, BLOCK);
      page_source_rewind(&s);
    }
    page_source_limit(&s, 0);
    assert_null(s.source.take_zeroed(&s.source, BLOCK));
    page_source_fini(&s);
  }
}

/* Where the source has no call for it. */
static void blocks_are_zeroed_for_any_source(void **state)
{
  (void)state;
  static const unsigned char zeros[BLOCK];
  struct page_source s;
  assert_int_equal(init(&s, PAGES_WARM, BLOCK), 0);
  check_block(take(&s, BLOCK), BLOCK);
  page_source_rewind(&s);
  s.source.take_zeroed = NULL;
  assert_memory_equal(block_source_take_zeroed(&s.source, BLOCK), zeros, BLOCK);
  assert_null(block_source_take_zeroed(&s.source, BLOCK)); /* there is no more */
  page_source_fini(&s);
}

static void warm_blocks_come_again_after_a_rewind(void **state)
{
  (void)state;
  struct page_source s;
  void *first[4];
  assert_int_equal(init(&s, PAGES_WARM, 4 * BLOCK), 0);
  page_source_touch(&s, 0, 2 * BLOCK);
  page_source_touch(&s, 0, 1000 * BLOCK); /* no more than there is */
  for (int round = 0; round < 3; round++) {
    for (int i = 0; i < 4; i++) {
      void *block = take(&s, BLOCK);
      check_block(block, BLOCK);
      if (round == 0)
        first[i] = block;
      else
        assert_ptr_equal(block, first[i]);
    }
    assert_null(take(&s, BLOCK)); /* the reservation is used up */
    assert_null(take(&s, BLOCK));
    assert_int_equal(page_source_held_bytes(&s), 4 * BLOCK);
    for (int i = 0; i < 4; i++)
      give_back(&s, first[i], BLOCK);
    page_source_rewind(&s);
  }
  page_source_fini(&s);
}

static void a_limit_withholds_blocks(void **state)
{
  (void)state;
  for (enum block_pages pages = PAGES_COLD; pages <= PAGES_WARM; pages++) {
    struct page_source s;
    assert_int_equal(init(&s, pages, 64 * BLOCK), 0);
    for (int64_t limit = 0; limit < 4; limit++) {
      void *block[4];
      page_source_limit(&s, limit);
      for (int64_t i = 0; i < limit; i++)
        check_block(block[i] = take(&s, BLOCK), BLOCK);
      for (int again = 0; again < 3; again++)
        assert_null(take(&s, BLOCK));
      assert_int_equal(page_source_held_bytes(&s), (uint64_t)limit * BLOCK);
      page_source_limit(&s, INT64_MAX);
      void *more = take(&s, BLOCK);
      check_block(more, BLOCK);
      give_back(&s, more, BLOCK);
      for (int64_t i = 0; i < limit; i++)
        give_back(&s, block[i], BLOCK);
    }
    assert_int_equal(page_source_held_bytes(&s), 0);
    page_source_fini(&s);
  }
}

static void what_cannot_be_mapped_is_refused(void **state)
{
  (void)state;
  struct page_source s;
  assert_true(init(&s, PAGES_WARM, SIZE_MAX / 2) < 0);
  page_source_fini(&s);
  assert_int_equal(init(&s, PAGES_COLD, 0), 0);
  assert_null(take(&s, SIZE_MAX / 2));
  assert_int_equal(page_source_held_bytes(&s), 0);
  page_source_fini(&s);
}

/* Whether pages were really huge is the kernel's affair; that none are without asking is ours. */
static void huge_pages_come_when_asked_for(void **state)
{
  (void)state;
  char error[HUGE_PAGES_ERROR_BYTES];
  if (!huge_pages_offered("", error))
    skip();
  for (enum block_pages pages = PAGES_COLD; pages <= PAGES_WARM; pages++) {
    struct page_source s;
    uint64_t held[3] = {0};
    const struct page_source_config config = {
        .pages = pages, .huge = true, .reserve_bytes = 2 * HUGE_PAGE_BYTES};
    assert_int_equal(page_source_init(&s, &config), 0);
    for (int round = 0; round < 3; round++) {
      void *block[2];
      for (int i = 0; i < 2; i++)
        check_block(block[i] = take(&s, HUGE_PAGE_BYTES), HUGE_PAGE_BYTES);
      assert_int_equal((uintptr_t)block[0] % HUGE_PAGE_BYTES, 0);
      assert_null(take(&s, BLOCK)); /* the reservation is used up */
      held[round] = page_source_huge_bytes(&s);
      assert_in_range(held[round], 0, 2 * HUGE_PAGE_BYTES);
      for (int i = 0; i < 2; i++)
        give_back(&s, block[i], HUGE_PAGE_BYTES);
      page_source_rewind(&s);
      assert_int_equal(page_source_huge_bytes(&s), pages == PAGES_COLD ? 0 : held[round]);
    }
    assert_int_equal(page_source_held_bytes(&s), 0);
    page_source_fini(&s);
    print_message("%s: %llu of %zu bytes in huge pages\n", pages ? "warm" : "cold",
                  (unsigned long long)held[2], 2 * HUGE_PAGE_BYTES);
  }
}

enum { THREADS = 4, EACH = 200 };

struct takers {
  struct page_source source;
  unsigned taken[THREADS], torn[THREADS];
};

static void take_many(void *arg, unsigned thread)
{
  struct takers *takers = arg;
  for (int i = 0; i < EACH; i++) {
    unsigned char *block = take(&takers->source, BLOCK);
    if (!block)
      continue;
    takers->taken[thread]++;
    memset(block, (int)thread, BLOCK);
    for (size_t at = 0; at < BLOCK; at += 64)
      takers->torn[thread] += block[at] != thread;
    give_back(&takers->source, block, BLOCK);
  }
}

static void threads_take_and_give_back(void **state)
{
  (void)state;
  for (enum block_pages pages = PAGES_COLD; pages <= PAGES_WARM; pages++) {
    struct takers takers = {.taken = {0}};
    unsigned taken = 0;
    const unsigned limit = THREADS * EACH / 2;
    assert_int_equal(init(&takers.source, pages, THREADS * EACH * BLOCK), 0);
    page_source_limit(&takers.source, limit);
    team_run(THREADS, take_many, &takers);
    for (int t = 0; t < THREADS; t++) {
      taken += takers.taken[t];
      assert_int_equal(takers.torn[t], 0);
    }
    assert_int_equal(taken, limit);
    assert_int_equal(page_source_held_bytes(&takers.source), 0);
    page_source_fini(&takers.source);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(blocks_are_aligned_and_counted),
      cmocka_unit_test(cold_blocks_are_gone_when_given_back),
      cmocka_unit_test(zeroed_blocks_are_zeros),
      cmocka_unit_test(blocks_are_zeroed_for_any_source),
      cmocka_unit_test(warm_blocks_come_again_after_a_rewind),
      cmocka_unit_test(a_limit_withholds_blocks),
      cmocka_unit_test(what_cannot_be_mapped_is_refused),
      cmocka_unit_test(huge_pages_come_when_asked_for),
      cmocka_unit_test(threads_take_and_give_back),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
