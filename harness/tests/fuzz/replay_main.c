/* replay_main.c: stands in for libFuzzer where there is none: feeds every file of the directories
 * named on the command line to the fuzz target once. ctest runs it over the kept corpus. */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void die(const char *path)
{
  fprintf(stderr, "%s: %s\n", path, strerror(errno));
  exit(4);
}

static void replay_file(const char *path)
{
  FILE *file = fopen(path, "rb");
  if (!file)
    die(path);
  uint8_t *bytes = NULL;
  size_t n = 0, room = 0;
  for (;;) {
    if (n == room) {
      room = room ? 2 * room : 4096;
      bytes = realloc(bytes, room);
      if (!bytes)
        die(path);
    }
    size_t got = fread(bytes + n, 1, room - n, file);
    if (got == 0)
      break;
    n += got;
  }
  if (ferror(file))
    die(path);
  fclose(file);
  /* To the byte, so that AddressSanitizer sees a read past the end. */
  uint8_t *exact = malloc(n ? n : 1);
  if (!exact)
    die(path);
  memcpy(exact, bytes, n);
  free(bytes);
  LLVMFuzzerTestOneInput(exact, n);
  free(exact);
}

int main(int argc, char **argv)
{
  unsigned files = 0;
  for (int i = 1; i < argc; i++) {
    DIR *directory = opendir(argv[i]);
    if (!directory)
      die(argv[i]);
    const struct dirent *entry;
    while ((entry = readdir(directory)) != NULL) {
      if (entry->d_name[0] == '.')
        continue;
      char path[4096];
      int length = snprintf(path, sizeof path, "%s/%s", argv[i], entry->d_name);
      if (length < 0 || (size_t)length >= sizeof path) {
        errno = ENAMETOOLONG;
        die(argv[i]);
      }
      replay_file(path);
      files++;
    }
    closedir(directory);
  }
  if (files == 0) {
    fprintf(stderr, "no input: name a directory that holds some\n");
    return 4;
  }
  printf("%u inputs replayed\n", files);
  return 0;
}
