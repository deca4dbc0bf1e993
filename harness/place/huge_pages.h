/* huge_pages.h: whether this kernel gives transparent huge pages to who asks for them, and how many
 * it really gave. Used by block_source.c and run/. */
#ifndef TMB_HUGE_PAGES_H
#define TMB_HUGE_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HUGE_PAGE_BYTES ((size_t)2 << 20) /* what areas are aligned to */
#define HUGE_PAGES_ERROR_BYTES 512

/* False, with a sentence in error[HUGE_PAGES_ERROR_BYTES], when the kernel below `root` ("": this
 * one) has none or never gives any. True is no promise that it will: ask huge_pages_held(). */
bool huge_pages_offered(const char *root, char *error);

/* Bytes of huge pages in these mappings of this process, as a text in the format of /proc/PID/smaps
 * has them; `smaps` is a path, NULL: this process's own. A mapping that overlaps the area counts,
 * with at most the bytes that it shares with it. 0 when the file cannot be read. */
uint64_t huge_pages_held(const char *smaps, const void *area, size_t bytes);

#endif
