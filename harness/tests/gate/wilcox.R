# wilcox.R: what R says of the signed-rank statistic, for the values that signed_rank_test.c tries.
#   Rscript wilcox.R > wilcox.tsv
# Lines: tail, n, t, P(T <= t); or interval, n, error of each bound, estimate, low, high. The values
# come from a formula, so that both sides make the same ones: value_of() stands in both.

value_of <- function(i, n) sin(12.9898 * i + n) * 0.02 + exp(-3 * ((i * 0.6180339887498949) %% 1)) * 0.05 - 0.01

show <- function(...) cat(..., sep = "\t")
for (n in c(1, 2, 5, 20, 40, 80, 160, 300))
  for (share in c(0, 0.1, 0.25, 0.37, 0.5, 0.9)) {
    t <- floor(share * n * (n + 1) / 2)
    show("tail", n, t, sprintf("%.17g\n", psignrank(t, n)))
  }
for (n in c(6, 10, 20, 40, 80, 160))
  for (error in c(0.025, 0.005, 0.0003, 0.00001)) {
    if (2^-n > error) next # R would answer for a larger error
    got <- wilcox.test(value_of(1:n, n), conf.int = TRUE, conf.level = 1 - 2 * error, exact = TRUE)
    show("interval", n, error, sprintf("%.17g", got$estimate), sprintf("%.17g", got$conf.int[1]),
         sprintf("%.17g\n", got$conf.int[2]))
  }
