/* split_line_portable: split_line without wide registers, on every processor. */
#define SPLIT_LINE_NAME "split_line_portable"
#define SPLIT_LINE_SUMMARY "split_line in plain C11, as where there are no wide registers"
#define SPLIT_LINE_MOST_BYTES 0
#include "split_line/split_line.h"
