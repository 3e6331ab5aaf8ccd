package shipping_test

import (
	"testing"

	"yike/policy/shipping"
)

func TestTheRateOfComplaints(t *testing.T) {
	if got := shipping.ComplaintRate(7, 1234).Text() + " " + shipping.ComplaintRate(1, 200_000).Text() + " " + shipping.ComplaintRate(9, 9).Text(); got != "56.7 0.1 " {
		t.Errorf("written: %q", got)
	}
	for _, tt := range []struct {
		name           string
		count, parcels int64
		tenths         int64
		few            bool
	}{
		{"nothing shipped", 0, 0, 0, true},
		{"complaints and no parcels", 3, 0, 0, true},
		{"one parcel too few", 1, 99, 0, true},
		{"just enough", 1, 100, 1000, false},
		{"none", 0, 5000, 0, false},
		{"three of 1,200", 3, 1200, 250, false},
		{"half a tenth goes up", 1, 200_000, 1, false},
		{"less than half goes down", 1, 200_001, 0, false},
		{"more complaints than parcels", 150, 100, 150_000, false},
	} {
		if got := shipping.ComplaintRate(tt.count, tt.parcels); got.Tenths != tt.tenths || got.Few != tt.few || got.Count != tt.count {
			t.Errorf("%s: %+v", tt.name, got)
		}
	}
}
