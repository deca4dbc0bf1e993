/* peer_map.h: what the peers in C++ share: keys that are copied into the region when a library
 * builds them, allocators that count, and the plug-in around a table.
 *
 * A peer is a class Table that is constructed from a peer_memory and has
 *
 *   map_put put(const candidate &)      may throw: no memory, the table is unchanged
 *   uint64_t lookup(const candidate &)  0: not there
 *   uint64_t keys()                     alone
 *   bool each(F show)                   alone; show(id, bytes, n) is false to end it, and each()
 * then
 *
 * Hash and key comparison are those of all maps; libraries are given the hash, none computes one.
 */
#ifndef TMB_PEER_MAP_H
#define TMB_PEER_MAP_H

#include <atomic>
#include <cerrno>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <type_traits>

#include "api/intern_map.h"
#include "common/key.h"
#include "common/owned_region.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow" /* C lets a struct and a function share a name */
#include "common/hash.h"
#pragma GCC diagnostic pop

struct peer_memory {
  owned_region region;
  alignas(64) std::atomic<uint64_t> last_id{0};
  alignas(64) std::atomic<uint64_t> table_bytes{0}; /* of the library's arrays */
  std::atomic<uint64_t> lost_races{0};

  /* relaxed: only uniqueness matters */
  uint64_t draw_id() { return last_id.fetch_add(1, std::memory_order_relaxed) + 1; }
};

/* A string that is put or looked for. */
struct candidate {
  uint64_t hash;
  const void *bytes;
  size_t n;
  peer_memory *memory;
  void *seat;
  mutable bool copied;

  /* Of the region; throws where it has none. */
  void *take(size_t size) const
  {
    void *taken = owned_region_alloc(&memory->region, seat, size);
    if (!taken)
      throw std::bad_alloc();
    return taken;
  }
  const void *copy() const
  {
    copied = true;
    return std::memcpy(take(n), bytes, n);
  }
};

/* A string in a table. What a library constructs from a candidate, in place and only for a string
 * that it adds, is the one copy of the bytes. */
struct interned_key {
  uint64_t hash;
  const void *bytes;
  size_t n;

  explicit interned_key(const candidate &from) : hash(from.hash), bytes(from.copy()), n(from.n) {}
};

/* Stands for an id that is drawn when the library constructs the mapped value. */
struct undrawn_id {
  peer_memory *memory;
  uint64_t *id;
  operator uint64_t() const { return *id = memory->draw_id(); }
};

/* Both take keys and candidates alike. */
struct key_hasher {
  using is_transparent = void;
  using is_avalanching = std::true_type; /* XXH3 is: Boost need not mix it again */
  template <class Key> size_t operator()(const Key &key) const noexcept { return key.hash; }
};

struct key_equals {
  using is_transparent = void;
  template <class Left, class Right> bool operator()(const Left &a, const Right &b) const noexcept
  {
    return a.hash == b.hash && key_equal(a.bytes, a.n, b.bytes, b.n);
  }
};

/* For arrays: malloc, counted. They are few, so the counter is no place to meet. */
template <class T> struct counting_allocator {
  using value_type = T;
  peer_memory *memory;

  explicit counting_allocator(peer_memory *m) : memory(m) {}
  template <class U> counting_allocator(const counting_allocator<U> &other) : memory(other.memory)
  {
  }

  T *allocate(size_t n)
  {
    T *taken = std::allocator<T>().allocate(n);
    memory->table_bytes.fetch_add(n * sizeof(T), std::memory_order_relaxed); /* a statistic */
    return taken;
  }
  void deallocate(T *given, size_t n)
  {
    memory->table_bytes.fetch_sub(n * sizeof(T), std::memory_order_relaxed);
    std::allocator<T>().deallocate(given, n);
  }
};

/* The put that this thread is in: whose seat nodes are taken with. */
inline thread_local const candidate *being_put;

/* For tables of nodes: a node comes from the region and goes back with it, arrays are counted. */
template <class T> struct node_allocator : counting_allocator<T> {
  using counting_allocator<T>::counting_allocator;
  template <class U> struct rebind {
    using other = node_allocator<U>;
  };

  T *allocate(size_t n)
  {
    return n == 1 ? static_cast<T *>(being_put->take(sizeof(T)))
                  : counting_allocator<T>::allocate(n);
  }
  void deallocate(T *given, size_t n)
  {
    if (n > 1)
      counting_allocator<T>::deallocate(given, n);
  }
};

template <class T, class U>
bool operator==(const counting_allocator<T> &a, const counting_allocator<U> &b)
{
  return a.memory == b.memory;
}
template <class T, class U>
bool operator!=(const counting_allocator<T> &a, const counting_allocator<U> &b)
{
  return a.memory != b.memory;
}

template <class Table> struct peer_map {
  struct key_hash hash;
  std::unique_ptr<Table> table;
  peer_memory memory;

  static peer_map *of(void *map) { return static_cast<peer_map *>(map); }

  /* 0, or -ENOMEM and the table as it was. */
  int renew()
  try {
    table = std::make_unique<Table>(memory); /* the old one goes last: a region's nodes are in it */
    return 0;
  } catch (const std::exception &) {
    return -ENOMEM;
  }

  static int create(const map_config *config, void **map)
  {
    std::unique_ptr<peer_map> m(new (std::nothrow) peer_map);
    if (!m)
      return -ENOMEM;
    m->hash = key_hash_of(config);
    int error = owned_region_create(&m->memory.region, config, CALLERS_OVERLAP);
    if (error)
      return error;
    error = m->renew();
    if (error) {
      owned_region_destroy(&m->memory.region);
      return error;
    }
    *map = m.release();
    return 0;
  }

  static void destroy(void *map)
  {
    std::unique_ptr<peer_map> m(of(map));
    m->table.reset();
    owned_region_destroy(&m->memory.region);
  }

  static int enter(void *map, const seat_place *place, void **seat)
  {
    return owned_region_enter(&of(map)->memory.region, place, seat);
  }

  static void leave(void *map, void *seat) { owned_region_leave(&of(map)->memory.region, seat); }

  candidate candidate_of(void *seat, const void *bytes, size_t n)
  {
    return {key_hash(&hash, bytes, n), bytes, n, &memory, seat, false};
  }

  static map_put put(void *map, void *seat, const void *bytes, size_t n)
  try {
    return n ? of(map)->table->put(of(map)->candidate_of(seat, bytes, n)) : map_put{};
  } catch (const std::exception &) { /* no memory, or the table can grow no further */
    return map_put{};
  }

  static uint64_t lookup(void *map, void *seat, const void *bytes, size_t n)
  {
    return n ? of(map)->table->lookup(of(map)->candidate_of(seat, bytes, n)) : 0;
  }

  static uint64_t steal_id(void *map, void *) { return of(map)->memory.draw_id(); }

  static int reset(void *map)
  {
    peer_memory &memory = of(map)->memory;
    int error = of(map)->renew();
    if (error)
      return error;
    memory.last_id.store(0, std::memory_order_relaxed); /* no put runs */
    memory.lost_races.store(0, std::memory_order_relaxed);
    owned_region_drop(&memory.region);
    return 0;
  }

  static int visit(void *map, map_visitor *visitor, void *arg)
  {
    auto show = [&](uint64_t id, const void *bytes, size_t n) {
      return visitor(arg, id, bytes, n);
    };
    return of(map)->table->each(show) ? 0 : -ECANCELED;
  }

  static void stats(void *map, map_stats *stats)
  {
    peer_map *m = of(map);
    stats->keys = m->table->keys();
    stats->lost_races = m->memory.lost_races.load(std::memory_order_relaxed);
    stats->table_bytes =
        sizeof *m + sizeof(Table) + m->memory.table_bytes.load(std::memory_order_relaxed);
    owned_region_stats(&m->memory.region, &stats->region);
  }

  static map_plugin plugin(const char *name, const char *summary, const char *library,
                           uint32_t promises)
  {
    map_plugin made{};
    made.head = {PLUGIN_MAP,  TMB_ABI_MAJOR,
                 sizeof made, promises | MAP_USES_REGION | MAP_RESET_GIVES_BACK,
                 name,        summary};
    made.create = create;
    made.destroy = destroy;
    made.enter = enter;
    made.leave = leave;
    made.put = put;
    made.lookup = lookup;
    made.steal_id = steal_id;
    made.reset = reset;
    made.visit = visit;
    made.stats = stats;
    made.library = library;
    return made;
  }
};

#endif
