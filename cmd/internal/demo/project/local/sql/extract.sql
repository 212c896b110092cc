-- Orders per vehicle and region up to the date. {{.Date}} and {{.From}} are
-- bound as parameters when the query runs; rows after the date are refused.
SELECT vehicle, region, CAST(ds AS DATE) AS ds, SUM(orders) AS orders
FROM orders
WHERE CAST(ds AS DATE) BETWEEN {{.From}} AND {{.Date}}
GROUP BY ALL
