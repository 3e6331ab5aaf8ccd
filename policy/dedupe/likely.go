package dedupe

// Likeness says how likely two files are one customer, 0 for not at all. It
// orders the list of possible duplicates: what Same calls one customer first,
// then one name without a common phone, then a common phone under two names
// (two shops of one landlord have that, too).
const (
	Unlike    = 0
	OnePhone  = 1
	OneName   = 2
	Certainly = 3
)

// Likely compares two files and returns how likely they are one customer, with
// everything that they have in common, each code once.
func Likely(a, b Party) (likeness int, codes []string) {
	same, reasons := Same(a, b)
	seen := map[string]bool{}
	for _, r := range reasons {
		if !seen[r.Code] {
			codes, seen[r.Code] = append(codes, r.Code), true
		}
	}
	switch {
	case same:
		return Certainly, codes
	case seen[SameName]:
		return OneName, codes
	case seen[SamePhone]:
		return OnePhone, codes
	}
	return Unlike, nil
}
