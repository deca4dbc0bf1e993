/* run_directory.c: see run_directory.h. */
#include "run/run_directory.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/results.h"

#define PARTIAL ".partial"

void run_directory_name(struct run_directory *directory, const char *path)
{
  snprintf(directory->final, sizeof directory->final, "%s", path);
  snprintf(directory->partial, sizeof directory->partial, "%s" PARTIAL, directory->final);
}

bool run_directory_reopen(struct run_directory *directory, const char *partial)
{
  snprintf(directory->partial, sizeof directory->partial, "%s", partial);
  size_t n = strlen(directory->partial), suffix = strlen(PARTIAL);
  while (n > 1 && directory->partial[n - 1] == '/')
    directory->partial[--n] = '\0';
  if (n <= suffix || strcmp(directory->partial + n - suffix, PARTIAL) != 0)
    return false;
  snprintf(directory->final, sizeof directory->final, "%.*s", (int)(n - suffix),
           directory->partial);
  return true;
}

void run_directory_file(char out[PATH_MAX], const char *folder, const char *name)
{
  snprintf(out, PATH_MAX, "%.*s/%s", PATH_MAX - 64, folder, name);
}

bool run_directory_make_folders(const char *path)
{
  char part[PATH_MAX];
  snprintf(part, sizeof part, "%s", path);
  for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
    *slash = '\0';
    if (mkdir(part, 0755) != 0 && errno != EEXIST)
      return false;
    *slash = '/';
  }
  return mkdir(part, 0755) == 0 || errno == EEXIST;
}

static bool write_machine(const char *folder, const struct machine_facts *facts, char *error)
{
  char path[PATH_MAX], sentence[TOPOLOGY_ERROR_BYTES];
  json_t *json = machine_facts_json(facts);
  run_directory_file(path, folder, "machine.json");
  bool good = results_dump(json, path, error);
  json_decref(json);
  struct topology *topology;
  if (!good || topology_load(&topology, sentence) != 0)
    return good;
  run_directory_file(path, folder, "topology.xml");
  if (topology_export_xml(topology, path, sentence) != 0) {
    snprintf(error, MATRIX_ERROR_BYTES, "%s", sentence);
    good = false;
  }
  topology_destroy(topology);
  return good;
}

bool run_directory_begin(const struct run_directory *directory, json_t *identity,
                         const struct machine_facts *facts, const struct matrix *matrix,
                         char *error)
{
  char path[PATH_MAX];
  if (access(directory->final, F_OK) == 0 || access(directory->partial, F_OK) == 0) {
    snprintf(error, MATRIX_ERROR_BYTES,
             "%.300s: is there already: name another with --out, or --resume=%.300s" PARTIAL,
             directory->final, directory->final);
    return false;
  }
  run_directory_file(path, directory->partial, "points");
  if (!run_directory_make_folders(path)) {
    snprintf(error, MATRIX_ERROR_BYTES, "%.700s: cannot be made: %s", path, strerror(errno));
    return false;
  }
  json_t *plan = json_pack("{s:O, s:o}", "identity", identity, "matrix", matrix_json(matrix));
  run_directory_file(path, directory->partial, "plan.json");
  bool good = results_dump(plan, path, error) && write_machine(directory->partial, facts, error);
  json_decref(plan);
  return good;
}

json_t *run_directory_plan(const struct run_directory *directory, char *error)
{
  char path[PATH_MAX];
  json_error_t at;
  run_directory_file(path, directory->partial, "plan.json");
  json_t *plan = json_load_file(path, 0, &at);
  if (!plan)
    snprintf(error, MATRIX_ERROR_BYTES, "%.700s:%d: %s", path, at.line, at.text);
  return plan;
}

bool run_directory_is_of(const struct run_directory *directory, const json_t *plan,
                         const json_t *identity, char *error)
{
  if (json_equal(json_object_get(plan, "identity"), identity))
    return true;
  snprintf(error, MATRIX_ERROR_BYTES,
           "%.300s: was begun by another build or on another machine; figures of both do not mix",
           directory->partial);
  return false;
}
