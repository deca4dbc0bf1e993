#!/usr/bin/env bash
# wilcox_test.sh: wilcox.tsv is what R says today. signed_rank_test.c holds our numbers against that
# file, with R or without.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
if ! command -v Rscript >/dev/null; then
  echo "skipped: Rscript is not installed (Debian: r-base-core); the stored answers of R are compared all the same"
  exit 77
fi
# R's own versions may differ in the last digits of a double.
same() {
  awk -F'\t' '
    NR == FNR { kept[FNR] = $0; n = FNR; next }
    {
      m = split(kept[FNR], a, "\t"); split($0, b, "\t")
      for (i = 1; i <= (m > NF ? m : NF); i++) {
        d = a[i] - b[i]; size = a[i] < 0 ? -a[i] : a[i]
        if (a[i] != b[i] && (d < 0 ? -d : d) > 1e-10 * size) bad = bad "line " FNR ": " kept[FNR] " and " $0 "\n"
      }
    }
    END { if (FNR != n) bad = bad n " lines and " FNR "\n"; printf "%s", bad; exit bad != "" }' "$1" "$2"
}
Rscript "$here/wilcox.R" >now.tsv
same "$here/wilcox.tsv" now.tsv
# The comparison itself must be able to fail.
sed '3s/$/9/' now.tsv >damaged.tsv
sed -i '7s/\t[0-9.]*$/\t0.5/' damaged.tsv
if same "$here/wilcox.tsv" damaged.tsv >/dev/null; then
  echo "a damaged answer was not noticed"
  exit 1
fi
echo "$(wc -l <now.tsv) answers of $(Rscript --version 2>&1)"
