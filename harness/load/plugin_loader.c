/* plugin_loader.c: see plugin_loader.h. */
#include "load/plugin_loader.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define FOLDERS 16
#define PROBE_SECONDS 10
#define PROBE_SURVIVED 85 /* an exit code that no constructor ends the process with by chance */

static const char *folders[FOLDERS];
static size_t folder_count;

struct loaded {
  struct loaded *next;
  char path[PATH_MAX]; /* resolved */
  union plugin_table table;
};

static struct loaded *loaded_list;

/* Writes the sentence that refuses a plug-in, cut where it is too long. */
__attribute__((format(printf, 2, 3))) static void refuse(char *error, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(error, PLUGIN_ERROR_BYTES, format, arguments);
  va_end(arguments);
}

void plugin_add_folder(const char *folder)
{
  if (folder_count < FOLDERS)
    folders[folder_count++] = folder;
}

const char *plugin_default_folder(void)
{
  static char folder[PATH_MAX];
  if (folder[0])
    return folder;
  char program[PATH_MAX];
  ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
  if (n < 0)
    n = 0;
  program[n] = '\0';
  for (int up = 0; up < 2; up++) { /* …/bin/tmb → … */
    char *slash = strrchr(program, '/');
    if (slash)
      *slash = '\0';
  }
  snprintf(folder, sizeof folder, "%.*s/lib/tracemap-bench", PATH_MAX - 32, program);
  return folder;
}

static const char *kind_word(uint32_t kind)
{
  static const char *const words[] = {"plug-in", "map", "region", "workload"};
  return kind < sizeof words / sizeof *words ? words[kind] : "plug-in of an unknown kind";
}

/* The bytes that a table of this kind has in this host, 0 for an unknown kind. */
static size_t table_bytes(uint32_t kind)
{
  switch (kind) {
  case PLUGIN_MAP:
    return sizeof(struct map_plugin);
  case PLUGIN_REGION:
    return sizeof(struct region_plugin);
  case PLUGIN_WORKLOAD:
    return sizeof(struct workload_plugin);
  default:
    return 0;
  }
}

static const char *missing_of_workload(const struct workload_plugin *workload)
{
  bool some = workload->begin || workload->act || workload->end;
  bool all = workload->begin && workload->act && workload->end;
  return !workload->prepare        ? "prepare"
         : some && !all            ? "one of begin, act and end: all three or none"
         : some && workload->run   ? "begin, act and end without run beside them"
         : !some && !workload->run ? "run, or begin, act and end"
                                   : NULL;
}

/* The mandatory call that is missing, or what else is wrong with the calls; NULL: nothing. */
static const char *missing_call(const union plugin_table *table)
{
  switch (table->head.kind) {
  case PLUGIN_MAP:
    return !table->map.create                       ? "create"
           : !table->map.destroy                    ? "destroy"
           : !table->map.put                        ? "put"
           : !table->map.enter != !table->map.leave ? "enter without leave, or the reverse: one"
                                                    : NULL;
  case PLUGIN_REGION:
    return !table->region.create    ? "create"
           : !table->region.destroy ? "destroy"
           : !table->region.alloc   ? "alloc"
           : !table->region.drop    ? "drop"
           : !table->region.stats   ? "stats"
           : !table->region.enter != !table->region.leave
               ? "enter without leave, or the reverse: one"
               : NULL;
  default:
    return missing_of_workload(&table->workload);
  }
}

static bool name_is_sound(const char *name)
{
  if (!name || !*name)
    return false;
  return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(name);
}

/* Checks a plug-in's table and copies it. False: refused, with a sentence. */
static bool copy_checked(const char *path, const struct plugin *head, uint32_t kind,
                         union plugin_table *table, char *error)
{
  if (!head) {
    refuse(error, "%s: tmb_plugin() returned NULL", path);
    return false;
  }
  if (head->abi_major != TMB_ABI_MAJOR) {
    snprintf(
        error, PLUGIN_ERROR_BYTES,
        "%s: built for plug-in interface %u, this program has %u: build it against these headers",
        path, head->abi_major, TMB_ABI_MAJOR);
    return false;
  }
  size_t known = table_bytes(head->kind);
  if (!known) {
    refuse(error, "%s: kind %u is neither map, region nor workload", path, head->kind);
    return false;
  }
  if (kind && head->kind != kind) {
    refuse(error, "%s: is a %s, a %s is wanted here", path, kind_word(head->kind), kind_word(kind));
    return false;
  }
  if (head->size < sizeof *head) {
    refuse(error, "%s: says that its table has %u bytes, its head alone has %zu", path, head->size,
           sizeof *head);
    return false;
  }
  memset(table, 0, sizeof *table);
  memcpy(table, head, head->size < known ? head->size : known);
  const char *missing = missing_call(table);
  if (missing) {
    refuse(error, "%s: lacks a call that every %s must have: %s", path, kind_word(head->kind),
           missing);
    return false;
  }
  if (!name_is_sound(table->head.name) || !table->head.summary) {
    refuse(error, "%s: needs a name of lower-case letters, digits and _, and a summary", path);
    return false;
  }
  return true;
}

typedef const struct plugin *plugin_entry(void);

static plugin_entry *entry_of(void *object)
{
  /* POSIX lets a data pointer from dlsym be a function; ISO C has no cast for it. */
  plugin_entry *entry = NULL;
  void *symbol = dlsym(object, "tmb_plugin");
  memcpy(&entry, &symbol, sizeof entry);
  return entry;
}

/* Loads the file in a child process first: a damaged object can take the dynamic linker down, and a
 * constructor can do anything. False: it died or hung there, with a sentence. */
static bool survives_loading(const char *path, char *error)
{
  fflush(NULL);
  pid_t child = fork();
  if (child < 0) {
    refuse(error, "%s: cannot be tried in a child process: %s", path, strerror(errno));
    return false;
  }
  if (child == 0) {
    static const int deadly[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGSYS, SIGABRT, SIGALRM};
    for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++)
      signal(deadly[i], SIG_DFL); /* a handler of the host's would carry on here as the host */
    alarm(PROBE_SECONDS);
    int null = open("/dev/null", O_WRONLY);
    dup2(null, STDERR_FILENO);
    void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    plugin_entry *entry = object ? entry_of(object) : NULL;
    union plugin_table table;
    char ignored[PLUGIN_ERROR_BYTES];
    if (entry)
      copy_checked(path, entry(), 0, &table, ignored);
    _exit(PROBE_SURVIVED); /* what is wrong is said by the parent, which now dares to look itself */
  }
  int status;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR)
    ;
  if (WIFEXITED(status) && WEXITSTATUS(status) == PROBE_SURVIVED)
    return true;
  bool hung = WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM;
  if (hung)
    refuse(error, "%s: was not loaded within %d s: a constructor hangs?", path, PROBE_SECONDS);
  else if (WIFEXITED(status))
    refuse(error, "%s: ends the process when it is loaded (exit code %d)", path,
           WEXITSTATUS(status));
  else
    refuse(error, "%s: crashes when it is loaded (%s): damaged or truncated?", path,
           strsignal(WTERMSIG(status)));
  return false;
}

static const union plugin_table *find_loaded(const char *path)
{
  for (const struct loaded *l = loaded_list; l; l = l->next)
    if (strcmp(l->path, path) == 0)
      return &l->table;
  return NULL;
}

static const union plugin_table *load_file(const char *path, uint32_t kind, char *error)
{
  char resolved[PATH_MAX];
  if (!realpath(path, resolved) || access(resolved, R_OK) != 0) {
    refuse(error, "%s: cannot be read: %s", path, strerror(errno));
    return NULL;
  }
  struct stat status;
  if (stat(resolved, &status) != 0 || !S_ISREG(status.st_mode)) {
    refuse(error, "%s: not a file", path);
    return NULL;
  }
  const union plugin_table *before = find_loaded(resolved);
  if (before) {
    if (!kind || before->head.kind == kind)
      return before;
    refuse(error, "%s: is a %s, a %s is wanted here", path, kind_word(before->head.kind),
           kind_word(kind));
    return NULL;
  }
  if (!survives_loading(resolved, error))
    return NULL;
  void *object = dlopen(resolved, RTLD_NOW | RTLD_LOCAL);
  if (!object) {
    refuse(error, "%s: not a shared object that loads: %s", path, dlerror());
    return NULL;
  }
  plugin_entry *entry = entry_of(object);
  if (!entry) {
    refuse(error, "%s: exports no tmb_plugin: is it marked PLUGIN_EXPORT?", path);
    dlclose(object);
    return NULL;
  }
  struct loaded *l = calloc(1, sizeof *l);
  if (!l) {
    refuse(error, "%s: out of memory", path);
    return NULL;
  }
  if (!copy_checked(path, entry(), kind, &l->table, error)) {
    free(l);
    return NULL; /* the object stays open: what it started cannot be known */
  }
  memcpy(l->path, resolved, sizeof l->path);
  l->next = loaded_list;
  loaded_list = l;
  return &l->table;
}

/* The i-th folder in search order, NULL after the last. */
static const char *folder_at(size_t i)
{
  if (i < folder_count)
    return folders[folder_count - 1 - i];
  return i == folder_count ? plugin_default_folder() : NULL;
}

const union plugin_table *plugin_load(const char *name_or_path, uint32_t kind, char *error)
{
  if (strchr(name_or_path, '/'))
    return load_file(name_or_path, kind, error);
  const char *folder;
  for (size_t i = 0; (folder = folder_at(i)); i++) {
    char path[PATH_MAX];
    int n = snprintf(path, sizeof path, "%s/%s.so", folder, name_or_path);
    if (n > 0 && (size_t)n < sizeof path && access(path, F_OK) == 0)
      return load_file(path, kind, error);
  }
  refuse(error, "no %s named '%s' in %s%s: `tmb list` shows what there is; a path needs a slash",
         kind_word(kind), name_or_path, folder_at(0), folder_count ? " or the other folders" : "");
  return NULL;
}

static int only_objects(const struct dirent *entry)
{
  size_t n = strlen(entry->d_name);
  return n > 3 && strcmp(entry->d_name + n - 3, ".so") == 0;
}

static bool hidden_by_earlier(size_t folder_index, const char *file)
{
  for (size_t i = 0; i < folder_index; i++) {
    char path[PATH_MAX];
    int n = snprintf(path, sizeof path, "%s/%s", folder_at(i), file);
    if (n > 0 && (size_t)n < sizeof path && access(path, F_OK) == 0)
      return true;
  }
  return false;
}

void plugin_each(plugin_seen *seen, void *arg)
{
  const char *folder;
  for (size_t i = 0; (folder = folder_at(i)); i++) {
    struct dirent **entries;
    int count = scandir(folder, &entries, only_objects, alphasort);
    if (count < 0) {
      char error[PLUGIN_ERROR_BYTES];
      refuse(error, "%s: cannot be read: %s", folder, strerror(errno));
      seen(arg, folder, NULL, error);
      continue;
    }
    for (int e = 0; e < count; e++) {
      char path[PATH_MAX], error[PLUGIN_ERROR_BYTES] = "";
      int n = snprintf(path, sizeof path, "%s/%s", folder, entries[e]->d_name);
      if (n > 0 && (size_t)n < sizeof path && !hidden_by_earlier(i, entries[e]->d_name)) {
        const union plugin_table *table = load_file(path, 0, error);
        seen(arg, path, table, error);
      }
      free(entries[e]);
    }
    free(entries);
  }
}
