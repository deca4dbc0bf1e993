/* atomics.h: C11 atomics with the memory order in the name, so that each use reads as what it is.
 * A use names its partner in a comment: "pairs with the publish in put()". */
#ifndef TMB_ATOMICS_H
#define TMB_ATOMICS_H

#include <stdatomic.h>

#define load_relaxed(p) atomic_load_explicit((p), memory_order_relaxed)
#define load_acquire(p) atomic_load_explicit((p), memory_order_acquire)
#define store_relaxed(p, v) atomic_store_explicit((p), (v), memory_order_relaxed)
#define store_release(p, v) atomic_store_explicit((p), (v), memory_order_release)
#define fetch_add_relaxed(p, v) atomic_fetch_add_explicit((p), (v), memory_order_relaxed)
/* Release on success, acquire on failure: publishes what was built, or sees what the winner built.
 */
#define cas_publish(p, expected, desired)                                                          \
  atomic_compare_exchange_strong_explicit((p), (expected), (desired), memory_order_release,        \
                                          memory_order_acquire)

/* Says to the processor that a loop spins. */
static inline void cpu_pause(void)
{
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

#endif
