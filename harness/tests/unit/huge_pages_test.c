/* huge_pages_test.c: what a kernel offers, and what smaps says was given. */
#include "place/huge_pages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/contract/cmocka_includes.h"

static char folder[] = "/tmp/huge_pages_test.XXXXXX";

static void write_file(const char *name, const char *text)
{
  char path[256];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fputs(text, file);
  fclose(file);
}

static void the_kernels_setting_is_read(void **state)
{
  (void)state;
  static const char setting[] = "sys/kernel/mm/transparent_hugepage/enabled";
  static const char *const steps[] = {"sys", "sys/kernel", "sys/kernel/mm",
                                      "sys/kernel/mm/transparent_hugepage"};
  char error[HUGE_PAGES_ERROR_BYTES] = "";
  assert_false(huge_pages_offered(folder, error));
  assert_non_null(strstr(error, "is not there"));
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, steps[i]);
    assert_int_equal(mkdir(path, 0700), 0);
  }
  write_file(setting, "always madvise [never]\n");
  assert_false(huge_pages_offered(folder, error));
  assert_non_null(strstr(error, "says never"));
  assert_non_null(strstr(error, "echo madvise"));
  write_file(setting, "always [madvise] never\n");
  assert_true(huge_pages_offered(folder, error));
  write_file(setting, "[always] madvise never\n");
  assert_true(huge_pages_offered(folder, error));
}

static void smaps_is_added_up(void **state)
{
  (void)state;
  char path[256];
  snprintf(path, sizeof path, "%s/smaps", folder);
  write_file("smaps", "10000000-10400000 rw-p 00000000 00:00 0\n"
                      "Size:               4096 kB\n"
                      "AnonHugePages:      4096 kB\n"
                      "20000000-20800000 rw-p 00000000 00:00 0 [heap]\n"
                      "AnonHugePages:      2048 kB\n"
                      "ShmemPmdMapped:     2048 kB\n"
                      "30000000-30400000 rw-p 00000000 00:00 0\n"
                      "AnonHugePages:      4096 kB\n");
  const uint64_t mib = 1 << 20;
  assert_int_equal(huge_pages_held(path, (void *)0x20000000, 8 * mib), 2 * mib);
  assert_int_equal(huge_pages_held(path, (void *)0x10000000, 4 * mib), 4 * mib);
  assert_int_equal(huge_pages_held(path, (void *)0x10000000, 2 * mib), 2 * mib); /* at most */
  assert_int_equal(huge_pages_held(path, (void *)0x10000000, 0x20000000 + 4 * mib), 10 * mib);
  assert_int_equal(huge_pages_held(path, (void *)0x40000000, mib), 0);
  assert_int_equal(huge_pages_held("/nowhere/smaps", (void *)0x10000000, mib), 0);
}

static int make_folder(void **state)
{
  (void)state;
  return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
  static const char *const names[] = {"smaps",
                                      "sys/kernel/mm/transparent_hugepage/enabled",
                                      "sys/kernel/mm/transparent_hugepage",
                                      "sys/kernel/mm",
                                      "sys/kernel",
                                      "sys",
                                      ""};
  (void)state;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, names[i]);
    remove(path);
  }
  return 0;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_kernels_setting_is_read),
      cmocka_unit_test(smaps_is_added_up),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
