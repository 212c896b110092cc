# Makes smoothers.json: R forecast's ses, holt and damped holt on the series of
# reference.json, without their seasons, to check that exponential smoothing finds the
# same optimum and the same forecasts.
#
#   Rscript smoothers.R > smoothers.json
#
# It reads reference.json beside it, and needs the packages forecast and jsonlite.

suppressMessages({ library(forecast); library(jsonlite) })
num <- function(x) signif(as.numeric(x), 12)
all <- fromJSON("reference.json", simplifyVector = TRUE)$series
result <- function(f) list(par = lapply(as.list(f$model$par), num), loglik = num(f$model$loglik), mean = num(f$mean))
series <- lapply(all, function(s) {
  x <- ts(s$y)
  list(ANN = result(ses(x, h = 10)), AAN = result(holt(x, h = 10)), AAdN = result(holt(x, h = 10, damped = TRUE)))
})
header <- list(script = "smoothers.R", R = as.character(getRversion()), forecast = as.character(packageVersion("forecast")), date = as.character(Sys.Date()))
cat(toJSON(list(header = header, series = series), digits = NA, auto_unbox = TRUE), "\n")
