/* system_file.c: reads what the kernel says in small text files. */
#include "measure/system_file.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool system_file_text(const char *root, const char *path, char *text, size_t size)
{
  char whole_path[4096];
  text[0] = '\0';
  int length = snprintf(whole_path, sizeof whole_path, "%s%s", root, path);
  if (length < 0 || (size_t)length >= sizeof whole_path)
    return false;
  FILE *file = fopen(whole_path, "re");
  if (!file)
    return false;
  size_t used = fread(text, 1, size - 1, file);
  fclose(file);
  while (used > 0 && isspace((unsigned char)text[used - 1]))
    used--;
  text[used] = '\0';
  return text[0] != '\0';
}

bool system_file_number(const char *root, const char *path, double *number)
{
  char text[64], *end;
  if (!system_file_text(root, path, text, sizeof text))
    return false;
  *number = strtod(text, &end);
  return end != text && isfinite(*number);
}

bool system_file_field(const char *text, const char *key, char *value, size_t size)
{
  size_t key_length = strlen(key);
  value[0] = '\0';
  for (const char *line = text; line; line = strchr(line, '\n')) {
    line += *line == '\n';
    if (strncmp(line, key, key_length) != 0)
      continue;
    const char *colon = line + key_length;
    colon += strspn(colon, " \t");
    if (*colon != ':')
      continue;
    const char *start = colon + 1 + strspn(colon + 1, " \t");
    snprintf(value, size, "%.*s", (int)strcspn(start, "\n"), start);
    return true;
  }
  return false;
}
