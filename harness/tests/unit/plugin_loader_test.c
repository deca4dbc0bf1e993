/* plugin_loader_test.c: every refusal, and what must not be refused. */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "load/plugin_loader.h"
#include "tests/contract/cmocka_includes.h"

static char error[PLUGIN_ERROR_BYTES];

/* A plug-in of harness/tests/plugins. */
static const char *odd(const char *name)
{
  static char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/../../test-plugins/odd_plugin/%s.so", plugin_default_folder(),
           name);
  return path;
}

static char scratch[PATH_MAX / 2]; /* a folder of our own */

static const char *in_scratch(const char *name)
{
  static char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/%s", scratch, name);
  return path;
}

static void write_file(const char *path, const void *bytes, size_t n)
{
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes, 1, n, file), n);
  assert_int_equal(fclose(file), 0);
}

static unsigned char *read_file(const char *path, size_t *n)
{
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  fseek(file, 0, SEEK_END);
  *n = (size_t)ftell(file);
  rewind(file);
  unsigned char *bytes = malloc(*n);
  assert_non_null(bytes);
  assert_int_equal(fread(bytes, 1, *n, file), *n);
  fclose(file);
  return bytes;
}

/* Refused with a sentence that names the file and says this. */
static void assert_refused(const char *path, uint32_t kind, const char *says)
{
  error[0] = '\0';
  if (plugin_load(path, kind, error))
    fail_msg("%s was loaded", path);
  const char *slash = strrchr(path, '/');
  if (!strstr(error, slash ? slash + 1 : path) || !strstr(error, says))
    fail_msg("'%s' does not name %s and say '%s'", error, path, says);
}

static const union plugin_table *assert_loaded(const char *path, uint32_t kind)
{
  const union plugin_table *table = plugin_load(path, kind, error);
  if (!table)
    fail_msg("%s", error);
  return table;
}

/* ---- tables ---- */

static void odd_tables_are_refused(void **state)
{
  (void)state;
  static const struct {
    const char *name, *says;
  } refused[] = {
      {"returns_null", "returned NULL"},
      {"no_symbol", "exports no tmb_plugin"},
      {"undefined_call", "a_call_that_nobody_has"},
      {"unknown_kind", "kind 9"},
      {"other_version", "interface 4"},
      {"short_head", "its head alone has"},
      {"short_table", "put"},
      {"no_create", "create"},
      {"no_destroy", "destroy"},
      {"no_put", "put"},
      {"enter_alone", "enter without leave"},
      {"leave_alone", "enter without leave"},
      {"region_no_create", "create"},
      {"region_no_destroy", "destroy"},
      {"region_no_alloc", "alloc"},
      {"region_no_drop", "drop"},
      {"region_no_stats", "stats"},
      {"region_enter_alone", "enter without leave"},
      {"workload_no_prepare", "prepare"},
      {"workload_no_run", "run"},
      {"act_alone", "all three or none"},
      {"run_and_act", "without run"},
      {"no_name", "name"},
      {"empty_name", "name"},
      {"bad_name", "name"},
      {"no_summary", "summary"},
      {"crashes_in_constructor", "crashes when it is loaded"},
      {"exits_in_constructor", "ends the process when it is loaded (exit code 0)"},
      {"hangs_in_constructor", "was not loaded within"},
      {"crashes_in_entry", "crashes when it is loaded"},
  };
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
    assert_refused(odd(refused[i].name), 0, refused[i].says);
}

static void sound_tables_are_taken(void **state)
{
  (void)state;
  assert_int_equal(assert_loaded(odd("sound_map"), PLUGIN_MAP)->head.kind, PLUGIN_MAP);
  assert_int_equal(assert_loaded(odd("sound_region"), PLUGIN_REGION)->head.kind, PLUGIN_REGION);
  assert_int_equal(assert_loaded(odd("sound_workload"), 0)->head.kind, PLUGIN_WORKLOAD);
  assert_non_null(assert_loaded(odd("staged_workload"), PLUGIN_WORKLOAD)->workload.act);
  assert_string_equal(assert_loaded(odd("sound_map"), 0)->head.name, "sound_map");
}

static void another_kind_is_refused(void **state)
{
  (void)state;
  assert_refused(odd("sound_map"), PLUGIN_REGION, "is a map, a region is wanted");
  assert_refused(odd("sound_workload"), PLUGIN_MAP, "is a workload, a map is wanted");
  assert_loaded(odd("sound_map"), PLUGIN_MAP); /* and once it is loaded */
  assert_refused(odd("sound_map"), PLUGIN_WORKLOAD, "is a map, a workload is wanted");
}

static void older_tables_end_in_zeroes(void **state)
{
  (void)state;
  const struct map_plugin *map = &assert_loaded(odd("older"), PLUGIN_MAP)->map;
  assert_true(map->put != NULL);
  assert_true(map->lookup == NULL);
  assert_true(map->visit == NULL && map->stats == NULL);
}

static void newer_tables_are_cut(void **state)
{
  (void)state;
  const union plugin_table *table = assert_loaded(odd("newer"), PLUGIN_MAP);
  assert_true(table->head.size > sizeof table->map);
  assert_true(table->map.lookup != NULL);
}

static void a_plugin_is_loaded_once(void **state)
{
  (void)state;
  const union plugin_table *first = assert_loaded(odd("sound_map"), 0);
  unlink(in_scratch("link.so"));
  assert_int_equal(symlink(odd("sound_map"), in_scratch("link.so")), 0);
  assert_ptr_equal(assert_loaded(in_scratch("link.so"), PLUGIN_MAP), first);
}

/* ---- files ---- */

static void what_is_no_shared_object_is_refused(void **state)
{
  (void)state;
  write_file(in_scratch("empty.so"), "", 0);
  assert_refused(in_scratch("empty.so"), 0, "not a shared object");
  write_file(in_scratch("text.so"), "#!/bin/sh\necho hello\n", 21);
  assert_refused(in_scratch("text.so"), 0, "not a shared object");
  mkdir(in_scratch("folder.so"), 0755);
  assert_refused(in_scratch("folder.so"), 0, "not a file");
  assert_refused(in_scratch("absent.so"), 0, "cannot be read: No such file");
  assert_refused("/dev/null", 0, "not a file");
  assert_refused("/dev/null/x", 0, "cannot be read: Not a directory");
  char executable[PATH_MAX] = "/proc/self/exe";
  assert_null(plugin_load(executable, 0, error)); /* a program is no plug-in */
}

/* Loads in a child: what a damaged object that does load leaves behind is none of our business.
 * Asserts that the child lives to say yes or no. */
static void assert_survived(const char *path)
{
  fflush(NULL);
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    bool loaded = plugin_load(path, 0, error);
    _exit(loaded || error[0] ? 0 : 1);
  }
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    fail_msg("loading %s ended with status %#x", path, (unsigned)status);
}

static void truncated_objects_are_refused(void **state)
{
  (void)state;
  size_t n;
  unsigned char *bytes = read_file(odd("sound_map"), &n);
  for (size_t length = 1; length < n; length += length < 256 ? 37 : n / 16) {
    write_file(in_scratch("cut.so"), bytes, length);
    assert_survived(in_scratch("cut.so"));
    if (length < n / 2) /* the section headers at the end are not needed to load */
      assert_refused(in_scratch("cut.so"), 0, "");
  }
  free(bytes);
}

static uint32_t next_random(uint32_t *random)
{
  *random = *random * 1664525u + 1013904223u;
  return *random >> 8;
}

static void random_bytes_are_refused(void **state)
{
  (void)state;
  uint32_t random = 1;
  unsigned char bytes[4096];
  for (int round = 0; round < 10; round++) {
    for (size_t i = 0; i < sizeof bytes; i++)
      bytes[i] = (unsigned char)next_random(&random);
    if (round % 2)
      memcpy(bytes, "\177ELF\2\1\1", 7);
    write_file(in_scratch("random.so"), bytes, sizeof bytes);
    assert_refused(in_scratch("random.so"), 0, "");
  }
}

/* A flipped bit in the tables that the dynamic linker reads. */
static void flipped_bits_are_survived(void **state)
{
  (void)state;
  size_t n;
  uint32_t random = 7;
  unsigned char *bytes = read_file(odd("sound_map"), &n);
  for (int round = 0; round < 24; round++) {
    size_t at = next_random(&random) % (n < 1500 ? n : 1500);
    unsigned char bit = (unsigned char)(1u << next_random(&random) % 8);
    bytes[at] ^= bit;
    write_file(in_scratch("flipped.so"), bytes, n);
    assert_survived(in_scratch("flipped.so"));
    bytes[at] ^= bit;
  }
  free(bytes);
}

static void unreadable_files_are_refused(void **state)
{
  (void)state;
  size_t n;
  unsigned char *bytes = read_file(odd("sound_map"), &n);
  write_file(in_scratch("secret.so"), bytes, n);
  free(bytes);
  assert_int_equal(chmod(in_scratch("secret.so"), 0), 0);
  assert_int_equal(chmod(scratch, 0755), 0);
  fflush(NULL);
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) { /* root may read anything: look as somebody else */
    const uid_t nobody = 65534;
    if (geteuid() == 0 && setresuid(nobody, nobody, nobody) != 0)
      _exit(77);
    bool loaded = plugin_load(in_scratch("secret.so"), 0, error);
    _exit(!loaded && strstr(error, "secret.so: cannot be read") ? 0 : 1);
  }
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status));
  if (WEXITSTATUS(status) == 77) {
    print_message("root that cannot become somebody else: not tested\n");
    skip();
  }
  assert_int_equal(WEXITSTATUS(status), 0);
}

/* ---- names and folders ---- */

static void names_are_looked_up_in_order(void **state)
{
  (void)state;
  static char first[PATH_MAX], second[PATH_MAX];
  snprintf(first, sizeof first, "%s/first", scratch);
  snprintf(second, sizeof second, "%s/second", scratch);
  mkdir(first, 0755);
  mkdir(second, 0755);
  assert_refused("twice", PLUGIN_MAP, "no map named 'twice'");
  plugin_add_folder(first);
  assert_refused("twice", PLUGIN_MAP, "no map named 'twice'");
  char path[PATH_MAX + 32];
  snprintf(path, sizeof path, "%s/twice.so", first);
  assert_int_equal(symlink(odd("sound_map"), path), 0);
  assert_string_equal(assert_loaded("twice", 0)->head.name, "sound_map");
  plugin_add_folder(second); /* searched before those added earlier, but empty */
  assert_string_equal(assert_loaded("twice", 0)->head.name, "sound_map");
  snprintf(path, sizeof path, "%s/twice.so", second);
  assert_int_equal(symlink(odd("newer"), path), 0);
  assert_string_equal(assert_loaded("twice", 0)->head.name, "newer");
  assert_refused("../twice", 0, "cannot be read"); /* a slash makes it a path */
}

struct seen {
  unsigned twice, refused, own, absent;
};

static void see(void *arg, const char *path, const union plugin_table *table, const char *sentence)
{
  struct seen *seen = arg;
  seen->twice += strstr(path, "/twice.so") != NULL;
  seen->own += strstr(path, "/lib/tracemap-bench/") != NULL;
  if (table)
    return;
  seen->refused += strstr(sentence, "empty.so") != NULL;
  seen->absent += strstr(sentence, "no such folder") != NULL;
}

static void all_folders_are_shown(void **state)
{
  (void)state;
  struct seen seen = {0};
  plugin_add_folder("no such folder");
  plugin_each(see, &seen);
  assert_int_equal(seen.twice, 1); /* the earlier folder's hides the later one's */
  assert_int_equal(seen.refused, 0);
  assert_int_equal(seen.absent, 1);
  assert_int_not_equal(seen.own, 0);
  write_file(in_scratch("first/empty.so"), "", 0);
  seen = (struct seen){0};
  plugin_each(see, &seen);
  assert_int_equal(seen.refused, 1);
}

static int make_scratch(void **state)
{
  (void)state;
  const char *base = getenv("TMPDIR");
  snprintf(scratch, sizeof scratch, "%.1000s/plugin_loader_test.XXXXXX", base ? base : "/tmp");
  return mkdtemp(scratch) ? 0 : -1;
}

static int remove_scratch(void **state)
{
  (void)state;
  static const char *const names[] = {
      "link.so",        "empty.so",   "text.so",   "folder.so",      "cut.so",
      "random.so",      "flipped.so", "secret.so", "first/twice.so", "second/twice.so",
      "first/empty.so", "first",      "second"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    remove(in_scratch(names[i]));
  return remove(scratch);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(odd_tables_are_refused),
      cmocka_unit_test(sound_tables_are_taken),
      cmocka_unit_test(another_kind_is_refused),
      cmocka_unit_test(older_tables_end_in_zeroes),
      cmocka_unit_test(newer_tables_are_cut),
      cmocka_unit_test(a_plugin_is_loaded_once),
      cmocka_unit_test(what_is_no_shared_object_is_refused),
      cmocka_unit_test(truncated_objects_are_refused),
      cmocka_unit_test(random_bytes_are_refused),
      cmocka_unit_test(flipped_bits_are_survived),
      cmocka_unit_test(unreadable_files_are_refused),
      cmocka_unit_test(names_are_looked_up_in_order),
      cmocka_unit_test(all_folders_are_shown),
  };
  return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
