# mutate.awk: makes one source file of a mutant. Called by CMakeLists.txt as
#
#   awk -v file=PATH -v from=NAME -v to=NAME -f mutate.awk MUTANT SOURCE >OUTPUT
#
# A mutant file begins with lines "key: value". A line "@@ PATH" begins a difference in that source,
# relative to impls/. Below it a line that begins with a space stands in the source and stays, one
# that begins with "-" stands there and goes, one that begins with "+" comes. The lines that stand there must be found
# together, exactly once: a mutant whose product has moved on is an error, never silently no mutant.
# Then the plug-in's name is changed, in the file that has it.

FNR == 1 { input++ }

input == 1 && /^@@ / {
  here = substr($0, 4) == file
  if (here) hunks++
  next
}
input == 1 && here && /^[-+ ]/ {
  mark = substr($0, 1, 1)
  line = substr($0, 2)
  if (mark != "+") old[hunks, ++olds[hunks]] = line
  if (mark != "-") new[hunks, ++news[hunks]] = line
  next
}
input == 1 { next }

{ source[++lines] = $0 }

function matches(hunk, at, i) {
  for (i = 1; i <= olds[hunk]; i++)
    if (source[at + i - 1] != old[hunk, i]) return 0
  return 1
}

END {
  for (hunk = 1; hunk <= hunks; hunk++) {
    found = 0
    for (at = 1; at + olds[hunk] - 1 <= lines; at++)
      if (matches(hunk, at)) { found++; start[at] = hunk }
    if (found != 1) {
      printf "%s: the lines of difference %d stand %d times in %s, not once\n", ARGV[1], hunk, found, \
        file >"/dev/stderr"
      exit 1
    }
  }
  for (at = 1; at <= lines; at++) {
    if (at in start) {
      hunk = start[at]
      for (i = 1; i <= news[hunk]; i++) print new[hunk, i]
      at += olds[hunk] - 1
      continue
    }
    line = source[at]
    if (line ~ "(\\.name =|_NAME) \"" from "\"") sub("\"" from "\"", "\"" to "\"", line)
    print line
  }
}
