/* timeline_test.c: the drawing of a violation is well-formed whatever texts the history holds, has
 * a bar an operation and marks the right one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check/timeline.h"
#include "permutations.h"

/* A reader of XML that knows elements, attributes and the five entities, and nothing to skip over.
 * NULL: well-formed; else where it stops to be. */
static const char *malformed(const char *text)
{
  char open[32][32];
  size_t depth = 0;
  const char *c = text;
  while (*c) {
    if (*c == '&') {
      static const char *const entities[] = {"&amp;", "&lt;", "&gt;", "&quot;"};
      size_t n = 0;
      for (size_t i = 0; i < 4; i++)
        if (strncmp(c, entities[i], strlen(entities[i])) == 0)
          n = strlen(entities[i]);
      if (n == 0)
        return c;
      c += n;
      continue;
    }
    if ((unsigned char)*c < 0x20 && *c != '\n')
      return c;
    if (*c != '<') {
      c++;
      continue;
    }
    const char *start = c++;
    bool closes = *c == '/';
    c += closes;
    size_t n = strcspn(c, " />\n");
    if (n == 0 || n >= sizeof open[0] || depth >= 32)
      return start;
    if (closes) {
      if (depth == 0 || strncmp(open[depth - 1], c, n) != 0 || open[depth - 1][n] || c[n] != '>')
        return start;
      depth--;
      c += n + 1;
      continue;
    }
    memcpy(open[depth], c, n);
    open[depth][n] = '\0';
    for (c += n; *c && *c != '>' && *c != '/'; c++)
      if (*c == '"') {
        c += 1 + strcspn(c + 1, "\"<");
        if (*c != '"')
          return start;
      }
    if (*c == '/')
      c++;
    else
      depth++;
    if (*c++ != '>')
      return start;
  }
  return depth ? "the end, with elements left open" : NULL;
}

static void the_reader_of_xml_refuses(void **state)
{
  (void)state;
  static const char *const bad[] = {"<a>",           "<a></b>",      "<a>&</a>",
                                    "<a>&nbsp;</a>", "<a b=\"<\"/>", "<a b=\"c/>",
                                    "</a>",          "<a>\x01</a>",  "< a/>"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    assert_non_null(malformed(bad[i]));
  assert_null(malformed("<a b=\"&quot;\"><c/>&lt;&amp;</a>"));
}

static char *drawn(void (*draw)(const struct history *, const struct linearize_result *, FILE *),
                   const struct history *history, const struct linearize_result *result)
{
  char *text = NULL;
  size_t n;
  FILE *out = open_memstream(&text, &n);
  assert_non_null(out);
  draw(history, result, out);
  fclose(out);
  return text;
}

static size_t count_of(const char *text, const char *word)
{
  size_t count = 0;
  while ((text = strstr(text, word))) {
    count++;
    text += strlen(word);
  }
  return count;
}

static struct linearize_result check(const struct history *history)
{
  return linearize(history, (struct linearize_budget){LINEARIZE_STEPS, LINEARIZE_BYTES});
}

static void is_well_formed(void **state)
{
  (void)state;
  struct chance chance = {31};
  unsigned violations = 0;
  while (violations < 2000) {
    struct random_shape shape = {.model = 1 + violations % 4, .ops_max = 8, .keys = 2, .values = 2};
    struct history *history = random_history(&chance, shape);
    struct linearize_result result = check(history);
    if (result.verdict == VIOLATION) {
      violations++;
      char *svg = drawn(timeline_svg, history, &result);
      char *html = drawn(timeline_html, history, &result);
      assert_null(malformed(svg));
      assert_null(malformed(strchr(html, '\n'))); /* after <!DOCTYPE html> */
      assert_int_equal(count_of(svg, "<rect class=") - 1, result.shown_count); /* and the ground */
      assert_int_equal(count_of(svg, "class=\"wrong"), result.stuck != UINT32_MAX);
      assert_int_equal(count_of(html, "<tr>"), result.shown_count + 1);
      free(svg);
      free(html);
    }
    linearize_result_fini(&result);
    history_destroy(history);
  }
}

static void escapes_all_text(void **state)
{
  (void)state;
  static const char nasty[] = "</text><script>\"&'\x01\x7f\xef\xbf\xbf\xef\xbf\xbe"
                              "\xe6\xbc\xa2\xf0\x9f\x98\x80 and so on until it is far too long for"
                              " any label that is to stand in a bar";
  struct history *history = history_create(MODEL_REGISTER, nasty);
  struct history_op op = history_op_of(REGISTER_READ);
  op.process = history_string(history, nasty, sizeof nasty - 1);
  op.key = op.process;
  op.call = INT64_MIN;
  op.end = INT64_MAX - 1;
  op.open = false;
  op.has_result = true;
  op.result = op.process;
  history_add(history, &op);
  struct linearize_result result = check(history);
  assert_int_equal(result.verdict, VIOLATION);
  char *svg = drawn(timeline_svg, history, &result);
  char *html = drawn(timeline_html, history, &result);
  assert_null(malformed(svg));
  assert_null(malformed(strchr(html, '\n')));
  assert_null(strstr(html, "<script"));
  assert_null(strstr(html, "\xef\xbf\xbf"));
  assert_non_null(strstr(svg, "\xe2\x80\xa6"));        /* cut */
  assert_null(strstr(html, "http://www.w3.org/1999")); /* nothing is fetched … */
  assert_int_equal(count_of(html, "http"), 1);         /* … the one is the name of SVG */
  free(svg);
  free(html);
  linearize_result_fini(&result);
  history_destroy(history);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_reader_of_xml_refuses),
      cmocka_unit_test(is_well_formed),
      cmocka_unit_test(escapes_all_text),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
