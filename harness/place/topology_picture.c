/* topology_picture.c: draws a topology with hwloc's own program, lstopo, which gets it as XML.
 *
 * hwloc's library draws nothing itself. Debian has two builds of lstopo: of hwloc-nox, which writes
 * svg, fig and text, and of hwloc, which links a window system and writes png and pdf too. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "place/topology.h"

extern char **environ;

enum { PATH_BYTES = 4096 };

#define FAIL(error, number, ...) (snprintf((error), TOPOLOGY_ERROR_BYTES, __VA_ARGS__), -(number))

/* The letters behind the last dot of the file's name, or NULL. */
static const char *format_of(const char *path)
{
  const char *slash = strrchr(path, '/'), *dot = strrchr(path, '.');
  if (!dot || (slash && dot < slash) || dot[1] == '\0' ||
      strspn(dot + 1, "abcdefghijklmnopqrstuvwxyz0123456789") != strlen(dot + 1))
    return NULL;
  return dot + 1;
}

/* The exit code of lstopo; -errno when it did not run. */
static int run_lstopo(const char *xml, const char *format, const char *out)
{
  static const char *const program[] = {"lstopo", "lstopo-no-graphics"};
  int error = ENOENT;
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  /* Its help, two pages, at the least mistake: the sentence of draw() says more. */
  posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  for (size_t i = 0; error == ENOENT && i < sizeof program / sizeof program[0]; i++) {
    const char *const argv[] = {
        program[i], "--input", xml, "--input-format", "xml", "--force", "--output-format",
        format,     out,       NULL};
    pid_t child;
    error = posix_spawnp(&child, program[i], &files, NULL, (char **)(uintptr_t)argv, environ);
    int status = 0;
    while (error == 0 && waitpid(child, &status, 0) < 0)
      error = errno == EINTR ? 0 : errno;
    if (error == 0) {
      posix_spawn_file_actions_destroy(&files);
      return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
    }
  }
  posix_spawn_file_actions_destroy(&files);
  return -error;
}

static int draw(const char *path, const char *format, const char *xml, const char *picture,
                char *error)
{
  int status = run_lstopo(xml, format, picture);
  if (status == -ENOENT)
    return FAIL(error, ENOENT,
                "pictures are drawn by lstopo, which is not installed: install the package "
                "hwloc-nox (svg, fig, txt) or hwloc (png and pdf too)");
  if (status < 0)
    return FAIL(error, -status, "lstopo was not started: %s", strerror(-status));
  if (status > 0 || access(picture, F_OK) != 0)
    return FAIL(error, EINVAL,
                "%.300s: lstopo did not draw it (exit code %d): of hwloc-nox it writes svg, fig "
                "and txt",
                path, status);
  if (rename(picture, path) != 0)
    return FAIL(error, errno, "%.300s: %s", path, strerror(errno));
  return 0;
}

int topology_draw(const struct topology *topology, const char *path, char *error)
{
  char xml[PATH_BYTES], picture[PATH_BYTES];
  const char *format = format_of(path);
  if (!format)
    return FAIL(error, EINVAL, "%.300s: the name must end in a format, as in machine.svg", path);
  int length = snprintf(picture, sizeof picture, "%s.%ld.tmp", path, (long)getpid());
  if (length < 0 || (size_t)length + sizeof ".xml" > sizeof xml)
    return FAIL(error, ENAMETOOLONG, "%.300s: %s", path, strerror(ENAMETOOLONG));
  memcpy(xml, picture, (size_t)length);
  memcpy(xml + length, ".xml", sizeof ".xml");
  int status = topology_export_xml(topology, xml, error);
  if (status != 0)
    return status;
  status = draw(path, format, xml, picture, error);
  unlink(xml);
  unlink(picture); /* gone already when all went well */
  return status;
}
