package shipping

import (
	"strconv"

	"yike/policy/casework"
)

// Complaints says how often a client complains for what it ships (R168, R226).
type Complaints struct {
	Count, Parcels int64
	Tenths         int64 // complaints for each 10,000 parcels, in tenths, half up
	Few            bool  // too few parcels to tell
}

// Text is the rate for each 10,000 parcels as it is written, "" when there are
// too few parcels to tell.
func (c Complaints) Text() string {
	if c.Few || c.Parcels == 0 {
		return ""
	}
	return strconv.FormatInt(c.Tenths/10, 10) + "." + strconv.FormatInt(c.Tenths%10, 10)
}

// ComplaintRate is the rate of so many complaints to so many parcels of the same
// months, as casework.Rate has it.
func ComplaintRate(count, parcels int64) Complaints {
	tenths, ok := casework.Rate(count, parcels)
	return Complaints{Count: count, Parcels: parcels, Tenths: tenths, Few: !ok}
}
