/* tbb_hash_map: oneTBB's concurrent_hash_map: chained nodes, a reader-writer spin lock a bucket and
 * another a node, growth by segments whose buckets are filled when they are touched.
 *
 * Chosen:
 *   find() with a const_accessor first, so that a hit takes locks for reading only.
 *   On a miss insert() with an accessor. It builds the node from the caller's bytes itself (the
 *   comparison is transparent); the id is drawn under the node's lock, for which those wait who
 * find the string meanwhile. So a miss searches twice, the second time in lines that are at hand:
 * no form of insert() locks a hit for reading and maps a new key to more than a constant. insert()
 * builds the node before it locks the bucket for itself, so a put that loses a race leaves node and
 * bytes in the region. It burns no id. Nodes come from the region; the table starts at its default
 * size.
 *
 * Progress: none promised, both locks spin. Ids: dense and in order.
 */
#include <oneapi/tbb/concurrent_hash_map.h>

#include "peers/peer_map.h"

namespace
{

struct compare {
  using is_transparent = void;
  template <class Key> size_t hash(const Key &key) const { return key_hasher()(key); }
  template <class Left, class Right> bool equal(const Left &a, const Right &b) const
  {
    return key_equals()(a, b);
  }
};

class tbb_table
{
  using string_map =
      tbb::concurrent_hash_map<interned_key, uint64_t, compare,
                               node_allocator<std::pair<const interned_key, uint64_t>>>;

  peer_memory &memory;
  string_map strings;

public:
  explicit tbb_table(peer_memory &m) : memory(m), strings(string_map::allocator_type(&m)) {}

  map_put put(const candidate &c)
  {
    if (uint64_t id = lookup(c))
      return {id, false};
    being_put = &c;
    string_map::accessor entry;
    bool added = true;
    try {
      added = strings.insert(entry, c);
    } catch (const std::exception &) {
      if (entry.empty())
        throw;
      /* The string is in; what could not be had is the table's next segment. */
    }
    if (!added) {
      memory.lost_races.fetch_add(c.copied, std::memory_order_relaxed); /* a statistic */
      return {entry->second, false};
    }
    return {entry->second = memory.draw_id(), true};
  }

  uint64_t lookup(const candidate &c)
  {
    string_map::const_accessor entry;
    return strings.find(entry, c) ? entry->second : 0;
  }

  uint64_t keys() { return strings.size(); }

  template <class Show> bool each(Show show)
  {
    for (const auto &[key, id] : strings)
      if (!show(id, key.bytes, key.n))
        return false;
    return true;
  }
};

const map_plugin peer = peer_map<tbb_table>::plugin(
    "tbb_hash_map", "peer: oneTBB concurrent_hash_map, chains under reader-writer spin locks",
    PEER_LIBRARY, MAP_DENSE_IDS | MAP_ORDERED_IDS);

} // namespace

const struct plugin *tmb_plugin(void)
{
  return &peer.head;
}
