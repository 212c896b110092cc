package demo

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"time"

	"github.com/daybatch/daybatch/forecast/calendar"
)

// vehicle is a model of the invented car-subscription service.
type vehicle struct {
	name  string
	level float64 // orders a day in a region of size 1
	// launched is how many days before the demo's last date the vehicle came to
	// the market; 0 means before the data begin.
	launched int
	winter   float64 // strength of its yearly season, peaking in mid-January
}

// region is a sales region; its size scales every vehicle's demand.
type region struct {
	name string
	size float64
}

// fleet returns the vehicles: some large, some niche, two launched lately.
func fleet() []vehicle {
	return []vehicle{
		{name: "aozora", level: 62, winter: -0.18},
		{name: "hayate", level: 41, winter: -0.10},
		{name: "kaze-ev", level: 30, launched: 420, winter: -0.12},
		{name: "komorebi", level: 24, winter: 0.08},
		{name: "minato", level: 15, winter: 0.05},
		{name: "sakura", level: 35, winter: -0.30},
		{name: "takumi", level: 9, launched: 150, winter: 0.02},
		{name: "yukimi-4wd", level: 1.6, winter: 0.65},
	}
}

// regions returns the regions. In the smallest the niche vehicles sell only now
// and then: intermittent demand.
func regions() []region {
	return []region{
		{name: "chubu", size: 0.75},
		{name: "hokkaido", size: 0.28},
		{name: "kansai", size: 0.9},
		{name: "kanto", size: 1.6},
		{name: "kyushu", size: 0.45},
		{name: "tohoku", size: 0.22},
	}
}

// promotion is a campaign for one vehicle in all regions.
type promotion struct {
	vehicle string
	from    int // days before the demo's last date
	days    int
	lift    float64
}

func promotions() []promotion {
	return []promotion{
		{vehicle: "aozora", from: 610, days: 10, lift: 0.45},
		{vehicle: "sakura", from: 560, days: 14, lift: 0.35},
		{vehicle: "hayate", from: 400, days: 7, lift: 0.5},
		{vehicle: "kaze-ev", from: 230, days: 10, lift: 0.4},
		{vehicle: "komorebi", from: 180, days: 14, lift: 0.3},
		{vehicle: "aozora", from: 120, days: 10, lift: 0.45},
		{vehicle: "minato", from: 75, days: 7, lift: 0.5},
	}
}

// market generates the daily orders of the service. The value of a series on a
// date depends on the seed, the series and the date alone, so any day can be
// delivered again and comes out the same.
type market struct {
	seed     uint64
	last     calendar.Date // the last date of the demo, which launches and promotions are counted from
	holidays func(calendar.Date) (name string, ok bool)
}

// row is one observation: the orders of a vehicle in a region on a date.
type row struct {
	date            calendar.Date
	vehicle, region string
	orders          int
}

// day returns the orders of date d, ordered by vehicle and region. A vehicle
// that was not launched yet has no rows; one that sold nothing has a zero.
func (m market) day(d calendar.Date) []row {
	rows := make([]row, 0, len(fleet())*len(regions()))
	for _, v := range fleet() {
		if v.launched > 0 && d < m.last-calendar.Date(v.launched) {
			continue
		}
		for _, r := range regions() {
			rows = append(rows, row{date: d, vehicle: v.name, region: r.name, orders: m.orders(v, r, d)})
		}
	}
	return rows
}

// orders draws the demand of one series on one date from a negative binomial
// around its expectation.
func (m market) orders(v vehicle, r region, d calendar.Date) int {
	mean := v.level * r.size * m.trend(v, r, d) * m.season(v, d) * m.calendarEffect(d)
	for _, p := range promotions() {
		first := m.last - calendar.Date(p.from)
		if p.vehicle == v.name && d >= first && d < first+calendar.Date(p.days) {
			mean *= 1 + p.lift
		}
	}
	random := m.random(v.name, r.name, d)
	// A gamma-distributed rate makes the counts overdispersed by about 12 %, as
	// orders are: weather, advertising and chance that the calendar doesn't know.
	const shape = 70
	return poisson(random, mean*gamma(random, shape)/shape)
}

// trend is slow movement of a series' level: growth, waves with periods of
// months, and the ramp after a launch.
func (m market) trend(v vehicle, r region, d calendar.Date) float64 {
	random := m.random(v.name, r.name, 0)
	years := float64(d-m.last) / 365.25
	level := math.Exp(years * (0.02 + 0.08*random.Float64()))
	for _, period := range []float64{97, 211, 401} {
		level *= 1 + 0.07*math.Sin(2*math.Pi*(float64(d)/period+random.Float64()))
	}
	if v.launched > 0 {
		age := float64(d - m.last + calendar.Date(v.launched))
		level *= 1 / (1 + math.Exp(-(age-30)/12))
	}
	return level
}

// season is the weekly and yearly pattern. The week differs by vehicle: family
// cars sell on weekends, vans on working days.
func (m market) season(v vehicle, d calendar.Date) float64 {
	week := [7]float64{1.34, 0.86, 0.83, 0.88, 0.92, 1.02, 1.28} // from Sunday
	if v.name == "minato" {
		week = [7]float64{0.55, 1.14, 1.17, 1.16, 1.13, 1.09, 0.76}
	}
	angle := 2 * math.Pi * float64(d.YearDay()-15) / 365.25
	return week[d.Weekday()] * (1 + v.winter*math.Cos(angle))
}

// calendarEffect is what Japan's calendar does to orders.
func (m market) calendarEffect(d calendar.Date) float64 {
	_, month, day := d.Civil()
	switch {
	case month == time.December && day >= 30, month == time.January && day <= 3:
		return 0.35
	case month == time.August && day >= 12 && day <= 16:
		return 0.7
	}
	if _, ok := m.holidays(d); !ok {
		return 1
	}
	if weekday := d.Weekday(); weekday == time.Saturday || weekday == time.Sunday {
		return 1.05
	}
	return 1.3
}

// random returns the generator of a series and date. Date 0 stands for what is
// constant for the series.
func (m market) random(vehicleName, regionName string, d calendar.Date) *rand.Rand {
	hash := fnv.New64a()
	fmt.Fprintf(hash, "%s/%s", vehicleName, regionName)
	return rand.New(rand.NewPCG(m.seed^hash.Sum64(), uint64(d)))
}

// gamma draws from a gamma distribution with the given shape >= 1 and scale 1
// (Marsaglia & Tsang, ACM Transactions on Mathematical Software 26, 2000).
func gamma(random *rand.Rand, shape float64) float64 {
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := random.NormFloat64()
		root := 1 + c*x
		v := root * root * root
		if v > 0 && math.Log(1-random.Float64()) < 0.5*x*x+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}

// poisson draws from a Poisson distribution by counting arrivals (Knuth, The
// Art of Computer Programming, volume 2, 3.4.1), in parts so that the product
// does not underflow.
func poisson(random *rand.Rand, mean float64) int {
	const part = 30
	n := 0
	for ; mean > part; mean -= part {
		n += poisson(random, part)
	}
	limit := math.Exp(-mean)
	for product := random.Float64(); product > limit; product *= random.Float64() {
		n++
	}
	return n
}
