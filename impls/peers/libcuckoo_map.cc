/* libcuckoo_map: libcuckoo's cuckoohash_map: two buckets of four slots for each key, a spin lock a
 * group of buckets, all of them held while the table doubles.
 *
 * Chosen:
 *   The key is the 64-bit hash, the value a list of the strings that have it, nearly always of one.
 *   With strings as keys the table could hold no more than eight of one hash, whatever its size;
 *   this also lets it compare 8-byte keys and keep no tags.
 *   uprase_fn, one search under one pair of locks for hit and miss; the record is built when the
 *   library constructs the value, so only for a string that is added.
 *   A minimum load of 0: the library would rather throw than grow when hashes differ in few bits.
 *   The default size, 65,536 buckets, though it is memory for 262,144 strings before the first: a
 *   smaller table adds locks while it grows, and the search for a way to make room looks at their
 *   list without one. That is a data race of the library (0.3.1), which ThreadSanitizer sees.
 *
 * Progress: none promised, the locks spin. Ids: drawn under the locks, dense and in order.
 */
#include <libcuckoo/cuckoohash_map.hh>

#include "peers/peer_map.h"

namespace
{

/* Written before it is in the table, never after. */
struct record {
  const record *next; /* of the same hash */
  uint64_t id;
  size_t n;

  const unsigned char *bytes() const { return reinterpret_cast<const unsigned char *>(this + 1); }

  static const record *build(const candidate &c, const record *next)
  {
    void *taken = c.take(sizeof(record) + c.n);
    std::memcpy(static_cast<record *>(taken) + 1, c.bytes, c.n);
    return new (taken) record{next, c.memory->draw_id(), c.n};
  }

  static const record *find(const record *first, const candidate &c)
  {
    while (first && !key_equal(first->bytes(), first->n, c.bytes, c.n))
      first = first->next;
    return first;
  }
};

/* Stands for the list of a hash that is new. */
struct unbuilt_record {
  const candidate *from;
  uint64_t *id;
  operator const record *() const
  {
    const record *built = record::build(*from, nullptr);
    *id = built->id;
    return built;
  }
};

struct hash_itself {
  size_t operator()(uint64_t hash) const noexcept { return hash; }
};

class cuckoo_table
{
  using list_map =
      libcuckoo::cuckoohash_map<uint64_t, const record *, hash_itself, std::equal_to<uint64_t>,
                                counting_allocator<std::pair<const uint64_t, const record *>>>;

  list_map lists;

public:
  explicit cuckoo_table(peer_memory &m)
      : lists(libcuckoo::DEFAULT_SIZE, {}, {}, list_map::allocator_type(&m))
  {
    lists.minimum_load_factor(0);
  }

  map_put put(const candidate &c)
  {
    map_put result{0, true};
    auto search = [&](const record *&first) {
      const record *found = record::find(first, c);
      if (found)
        result.added = false;
      else
        found = first = record::build(c, first);
      result.id = found->id;
      return false; /* do not erase it */
    };
    lists.uprase_fn(c.hash, search, unbuilt_record{&c, &result.id});
    return result;
  }

  uint64_t lookup(const candidate &c)
  {
    uint64_t id = 0;
    lists.find_fn(c.hash, [&](const record *first) {
      const record *found = record::find(first, c);
      id = found ? found->id : 0;
    });
    return id;
  }

  uint64_t keys()
  {
    uint64_t count = 0;
    each([&](uint64_t, const void *, size_t) { return ++count; });
    return count;
  }

  template <class Show> bool each(Show show)
  {
    auto all = lists.lock_table();
    for (const auto &[hash, first] : all)
      for (const record *r = first; r; r = r->next)
        if (!show(r->id, r->bytes(), r->n))
          return false;
    return true;
  }
};

const map_plugin peer = peer_map<cuckoo_table>::plugin(
    "libcuckoo_map", "peer: libcuckoo cuckoohash_map, spin locks a group of buckets", PEER_LIBRARY,
    MAP_DENSE_IDS | MAP_ORDERED_IDS);

} // namespace

const struct plugin *tmb_plugin(void)
{
  return &peer.head;
}
