/* split_line_half: split_line with registers of 32 bytes, on a processor with larger ones, too. */
#define SPLIT_LINE_NAME "split_line_half"
#define SPLIT_LINE_SUMMARY "split_line by halves of a line, as where registers have 32 bytes"
#define SPLIT_LINE_MOST_BYTES 32
#include "split_line/split_line.h"
