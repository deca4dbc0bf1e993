/* split_line_dense: split_line with ids from 1 to their number, without gaps. */
#define SPLIT_LINE_NAME "split_line_dense"
#define SPLIT_LINE_SUMMARY "split_line whose ids have no gaps"
#define SPLIT_LINE_IDS IDS_DENSE
#include "split_line/split_line.h"
