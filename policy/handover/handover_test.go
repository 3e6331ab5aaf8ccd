package handover

import (
	"fmt"
	"slices"
	"testing"
)

const west, east = 1, 2

func at(id int64, load int, branches ...int64) Person { return Person{id, load, branches} }

// many are n clients of 城西, without class or place.
func many(n int) []Client {
	out := make([]Client, n)
	for i := range out {
		out[i].Branch = west
	}
	return out
}

// got writes an answer as one word a client: the person, or why nobody.
func got(list []Given) string {
	var out []string
	for _, g := range list {
		if g.To != 0 {
			out = append(out, fmt.Sprint(g.To))
		} else {
			out = append(out, g.Why)
		}
	}
	return fmt.Sprint(out)
}

func TestShare(t *testing.T) {
	a, b, c := at(11, 0, west), at(12, 0, west), at(13, 0, west)
	places := []Client{{west, "330100", "330106", "A"}, {west, "330100", "330110", "B"}, {west, "330400", "330402", ""}, {west, "", "", "C"}}
	for _, x := range []struct {
		name    string
		rule    Rule
		clients []Client
		people  []Person
		want    string
	}{
		{"no clients, nothing to say", Rule{By: Even, Among: []int64{11}}, nil, []Person{a}, "[]"},
		{"all to one", Rule{By: One, One: 11}, many(3), []Person{a, b}, "[11 11 11]"},
		{"nobody was chosen", Rule{By: One}, many(2), []Person{a}, "[nobody nobody]"},
		{"somebody who may take nothing", Rule{By: One, One: 99}, many(1), []Person{a}, "[unknown]"},
		{"nobody is left at the branch", Rule{By: One, One: 11}, many(1), nil, "[unknown]"},
		{"a person of another branch", Rule{By: One, One: 21}, []Client{{Branch: west}, {Branch: east}}, []Person{at(21, 0, east)}, "[branch 21]"},
		{"seven over three: three, two, two", Rule{By: Even, Among: []int64{11, 12, 13}}, many(7), []Person{a, b, c}, "[11 12 13 11 12 13 11]"},
		{"of equals, who carries least gets the one over", Rule{By: Even, Among: []int64{11, 12}}, many(3), []Person{at(11, 80, west), at(12, 30, west)}, "[12 11 12]"},
		{"a load never outweighs the number given", Rule{By: Even, Among: []int64{11, 12}}, many(4), []Person{at(11, 900, west), b}, "[12 11 12 11]"},
		{"the order in which people are ticked means nothing", Rule{By: Even, Among: []int64{13, 11, 12, 11}}, many(4), []Person{c, b, a}, "[11 12 13 11]"},
		{"over nobody", Rule{By: Even}, many(2), []Person{a}, "[nobody nobody]"},
		{"over people who have left", Rule{By: Even, Among: []int64{98, 99}}, many(1), []Person{a}, "[nobody]"},
		{"one of two may not have clients there", Rule{By: Even, Among: []int64{11, 21}}, []Client{{Branch: west}, {Branch: west}, {Branch: east}, {Branch: east}},
			[]Person{a, at(21, 0, east)}, "[11 11 21 21]"},
		{"who may have more branches evens it out", Rule{By: Even, Among: []int64{11, 21}}, []Client{{Branch: west}, {Branch: west}, {Branch: east}, {Branch: west}},
			[]Person{a, at(21, 0, west, east)}, "[11 21 21 11]"},
		{"none of them may", Rule{By: Even, Among: []int64{21}}, many(1), []Person{at(21, 0, east)}, "[branch]"},
		{"by city, the rest to one", Rule{By: City, One: 13, Group: map[string]int64{"330100": 11, "330400": 12}}, places, []Person{a, b, c}, "[11 11 12 13]"},
		{"by city, nobody for the rest", Rule{By: City, Group: map[string]int64{"330100": 11}}, places, []Person{a}, "[11 11 nobody nobody]"},
		{"by district", Rule{By: District, One: 12, Group: map[string]int64{"330106": 11}}, places, []Person{a, b}, "[11 12 12 12]"},
		{"by class, those without one named too", Rule{By: Class, Group: map[string]int64{"A": 11, "B": 12, "C": 13, "": 11}}, places, []Person{a, b, c}, "[11 12 11 13]"},
		{"by hand nobody yet", Rule{By: Hand, One: 11}, many(2), []Person{a}, "[nobody nobody]"},
		{"a rule that is none", Rule{By: "dice", One: 11}, many(1), []Person{a}, "[nobody]"},
	} {
		if g := got(Share(x.rule, x.clients, x.people)); g != x.want {
			t.Errorf("%s: %s, want %s", x.name, g, x.want)
		}
	}
}

// TestAnEvenShareIsEvenWithinEachClass: sorted by class, every person gets as
// many A clients as the next, give or take one, and so with B and C.
func TestAnEvenShareIsEvenWithinEachClass(t *testing.T) {
	var clients []Client
	for class, n := range map[string]int{"A": 10, "B": 25, "C": 101} {
		for range n {
			clients = append(clients, Client{Branch: west, Class: class})
		}
	}
	slices.SortFunc(clients, func(a, b Client) int { return int(a.Class[0]) - int(b.Class[0]) })
	people := []Person{at(1, 5, west), at(2, 0, west), at(3, 70, west)}
	first := Share(Rule{By: Even, Among: []int64{1, 2, 3}}, clients, people)
	count := map[string]map[int64]int{"A": {}, "B": {}, "C": {}, "all": {}}
	for i, g := range first {
		count[clients[i].Class][g.To]++
		count["all"][g.To]++
	}
	for class, by := range count {
		least, most := min(by[1], by[2], by[3]), max(by[1], by[2], by[3])
		if most-least > 1 {
			t.Errorf("%s: %v differ by more than one", class, by)
		}
	}
	for range 20 {
		if again := Share(Rule{By: Even, Among: []int64{1, 2, 3}}, clients, people); !slices.Equal(first, again) {
			t.Fatal("the same question has another answer")
		}
	}
}

func TestMay(t *testing.T) {
	people := []Person{at(11, 0, west), at(21, 0, east)}
	for _, c := range []struct {
		name       string
		to, branch int64
		want       bool
	}{
		{"at the own branch", 11, west, true}, {"at another", 11, east, false}, {"nobody", 0, west, false}, {"a stranger", 5, west, false},
	} {
		if got := May(c.to, c.branch, people); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
