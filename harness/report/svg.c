/* svg.c: see svg.h. */
#include "report/svg.h"

#include <errno.h>

#include "report/memory.h"
#include "report/run_folder.h"
#include "report/text.h"

/* The whole file, ended by a NUL; NULL when it cannot be read. */
static char *read_whole(const char *path)
{
  FILE *in = fopen(path, "r");
  if (!in)
    return NULL;
  char *text;
  size_t size;
  FILE *copy = memory_checked(open_memstream(&text, &size));
  char part[4096];
  for (size_t n; (n = fread(part, 1, sizeof part, in)) > 0;)
    fwrite(part, 1, n, copy);
  bool good = !ferror(in);
  fclose(in);
  fclose(copy);
  memory_checked(text);
  if (good)
    return text;
  free(text);
  return NULL;
}

/* Where an id is given or meant, the picture's name goes in front of it. */
static void write_prefixed(FILE *out, const char *text, const char *end, const char *name)
{
  static const char *const before_id[] = {" id='", " id=\"", "href='#", "href=\"#", "url(#"};
  while (text < end) {
    size_t skipped = 1;
    for (size_t i = 0; i < sizeof before_id / sizeof *before_id; i++)
      if (strncmp(text, before_id[i], strlen(before_id[i])) == 0)
        skipped = strlen(before_id[i]);
    fwrite(text, 1, skipped, out);
    if (skipped > 1)
      fprintf(out, "%s_", name);
    text += skipped;
  }
}

bool svg_adapt(const char *path, const char *name, char *error)
{
  char *text = read_whole(path);
  const char *svg = text ? strstr(text, "<svg") : NULL, *body = svg ? strchr(svg, '>') : NULL;
  FILE *out = body ? fopen(path, "w") : NULL;
  if (!out) {
    snprintf(error, RUN_ERROR, "%s: %s", path,
             text && !body ? "gnuplot wrote no SVG" : strerror(errno));
    free(text);
    return false;
  }
  body++;
  fwrite(text, 1, (size_t)(body - text), out);
  fprintf(out,
          "\n<style>@media (prefers-color-scheme: dark) { #%s_gnuplot_canvas "
          "{ filter: invert(0.92) hue-rotate(180deg) } }</style>",
          name);
  write_prefixed(out, body, body + strlen(body), name);
  bool good = !ferror(out);
  if (fclose(out) != 0 || !good) {
    snprintf(error, RUN_ERROR, "%s: could not be written whole", path);
    good = false;
  }
  free(text);
  return good;
}

bool svg_inline(FILE *page, const char *path, const char *label)
{
  char *text = read_whole(path);
  const char *svg = text ? strstr(text, "<svg") : NULL, *body = svg ? strchr(svg, '>') : NULL;
  const char *view = svg ? strstr(svg, "viewBox=\"") : NULL;
  if (!body || !view || view > body) {
    free(text);
    return false;
  }
  view += strlen("viewBox=\"");
  fprintf(page, "<svg role=\"img\" aria-label=\"");
  text_html(page, label);
  fprintf(page, "\" viewBox=\"%.*s\"", (int)strcspn(view, "\""), view);
  fputs(body, page);
  free(text);
  return true;
}
