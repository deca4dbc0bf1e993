/* rate_search.c: see rate_search.h. */
#include "run/rate_search.h"

#include <math.h>

#include "run/arrivals.h"

uint64_t rate_search_round(double rate)
{
  if (!(rate > 1))
    return 1;
  double most = (double)ARRIVALS_RATE_MOST;
  double unit = fmax(pow(10, floor(log10(rate)) - 2), 1);
  double rounded = round(rate / unit) * unit;
  return (uint64_t)(rounded < most ? rounded : most);
}

void rate_search_init(struct rate_search *search, uint64_t first, double precision)
{
  *search = (struct rate_search){.first = first, .precision = precision};
}

uint64_t rate_search_next(const struct rate_search *search)
{
  uint64_t passed = search->passed, failed = search->failed;
  if (!passed && !failed)
    return search->first;
  if (!failed)
    return passed >= ARRIVALS_RATE_MOST ? 0 : rate_search_round(2.0 * (double)passed);
  if (!passed)
    return search->halvings == RATE_SEARCH_HALVINGS || failed == 1
               ? 0
               : rate_search_round((double)failed / 2);
  if ((double)failed <= (double)passed * (1 + search->precision))
    return 0;
  uint64_t middle = rate_search_round(sqrt((double)passed * (double)failed));
  return middle > passed && middle < failed ? middle : 0;
}

void rate_search_give_up(struct rate_search *search)
{
  search->halvings = RATE_SEARCH_HALVINGS;
}

void rate_search_tell(struct rate_search *search, uint64_t rate, bool passed)
{
  if (passed) {
    search->passed = rate;
    return;
  }
  search->halvings += search->failed && !search->passed;
  search->failed = rate;
}
