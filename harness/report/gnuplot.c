/* gnuplot.c: see gnuplot.h. */
#include "report/gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include "report/memory.h"
#include "report/run_folder.h"
#include "report/svg.h"

extern char **environ;

/* Exit status of a gnuplot run, its complaints in the file; -1 when it cannot be started. */
static int run(const char *const *arguments, const char *complaints)
{
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDERR_FILENO, complaints, O_WRONLY | O_CREAT | O_TRUNC,
                                   0600);
  pid_t child;
  int fault =
      posix_spawnp(&child, "gnuplot", &files, NULL, (char *const *)(uintptr_t)arguments, environ);
  posix_spawn_file_actions_destroy(&files);
  if (fault)
    return -1;
  int status;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR)
      return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool gnuplot_present(void)
{
  const char *const arguments[] = {"gnuplot", "--version", NULL};
  return run(arguments, "/dev/null") == 0;
}

static char *joined(const char *folder, const char *name, const char *suffix)
{
  return memory_format("%s/%s%s", folder, name, suffix);
}

/* The first line that gnuplot complained in, for the user. */
static void quote_complaint(const char *path, int status, const char *script, char *error)
{
  char line[256] = "";
  FILE *in = fopen(path, "r");
  while (in && fgets(line, sizeof line, in)) {
    line[strcspn(line, "\n")] = '\0';
    if (line[0])
      break;
  }
  if (in)
    fclose(in);
  snprintf(error, RUN_ERROR, "gnuplot %s ended with status %d: %s", script, status,
           line[0] ? line : "it gave no reason");
}

static bool draw(const char *script, const char *vars, const char *complaints, const char *format,
                 const char *name, const char *out, char *error)
{
  char suffix[16];
  snprintf(suffix, sizeof suffix, ".%s", format);
  char *final = joined(out, name, suffix), *partial = joined(out, name, ".partial");
  const char *const arguments[] = {"gnuplot", "-c", script, vars, partial, format, NULL};
  unlink(partial);
  int status = run(arguments, complaints);
  bool good = status == 0 && access(partial, R_OK) == 0;
  if (!good)
    quote_complaint(complaints, status, script, error);
  if (good && strcmp(format, "svg") == 0)
    good = svg_adapt(partial, name, error);
  if (good && rename(partial, final) != 0) {
    snprintf(error, RUN_ERROR, "%s: %s", final, strerror(errno));
    good = false;
  }
  if (!good)
    unlink(partial);
  free(final);
  free(partial);
  return good;
}

bool gnuplot_draw(const char *plots, const char *work, const char *name, const char *out,
                  char *error)
{
  char *script = joined(plots, name, ".gp"), *vars = joined(work, name, ".vars");
  char *complaints = joined(work, name, ".errors");
  bool good = draw(script, vars, complaints, "svg", name, out, error) &&
              draw(script, vars, complaints, "png", name, out, error);
  free(script);
  free(vars);
  free(complaints);
  return good;
}
