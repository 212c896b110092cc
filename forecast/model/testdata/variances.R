# Makes variances.json: variances of R forecast's ets on two series of reference.json, of
# one form of each kind, with the parameters and states that they follow from.
#
#   Rscript variances.R > variances.json
#
# It reads reference.json beside it, and needs the packages forecast and jsonlite.

suppressMessages({ library(forecast); library(jsonlite) })
num <- function(x) signif(as.numeric(x), 12)
all <- fromJSON("reference.json", simplifyVector = TRUE)$series
level <- 95
result <- function(s, form, damped) {
  fit <- ets(ts(s$y, frequency = s$m), model = form, damped = damped, restrict = FALSE)
  f <- forecast(fit, h = 30, level = level)
  par <- fit$par[intersect(c("alpha", "beta", "gamma", "phi", "l", "b"), names(fit$par))]
  season <- if (substr(form, 3, 3) == "N") numeric(0) else rev(fit$initstate[grep("^s", names(fit$initstate))])
  list(par = lapply(as.list(par), num), sigma2 = num(fit$sigma2), season = num(season),
       variance = num(((as.numeric(f$upper) - as.numeric(f$mean)) / qnorm((100 + level) / 200))^2))
}
forms <- list(ANN = c("ANN", FALSE), AAN = c("AAN", FALSE), AAdN = c("AAN", TRUE), ANA = c("ANA", FALSE), AAdA = c("AAA", TRUE),
  MNN = c("MNN", FALSE), MAN = c("MAN", FALSE), MNA = c("MNA", FALSE), MAdA = c("MAA", TRUE),
  MNM = c("MNM", FALSE), MAM = c("MAM", FALSE), MAdM = c("MAM", TRUE))
series <- lapply(all[c("monthly_m12_n96", "weekly_m7_n140")], function(s) lapply(forms, function(f) result(s, f[1], f[2] == "TRUE")))
header <- list(script = "variances.R", R = as.character(getRversion()), forecast = as.character(packageVersion("forecast")), date = as.character(Sys.Date()))
cat(toJSON(list(header = header, series = series), digits = NA, auto_unbox = TRUE), "\n")
