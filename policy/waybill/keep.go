package waybill

// For how many days after it was sent a parcel says who its persons were: the
// recipient, who is nobody's client, and what the bill repeats of the sender,
// what was in it and the remark. A year is how long a sender may inquire after
// a parcel (Postal Law of 2015, article 49); less than KeepLeast would take
// away what complaints are answered with (R244).
const (
	KeepDays  = 365 // unless the company sets it
	KeepLeast = 30
	KeepMost  = 10 * 365
)

// KeptDays is the number of days that a company's rule means, 0 = it has none.
func KeptDays(set int) int {
	if set == 0 {
		return KeepDays
	}
	return min(max(set, KeepLeast), KeepMost)
}
