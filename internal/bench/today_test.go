package bench

import "testing"

// BenchmarkToday measures the page with which a day begins, as it is opened
// again within the minute for which its figures stand. Goal: at most twice FP.
func BenchmarkToday(b *testing.B) {
	each(b, func(b *testing.B, s *site, f *fp) {
		page(b, s, f, "a rep's", rep, "/today")
		page(b, s, f, "a clerk's", "clerk1", "/today")
		page(b, s, f, "a branch's", boss, "/today")
		page(b, s, f, "a region's", region, "/today")
		page(b, s, f, "the company's", "admin", "/today")
	})
}
