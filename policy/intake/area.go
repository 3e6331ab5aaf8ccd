package intake

import "regexp"

// landline is a number written with its area code, as people write them.
var landline = regexp.MustCompile(`(?:^|[^0-9])(0[1-9][0-9]{1,2})[-－—– )）]{1,2}[2-9][0-9]{6,7}(?:[^0-9]|$)`)

// UsualArea returns the area code that most landlines among the rows carry, ""
// when none carries one: the default for the numbers that were written
// without, where the branch has not said its own.
func UsualArea(rows []Row) string {
	count := map[string]int{}
	best := ""
	for _, r := range rows {
		for _, c := range r.Cells {
			if c.Kind != Text {
				continue
			}
			for _, m := range landline.FindAllStringSubmatch(c.Text, -1) {
				if count[m[1]]++; count[m[1]] > count[best] {
					best = m[1]
				}
			}
		}
	}
	return best
}
