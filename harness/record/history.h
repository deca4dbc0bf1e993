/* history.h: a history is what a set of processes did to an object: calls, returns, results.
 *
 * As a file it is JSON lines: a header, then one operation a line.
 *
 *   {"v":1,"model":"register","init":null,"name":"two clients"}
 *   {"i":0,"p":0,"f":"write","a":[5],"c":10,"e":20}
 *   {"i":1,"p":1,"f":"read","c":15,"e":30,"r":5}
 *
 *   v      format version, 1
 *   model  register, kv, set or intern
 *   init   register: the first value; kv: what a missing key reads as. Null when left out
 *   name   text; may be left out
 *
 *   i  the operation's number: an integer, unique in the file
 *   p  the process that called: an integer or a string; it has one operation open at a time
 *   f  the function      k  the key      a  the arguments, an array
 *   c  time of the call  e  time of the return; null or absent: never returned, may or may not have
 *                           happened. Integers of 64 bits in any unit; equal c and e are concurrent
 *   r  the result; absent: not known. null: found nothing, or a function that has no result
 *
 *   model     f         k            a            r
 *   register  read      optional     -            value
 *             write     optional     [value]      -
 *             cas       optional     [from,to]    true or false (the value was not `from`)
 *   kv        get       needed       -            string or null
 *             put       needed       [string]     -
 *             append    needed       [string]     -
 *   set       add       needed       -            true (was absent) or false
 *             remove    needed       -            true (was present) or false
 *             contains  needed       -            true or false
 *   intern    put       hex bytes    -            {"id":"17","added":true}; id "0": refused
 *             lookup    hex bytes    -            id or null
 *             steal_id  -            -            id
 *             reset     -            -            -
 *
 * A value is null, true, false, an integer of 64 bits or a string; a key an integer or a string. An
 * id is a decimal string. Operations with different keys act on different objects: a register
 * history names a key in every operation or in none. Where k, a, e or r may be left out, null (of a
 * also []) says the same, except that r:null is a result where the table has one. Anything else is
 * an error.
 *
 * Called by the recorder (writes), `tmb check` and the checkers (read). Not thread-safe.
 */
#ifndef TMB_HISTORY_H
#define TMB_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum history_model { MODEL_REGISTER = 1, MODEL_KV, MODEL_SET, MODEL_INTERN };

enum history_function {
  REGISTER_READ,
  REGISTER_WRITE,
  REGISTER_CAS,
  KV_GET,
  KV_PUT,
  KV_APPEND,
  SET_ADD,
  SET_REMOVE,
  SET_CONTAINS,
  INTERN_PUT,
  INTERN_LOOKUP,
  INTERN_STEAL_ID,
  INTERN_RESET,
  HISTORY_FUNCTIONS
};

/* A value is an index into the history's table of distinct values: equal values, equal index. */
typedef uint32_t history_value;
enum { VALUE_NULL = 0, VALUE_FALSE = 1, VALUE_TRUE = 2 };
#define VALUE_ABSENT UINT32_MAX

enum history_value_kind { KIND_NULL, KIND_BOOLEAN, KIND_INTEGER, KIND_STRING };

struct history_scalar {
  enum history_value_kind kind;
  int64_t integer; /* also 0 or 1 of a boolean */
  char *bytes;     /* of a string, UTF-8, terminated; NUL bytes may be inside */
  size_t n;
};

struct history_op {
  int64_t number, call;
  int64_t end;           /* INT64_MAX when open */
  uint64_t id;           /* intern: the result of put, lookup (0: null) and steal_id */
  history_value process; /* an integer or a string */
  history_value key;     /* VALUE_ABSENT: none. Intern: lower-case hex */
  history_value args[2];
  history_value result; /* register, kv, set */
  uint32_t line;        /* in the file; 0 when it comes from elsewhere */
  uint8_t function;     /* enum history_function */
  bool open;            /* never returned */
  bool has_result;
  bool added; /* result of an intern put */
};

struct history {
  enum history_model model;
  history_value init;
  char *name; /* never NULL */
  struct history_op *ops;
  size_t op_count, op_room;
  struct history_scalar *values;
  size_t value_count, value_room;
  uint32_t *value_index; /* hash table over values, 0: free slot */
  size_t value_slots;
};

/* One sentence for the user: file, line, what is wrong, the mend. Bytes of the input appear in it
 * only escaped. */
struct history_error {
  char text[768];
};

/* An empty history; never NULL. `name` is copied. */
struct history *history_create(enum history_model model, const char *name);
void history_destroy(struct history *history);

/* The value with that content, entered into the table when it is new. Bytes are UTF-8, copied. */
history_value history_integer(struct history *history, int64_t integer);
history_value history_string(struct history *history, const char *bytes, size_t n);
/* Any bytes as an intern key. */
history_value history_hex(struct history *history, const void *bytes, size_t n);

/* An operation of that function with all else absent, open. */
struct history_op history_op_of(enum history_function function);
void history_add(struct history *history, const struct history_op *op);

/* What no line shows by itself: numbers are unique, no process has two operations open at a time,
 * keys are named throughout or not at all. history_read has called it already. */
bool history_validate(const struct history *history, const char *file_name,
                      struct history_error *error);

/* Reads to the end of the file. `model` 0: as the header says; else the header may leave it out,
 * and is overruled. NULL with a sentence when anything at all is wrong. */
struct history *history_read(FILE *in, const char *file_name, enum history_model model,
                             struct history_error *error);
/* The same by path; "-" is standard input. */
struct history *history_load(const char *path, enum history_model model,
                             struct history_error *error);

/* Writes header and operations. */
void history_write(const struct history *history, FILE *out);
/* The same into a file that is complete or not there: written under another name, then renamed. */
bool history_save(const struct history *history, const char *path, struct history_error *error);

/* As in the file: a value as JSON; a call as `cas(3, 4)`; what it returned as `true`, `?` when that
 * is not known. */
void history_print_value(const struct history *history, history_value value, FILE *out);
void history_print_call(const struct history *history, const struct history_op *op, FILE *out);
void history_print_result(const struct history *history, const struct history_op *op, FILE *out);

/* 0 when there is no such model. */
enum history_model history_model_named(const char *name);
const char *history_model_name(enum history_model model);
const char *history_function_name(enum history_function function);

#endif
