/* split_line_blocks: split_line with ids in blocks of sixteen a seat, in no order. */
#define SPLIT_LINE_NAME "split_line_blocks"
#define SPLIT_LINE_SUMMARY "split_line whose seats draw ids sixteen at a time"
#define SPLIT_LINE_IDS IDS_IN_BLOCKS
#include "split_line/split_line.h"
