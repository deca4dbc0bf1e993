/* reading.c: see reading.h. */
#include "report/reading.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

bool reading_complain(const struct reading_place *place, const char *format, ...)
{
  int n = snprintf(place->error, RUN_ERROR, "%s: %s%s", place->file, place->at,
                   place->at[0] ? ": " : "");
  if (n < 0 || n >= RUN_ERROR)
    return false;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(place->error + n, (size_t)(RUN_ERROR - n), format, arguments);
  va_end(arguments);
  return false;
}

const char *reading_type_name(const json_t *value)
{
  if (!value)
    return "nothing";
  switch (json_typeof(value)) {
  case JSON_OBJECT:
    return "an object";
  case JSON_ARRAY:
    return "an array";
  case JSON_STRING:
    return "a string";
  case JSON_INTEGER:
  case JSON_REAL:
    return "a number";
  case JSON_TRUE:
  case JSON_FALSE:
    return "true or false";
  case JSON_NULL:
    return "null";
  }
  return "something else";
}

bool reading_want_object(const struct reading_place *place, const json_t *parent, const char *name)
{
  const json_t *value = json_object_get(parent, name);
  return json_is_object(value) || reading_complain(place, "\"%s\" must be an object, found %s",
                                                   name, reading_type_name(value));
}

bool reading_want_array(const struct reading_place *place, const json_t *parent, const char *name)
{
  const json_t *value = json_object_get(parent, name);
  return json_is_array(value) || reading_complain(place, "\"%s\" must be an array, found %s", name,
                                                  reading_type_name(value));
}

bool reading_want_string(const struct reading_place *place, const json_t *parent, const char *name)
{
  const json_t *value = json_object_get(parent, name);
  return json_is_string(value) || reading_complain(place, "\"%s\" must be a string, found %s", name,
                                                   reading_type_name(value));
}

bool reading_want_whole(const struct reading_place *place, const json_t *parent, const char *name,
                        double least)
{
  const json_t *value = json_object_get(parent, name);
  double number = json_number_value(value);
  return (json_is_number(value) && number >= least && number <= EXACT_INTEGER &&
          floor(number) == number) ||
         reading_complain(place, "\"%s\" must be a whole number of at least %.0f, found %s", name,
                          least,
                          json_is_number(value) ? "another number" : reading_type_name(value));
}

json_t *reading_load(struct reading_place *place)
{
  json_error_t fault;
  json_t *root = json_load_file(place->file, JSON_REJECT_DUPLICATES, &fault);
  if (!root && fault.line > 0)
    reading_complain(place, "line %d, column %d: %s", fault.line, fault.column, fault.text);
  else if (!root)
    reading_complain(place, "%s", fault.text);
  else if (!json_is_object(root)) {
    reading_complain(place, "must hold an object, found %s", reading_type_name(root));
    json_decref(root);
    return NULL;
  }
  return root;
}
