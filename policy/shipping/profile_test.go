package shipping_test

import (
	"testing"

	"yike/policy/day"
	"yike/policy/shipping"
)

func TestTheProfileOfMonths(t *testing.T) {
	month := func(start string, parcels ...shipping.Parcel) shipping.Month {
		h := &shipping.Habits{}
		for _, p := range parcels {
			h.Add(p, 2)
		}
		return shipping.Month{Start: day.MustParse(start), Pieces: int64(2 * len(parcels)), Habits: h}
	}
	sent := func(d, hour int, product, to string) shipping.Parcel {
		return shipping.Parcel{Day: d, Hour: hour, Product: product, Payment: "monthly", Place: to}
	}
	p := shipping.Of([]shipping.Month{
		month("2026-08-01", sent(3, 9, "express", "330100"), sent(10, 9, "standard", "330200")),
		month("2026-09-01"),
		month("2026-10-01", sent(12, shipping.NoHour, "standard", "440000"), sent(19, 23, "express", "")),
	}, day.MustParse("2026-11-20"))
	if p.Pieces != 8 || p.Timed != 6 || p.Weekdays != [7]int64{8} || p.Hours[9] != 4 || p.Hours[23] != 2 {
		t.Errorf("when: %+v", p)
	}
	if p.Active != 2 || p.Of != 4 || p.Gap != 7 || p.ShippingDays != 4 || p.Last.String() != "2026-10-19" || p.First.String() != "2026-08-03" {
		t.Errorf("how often: %+v", p)
	}
	if len(p.Provinces) != 3 || p.Provinces[0] != (shipping.Count{Key: "330000", N: 4}) || p.Provinces.Of("") != 2 || len(p.Cities) != 4 || p.Products.Of("express") != 4 {
		t.Errorf("whereto and how: %+v", p)
	}
	if none := shipping.Of(nil, day.MustParse("2026-11-20")); none.Pieces != 0 || none.Of != 0 || none.Gap != 0 || none.Last.Valid() {
		t.Errorf("of nothing: %+v", none)
	}
}

func TestToWhomTimeMatters(t *testing.T) {
	of := func(express, other int64) shipping.Counts {
		return shipping.Counts{{Key: "express", N: express}, {Key: "standard", N: other}, {Key: "same_day", N: 1}}
	}
	for _, tt := range []struct {
		name      string
		products  shipping.Counts
		late      int64
		mark      shipping.Mark
		sensitive bool
		share     int
	}{
		{"below the share", of(3, 10), 0, shipping.NoMark, false, 28},
		{"the share to the point", of(5, 14), 0, shipping.NoMark, true, 30},
		{"too few to tell", of(5, 0), 0, shipping.NoMark, false, 100},
		{"one complaint too few", of(3, 10), 1, shipping.NoMark, false, 28},
		{"complaints of lateness enough", of(3, 10), 2, shipping.NoMark, true, 28},
		{"complaints of one who ships next to nothing", of(0, 0), 3, shipping.NoMark, true, 100},
		{"complaints, and somebody said not", of(3, 10), 5, shipping.Patient, false, 28},
		{"somebody said so", of(0, 100), 0, shipping.Sensitive, true, 0},
		{"somebody said not", of(99, 0), 0, shipping.Patient, false, 100},
		{"nothing shipped", nil, 0, shipping.NoMark, false, 0},
	} {
		if got := shipping.Time(tt.products, 30, tt.late, shipping.LateRule{Complaints: 2, Months: 6}, tt.mark); got.Sensitive != tt.sensitive || got.Share != tt.share {
			t.Errorf("%s: %+v", tt.name, got)
		}
	}
}

func TestTheMonthsInWhichComplaintsOfLatenessCount(t *testing.T) {
	for _, tt := range []struct {
		today  string
		months int
		want   string
	}{
		{"2026-11-20", 3, "2026-08-21"},
		{"2026-11-20", 12, "2025-11-21"},
		{"2026-08-31", 6, "2026-03-01"}, // February has no 31st
		{"2024-02-29", 12, "2023-03-01"},
	} {
		if got := (shipping.LateRule{Months: tt.months}).Since(day.MustParse(tt.today)); got.String() != tt.want {
			t.Errorf("%d months up to %s begin on %s, want %s", tt.months, tt.today, got, tt.want)
		}
	}
}
