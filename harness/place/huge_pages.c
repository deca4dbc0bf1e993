/* huge_pages.c: see huge_pages.h. */
#include "place/huge_pages.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool huge_pages_offered(const char *root, char *error)
{
  static const char setting[] = "/sys/kernel/mm/transparent_hugepage/enabled";
  char path[512], text[128] = "";
  snprintf(path, sizeof path, "%s%s", root, setting);
  FILE *file = fopen(path, "r");
  bool read = file && fgets(text, sizeof text, file);
  if (file)
    fclose(file);
  if (!read) {
    snprintf(error, HUGE_PAGES_ERROR_BYTES,
             "huge pages: %s is not there, so this kernel has no transparent huge pages", setting);
    return false;
  }
  if (strstr(text, "[never]")) {
    snprintf(error, HUGE_PAGES_ERROR_BYTES,
             "huge pages: %s says never. To allow them to who asks: echo madvise | sudo tee %s",
             setting, setting);
    return false;
  }
  return true;
}

uint64_t huge_pages_held(const char *smaps, const void *area, size_t bytes)
{
  FILE *file = fopen(smaps ? smaps : "/proc/self/smaps", "r");
  if (!file)
    return 0;
  const uintptr_t from = (uintptr_t)area, to = from + bytes;
  char line[512];
  uint64_t held = 0, shared = 0; /* shared: of the mapping that the lines are about */
  while (fgets(line, sizeof line, file)) {
    uintptr_t first, end;
    uint64_t kib;
    if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " ", &first, &end) == 2) {
      first = first > from ? first : from;
      end = end < to ? end : to;
      shared = end > first ? end - first : 0;
    } else if (shared && sscanf(line, "AnonHugePages: %" SCNu64 " kB", &kib) == 1) {
      uint64_t huge = kib * 1024;
      held += huge < shared ? huge : shared;
    }
  }
  fclose(file);
  return held;
}
