/* tmb_process.c: see tmb_process.h. */
#include "gate/tmb_process.h"

#include <sys/mman.h>
#include <unistd.h>

#include "record/allocate.h"

#define OUTPUT_BYTES_MOST (1 << 20)

static char *text_of(int descriptor)
{
  off_t end = lseek(descriptor, 0, SEEK_END);
  size_t bytes = end > OUTPUT_BYTES_MOST ? OUTPUT_BYTES_MOST : end > 0 ? (size_t)end : 0;
  char *text = allocate(bytes + 1, 1);
  ssize_t n = pread(descriptor, text, bytes, 0);
  text[n > 0 ? n : 0] = '\0';
  return text;
}

bool tmb_process_run(const char *program, char **argv, double timeout_s,
                     const struct child_watch *watch, struct tmb_output *output)
{
  /* In memory, so that the child never waits for a reader. */
  int said = memfd_create("said", MFD_CLOEXEC),
      complaints = memfd_create("complaints", MFD_CLOEXEC);
  pid_t child =
      said >= 0 && complaints >= 0 ? child_start(watch, program, argv, said, complaints) : -1;
  if (child >= 0) {
    output->ended = child_wait(watch, child, timeout_s, &output->status);
    output->said = text_of(said);
    output->complaints = text_of(complaints);
  }
  close(said);
  close(complaints);
  return child >= 0;
}

void tmb_output_fini(struct tmb_output *output)
{
  free(output->said);
  free(output->complaints);
}
