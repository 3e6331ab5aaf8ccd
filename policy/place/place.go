// Package place owns the administrative divisions: provinces, cities,
// districts, their codes, their telephone area codes, and how people write
// them in front of an address. It does not know streets, branches or delivery
// areas.
//
// Codes are history. A dissolved division keeps its row with the end of its
// validity, so that an old record still finds its name. Municipalities are a
// province with one city of the same name. Counties governed by a province
// directly (济源市, 仙桃市, 石河子市) count as cities without districts, as
// do 东莞市, 中山市 and 儋州市.
package place

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed divisions.tsv
var divisionsTSV string

//go:embed areacodes.tsv
var areaCodesTSV string

// Level is the rank of a division.
type Level uint8

const (
	Province Level = iota + 1
	City
	District
)

// A Division is one province, city or district. From and To are a day
// (2021-04-09) or only a year; From is empty when it is older than our
// records, To while the division exists.
type Division struct {
	Code     string // six digits
	Name     string // 杭州市
	Parent   string // code of the division above, empty for a province
	Level    Level
	From, To string
}

// Current tells whether the division still exists in the edition of the table.
func (d Division) Current() bool { return d.To == "" && d.Code != "" }

// A Place is a chain of divisions from the top. What is not known is the zero
// Division, and below it nothing is known either.
type Place struct {
	Province, City, District Division
}

// Code returns the code of the lowest known division, or "".
func (p Place) Code() string {
	for _, d := range []Division{p.District, p.City, p.Province} {
		if d.Code != "" {
			return d.Code
		}
	}
	return ""
}

// Name writes the place out, a municipality only once: 上海市闵行区.
func (p Place) Name() string {
	if p.City.Name == p.Province.Name {
		return p.Province.Name + p.District.Name
	}
	return p.Province.Name + p.City.Name + p.District.Name
}

// Provinces returns the 34 divisions of the first level by code.
func Provinces() []Division { return clone(tables().provinces) }

// Children returns the existing divisions directly below a code, by code.
func Children(code string) []Division { return clone(tables().children[code]) }

// ByCode returns a division, dissolved ones too.
func ByCode(code string) (Division, bool) {
	d, ok := tables().byCode[code]
	if !ok {
		return Division{}, false
	}
	return *d, true
}

// Path returns the chain from the province down to a code. A city of a single
// city province fills itself in: 310000 is 上海市, 上海市.
func Path(code string) (Place, bool) {
	d, ok := tables().byCode[code]
	if !ok {
		return Place{}, false
	}
	return tables().chain(d), true
}

// AreaCode returns the telephone area code with its leading zero for the code
// of a city, or of a district in it. It reports false where none is recorded:
// nine young cities of Xinjiang, 本溪, Hong Kong, Macau and Taiwan.
func AreaCode(code string) (string, bool) {
	t := tables()
	p, ok := Path(code)
	if !ok {
		return "", false
	}
	area, ok := t.areaCodes[p.City.Code]
	return area, ok
}

type table struct {
	byCode    map[string]*Division
	provinces []Division
	children  map[string][]Division
	areaCodes map[string]string
	forms     map[string][]form // by the first two characters
}

// Load reads the embedded files; without it the first use does, and waits 10 ms.
func Load() { tables() }

// tables reads the embedded files once, at first use.
var tables = sync.OnceValue(func() *table {
	t := &table{
		byCode:    map[string]*Division{},
		children:  map[string][]Division{},
		areaCodes: map[string]string{},
		forms:     map[string][]form{},
	}
	var all []*Division
	for _, f := range rows(divisionsTSV, 5) {
		d := &Division{Code: f[0], Name: f[1], Parent: f[2], From: f[3], To: f[4]}
		switch {
		case d.Parent == "":
			d.Level = Province
			t.provinces = append(t.provinces, *d)
		case strings.HasSuffix(d.Parent, "0000"):
			d.Level = City
		default:
			d.Level = District
		}
		t.byCode[d.Code] = d
		if d.Parent != "" && d.Current() {
			t.children[d.Parent] = append(t.children[d.Parent], *d)
		}
		all = append(all, d)
	}
	for _, f := range rows(areaCodesTSV, 2) {
		t.areaCodes[f[0]] = f[1]
	}
	for _, d := range all {
		for _, f := range t.formsOf(d) {
			if key := firstTwo(f.text); key != "" {
				t.forms[key] = append(t.forms[key], f)
			}
		}
	}
	return t
})

func rows(tsv string, columns int) [][]string {
	var out [][]string
	for line := range strings.Lines(tsv) {
		f := strings.Split(strings.TrimRight(line, "\r\n"), "\t")
		if len(f) == columns && f[0] != "code" {
			out = append(out, f)
		}
	}
	return out
}

func (t *table) chain(d *Division) Place {
	var p Place
	for d != nil {
		switch d.Level {
		case Province:
			p.Province = *d
		case City:
			p.City = *d
		default:
			p.District = *d
		}
		d = t.byCode[d.Parent]
	}
	if p.City.Code == "" {
		if only := t.children[p.Province.Code]; len(only) == 1 {
			p.City = only[0]
		}
	}
	return p
}

func clone(ds []Division) []Division { return append([]Division(nil), ds...) }
