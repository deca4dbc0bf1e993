/* boost_flat_map: boost::concurrent_flat_map: open addressing by groups of 15 slots with 8 hash
 * bits each, a reader-writer spin lock a group, all of them held while the table doubles.
 *
 * Chosen:
 *   try_emplace_or_cvisit with a transparent hash and comparison: one call for hit and miss, a hit
 *   locks its group for reading. The library constructs the key, which is when the bytes are
 * copied, and then the id, only for a string that it adds: nothing is built in vain, and no version
 * needs a second call on a miss, which a copy before the call would. The hash is declared
 * avalanching, so the library does not mix it again. Default growth, at a load of 7/8.
 *
 * Progress: none promised, the locks spin. Ids: dense and in order.
 */
#include <boost/unordered/concurrent_flat_map.hpp>

#include "peers/peer_map.h"

namespace
{

class flat_table
{
  using string_map =
      boost::concurrent_flat_map<interned_key, uint64_t, key_hasher, key_equals,
                                 counting_allocator<std::pair<const interned_key, uint64_t>>>;

  string_map strings;

public:
  explicit flat_table(peer_memory &m) : strings(string_map::allocator_type(&m)) {}

  map_put put(const candidate &c)
  {
    uint64_t id = 0;
    bool added = strings.try_emplace_or_cvisit(c, undrawn_id{c.memory, &id},
                                               [&](const auto &entry) { id = entry.second; });
    return {id, added};
  }

  uint64_t lookup(const candidate &c)
  {
    uint64_t id = 0;
    strings.cvisit(c, [&](const auto &entry) { id = entry.second; });
    return id;
  }

  uint64_t keys() { return strings.size(); }

  /* cvisit_while would end it, from 1.84 on. */
  template <class Show> bool each(Show show)
  {
    bool more = true;
    strings.cvisit_all([&](const auto &entry) {
      more = more && show(entry.second, entry.first.bytes, entry.first.n);
    });
    return more;
  }
};

const map_plugin peer = peer_map<flat_table>::plugin(
    "boost_flat_map", "peer: boost::concurrent_flat_map, groups of slots under spin locks",
    PEER_LIBRARY, MAP_DENSE_IDS | MAP_ORDERED_IDS);

} // namespace

const struct plugin *tmb_plugin(void)
{
  return &peer.head;
}
