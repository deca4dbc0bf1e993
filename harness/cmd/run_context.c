/* run_context.c: see run_context.h. */
#include "cmd/run_context.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmd/version.h"
#include "load/plugin_loader.h"
#include "measure/machine_facts.h"

json_t *run_context_identity(const char *profile)
{
  char fingerprint[MACHINE_FINGERPRINT_BYTES];
  struct machine_facts facts;
  machine_facts_read("", &facts);
  machine_facts_fingerprint(&facts, fingerprint);
  json_t *identity =
      json_pack("{s:s, s:s, s:s, s:s, s:s}", "tmb_version", TMB_VERSION, "commit", tmb_commit,
                "build", tmb_build, "fingerprint", fingerprint, "profile", profile);
  if (machine_facts_emulated(&facts)) /* who reads bench.json alone must know, too */
    json_object_set_new(identity, "emulated", json_true());
  return identity;
}

void run_context_folder(char *out, size_t size)
{
  char stamp[32], host[64] = "host";
  time_t now = time(NULL);
  struct tm local;
  localtime_r(&now, &local);
  strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &local);
  gethostname(host, sizeof host - 1);
  snprintf(out, size, "results/runs/%s-%s-%s", stamp, host, tmb_commit);
}

bool run_context_data(const char *name, char *out, size_t size)
{
  /* …/lib/tracemap-bench → …/share/tracemap-bench */
  int n = snprintf(out, size, "%s/../../share/tracemap-bench/%s", plugin_default_folder(), name);
  return n > 0 && (size_t)n < size;
}

static bool ends_in(const struct dirent *entry, const char *end)
{
  size_t n = strlen(entry->d_name), most = strlen(end);
  return n > most && strcmp(entry->d_name + n - most, end) == 0;
}

static int only_corpora(const struct dirent *entry)
{
  return ends_in(entry, ".tmbc");
}

static int only_profiles(const struct dirent *entry)
{
  return ends_in(entry, ".json");
}

void run_context_each_profile(void (*each)(void *arg, const char *name, const char *path),
                              void *arg)
{
  char folder[PATH_MAX];
  struct dirent **entries;
  int count = run_context_data("matrices", folder, sizeof folder)
                  ? scandir(folder, &entries, only_profiles, alphasort)
                  : -1;
  if (count < 0)
    return;
  for (int i = 0; i < count; i++) {
    char path[PATH_MAX + 300], *name = entries[i]->d_name;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    name[strlen(name) - strlen(".json")] = '\0';
    each(arg, name, path);
    free(entries[i]);
  }
  free(entries);
}

const char *run_context_corpus(void)
{
  static char path[PATH_MAX];
  char folder[PATH_MAX];
  struct dirent **entries;
  if (!run_context_data("corpora", folder, sizeof folder))
    return NULL;
  int count = scandir(folder, &entries, only_corpora, alphasort);
  if (count <= 0)
    return NULL;
  snprintf(path, sizeof path, "%.*s/%s", PATH_MAX - 300, folder, entries[0]->d_name);
  for (int i = 0; i < count; i++)
    free(entries[i]);
  free(entries);
  return path;
}
