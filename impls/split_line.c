/* split_line: interns into lines of eight slots that split. */
#define SPLIT_LINE_NAME "split_line"
#define SPLIT_LINE_SUMMARY "lines of eight slots that split, lock-free"
#include "split_line/split_line.h"
