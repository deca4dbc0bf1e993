/* place_order.h: the CPUs of a machine in the order in which threads take them. Private to this
 * room: placement.c hands them out.
 */
#ifndef TMB_PLACE_ORDER_H
#define TMB_PLACE_ORDER_H

#include "place/place_text.h"
#include "place/topology.h"

/* What the orders need, read off a topology once. */
struct place_machine {
  const struct topology *topology;
  unsigned pu_count;
  struct topology_pu *pus; /* in topology order */
  unsigned *order;         /* room for one order */
};

/* False: no memory. */
bool place_machine_init(struct place_machine *, const struct topology *);
void place_machine_fini(struct place_machine *);

/* Writes the PUs of that part into machine->order, as indexes into machine->pus, and how many they
 * are into *count. 0; or -EINVAL or -ENOMEM with a sentence in error[TOPOLOGY_ERROR_BYTES]: a node
 * or CPU that is not there or may not be used. The part is not PLACE_NONE. */
int place_order_make(struct place_machine *, const struct place_part *, unsigned *count,
                     char *error);

#endif
