# Makes reference.json: R forecast's results on series that may be published, to
# check exponential smoothing, Theta and the classical decomposition against.
#
#   Rscript reference.R DATA > reference.json
#
# DATA holds bike_daily.csv and chicago_l_daily.csv.gz with the columns series,
# t, value. Needs the packages forecast and jsonlite.
#
# bike: daily rentals of Capital Bikeshare, Washington D.C., 2011-2012 (Fanaee-T
#   & Gama 2013, "Bike Sharing", UCI Machine Learning Repository, CC BY 4.0).
# chicago: daily entries at stations of the Chicago "L" (City of Chicago Data
#   Portal, by way of the R package modeldata, MIT).
# The others are drawn from the generators below.

suppressMessages({ library(forecast); library(jsonlite) })
data <- commandArgs(TRUE)[1]
num <- function(x) signif(as.numeric(x), 12)
each <- function(x) lapply(as.list(x), num)
column <- function(file, id) {
  d <- read.csv(gzfile(file.path(data, file)))
  d <- d[d$series == id, ]
  d$value[order(d$t)]
}

set.seed(20261124)
walk <- function(n, sd) cumsum(rnorm(n, 0, sd))
wave <- function(n, m) sin(2 * pi * seq_len(n) / m) + 0.4 * cos(4 * pi * seq_len(n) / m)
bike <- function(id) column("bike_daily.csv", id)[1:280]
station <- column("chicago_l_daily.csv.gz", sort(unique(read.csv(gzfile(file.path(data, "chicago_l_daily.csv.gz")))$series))[1])
series <- list(
  noise_m1_n40 = ts(round(200 + rnorm(40, 0, 15), 2)),
  walk_m1_n90 = ts(round(500 + walk(90, 10), 2)),
  trend_m1_n30 = ts(round(50 + 3 * seq_len(30) + rnorm(30, 0, 6), 2)),
  quarterly_m4_n48 = ts(round((120 + 2 * seq_len(48)) * (1 + 0.15 * wave(48, 4)) + rnorm(48, 0, 5), 2), frequency = 4),
  monthly_m12_n96 = ts(round((900 + walk(96, 12)) * (1 + 0.2 * wave(96, 12)) * exp(rnorm(96, 0, 0.03)), 2), frequency = 12),
  signed_m12_n72 = ts(round(30 * wave(72, 12) + walk(72, 4), 2), frequency = 12),
  weekly_m7_n140 = ts(round(40 + 10 * wave(140, 7) + walk(140, 1) + rnorm(140, 0, 3), 2), frequency = 7),
  bike_cnt = ts(bike("cnt"), frequency = 7),
  bike_registered = ts(bike("registered"), frequency = 7),
  chicago = ts(tail(station, 400), frequency = 7)
)

fixed <- function(x, form, damped) {
  fit <- ets(x, model = form, damped = damped)
  list(par = each(fit$par), loglik = num(fit$loglik), aicc = num(fit$aicc), fitted_head = num(head(fit$fitted, 5)),
       last_state = num(tail(fit$states, 1)), mean = num(forecast(fit, h = 14)$mean))
}
forms <- function(x) {
  f <- list(ANN = c("ANN", FALSE), AAN = c("AAN", FALSE), AAdN = c("AAN", TRUE))
  if (frequency(x) > 1) f <- c(f, list(ANA = c("ANA", FALSE), AAA = c("AAA", FALSE), AAdA = c("AAA", TRUE)))
  if (min(x) <= 0) return(f)
  f <- c(f, list(MNN = c("MNN", FALSE), MAdN = c("MAN", TRUE)))
  if (frequency(x) > 1) f <- c(f, list(MNA = c("MNA", FALSE), MAdA = c("MAA", TRUE), MNM = c("MNM", FALSE), MAM = c("MAM", FALSE), MAdM = c("MAM", TRUE)))
  f
}
results <- lapply(names(series), function(id) {
  x <- series[[id]]; m <- frequency(x)
  o <- list(id = id, m = m, y = num(x), h = 14)
  o$ets_fixed <- lapply(forms(x), function(f) tryCatch(fixed(x, f[1], as.logical(f[2])), error = function(e) NULL))
  auto <- ets(x)
  o$ets_auto <- list(method = auto$method, loglik = num(auto$loglik), aicc = num(auto$aicc))
  o$thetaf <- list(mean = num(thetaf(x, h = 14)$mean))
  if (m > 1) {
    o$decompose_add <- list(figure = num(decompose(x, "additive")$figure))
    if (min(x) > 0) o$decompose_mult <- list(figure = num(decompose(x, "multiplicative")$figure))
    o$acf <- num(acf(x, plot = FALSE, lag.max = m)$acf[-1])
  }
  o
})
names(results) <- names(series)
header <- list(
  script = "reference.R", R = as.character(getRversion()), forecast = as.character(packageVersion("forecast")),
  date = as.character(Sys.Date()),
  sources = "bike: Capital Bikeshare via Fanaee-T & Gama 2013, CC BY 4.0; chicago: City of Chicago via modeldata, MIT; the rest synthetic"
)
cat(toJSON(list(header = header, series = results), digits = NA, auto_unbox = TRUE, null = "null", na = "null"), "\n")
