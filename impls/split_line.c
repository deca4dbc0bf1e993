/* split_line: interns into lines of eight slots that split. */
#define SPLIT_LINE_NAME "split_line"
#define SPLIT_LINE_SUMMARY "lines of eight slots that split, lock-free"
#include "common/wide.h"
#ifdef WIDE_TARGET
#define SPLIT_LINE_WIDE 1
#endif
#include "split_line/split_line.h"
