/* machine_facts.h: what this machine is, and what about it spoils a measurement. Recorded with
 * every run as machine.json, printed by reports.
 *
 * Everything comes from files in /proc and /sys. What a system does not say reads "not available
 * here"; nothing is an error.
 */
#ifndef TMB_MACHINE_FACTS_H
#define TMB_MACHINE_FACTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct machine_fact {
  const char *name;   /* [a-z_]+, units in it */
  char value[160];    /* printable ASCII */
  bool is_number;     /* value is one, and is so in JSON */
  char identity[160]; /* its part of the fingerprint; "" when two machines may differ in it */
  char concern[512];  /* what it does to a measurement and how to change it; "" when nothing */
};

enum { MACHINE_FACTS_MOST = 32 };

struct machine_facts {
  size_t count;
  struct machine_fact fact[MACHINE_FACTS_MOST];
};

/* `root` is put before every path: "" for this machine, a folder for a made-up one. */
void machine_facts_read(const char *root, struct machine_facts *facts);

/* NULL: there is no fact of that name. */
const struct machine_fact *machine_facts_find(const struct machine_facts *facts, const char *name);

enum { MACHINE_FINGERPRINT_BYTES = 17 };

/* 16 hexadecimal digits: a hash of processor, counts of packages, cores, CPUs and nodes, memory to
 * the nearest GiB, kernel release and hypervisor. Not of what can be changed without another
 * machine. */
void machine_facts_fingerprint(const struct machine_facts *facts,
                               char text[MACHINE_FINGERPRINT_BYTES]);

/* What machine.json holds: {"v", "fingerprint", "facts"}. A new reference; NULL: no memory. */
json_t *machine_facts_json(const struct machine_facts *facts);

#endif
