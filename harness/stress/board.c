/* board.c: see board.h. */
#include "stress/board.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>

#include "measure/stopwatch.h"

struct board *board_create(void)
{
  struct board *board =
      mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (board == MAP_FAILED)
    return NULL;
  board->start_ns = stopwatch_now_ns();
  return board;
}

void board_destroy(struct board *board)
{
  if (board)
    munmap(board, sizeof *board);
}

uint64_t board_progress(const struct board *board)
{
  uint64_t sum = atomic_load_explicit(&board->pulse, memory_order_relaxed);
  for (unsigned i = 0; i < BOARD_SEATS; i++)
    sum += board_done(&board->seat[i]);
  return sum;
}

double board_elapsed_s(const struct board *board)
{
  return (double)(stopwatch_now_ns() - board->start_ns) * 1e-9;
}

void board_refute(struct board *board, enum stress_promise promise, const char *format, ...)
{
  struct board_refutation *refutation = &board->refutation[promise];
  board->tested[promise] = true;
  if (refutation->refuted)
    return;
  refutation->refuted = true;
  refutation->epoch = atomic_load_explicit(&board->epoch, memory_order_relaxed);
  refutation->after_s = board_elapsed_s(board);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(refutation->how, sizeof refutation->how, format, arguments);
  va_end(arguments);
}

void board_fail(struct board *board, const char *format, ...)
{
  if (board->error[0])
    return;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(board->error, sizeof board->error, format, arguments);
  va_end(arguments);
}

bool board_has_refutation(const struct board *board)
{
  for (unsigned i = 0; i < STRESS_PROMISES; i++)
    if (board->refutation[i].refuted)
      return true;
  return false;
}
