package handlers_test

import (
	"strings"
	"testing"
)

func TestTheHeatMapIsForWhoSeesWholeBranches(t *testing.T) {
	s := newSite(t)
	aPast(t, s)
	path, list := "/reports/rfm", "/reports/rfm/list"
	s.run([]scenario{
		{"a stranger", "", "", path, nil, 303, []string{"/login"}, nil},
		{"a courier", "courier", "", path, nil, 403, nil, nil},
		{"a rep", "rep", "", path, nil, 200, []string{"你看得到的是自己的客户"}, []string{list}},
		{"a manager", "boss", "", path, nil, 200, []string{"RFM 热力图", "最近发过", "ht5", list}, []string{"城东网点"}},
		{"by money", "boss", "", path + "?dim=freight", nil, 200, []string{"越深的运费越多"}, nil},
		{"another branch by its id", "boss", "", path + "?branch=" + id(s.East), nil, 200, []string{"还没有客户发过件"}, nil},
		{"the region beside another branch", "region", "", path + "?branch=" + id(s.West) + "&with=" + id(s.East), nil, 200, []string{"城东网点的占比"}, nil},
		{"the shelves", "boss", "", "/reports", nil, 200, []string{`href="` + path + `"`}, nil},
		{"the shelves of a rep", "rep", "", "/reports", nil, 200, nil, []string{`href="` + path + `"`}},
		{"the workbook", "boss", "", path + "/export", nil, 200, []string{"xl/worksheets"}, nil},
		{"none for a rep", "rep", "", path + "/export", nil, 403, nil, nil},
		{"all who shipped", "boss", "", list, nil, 200, []string{"松果母婴", "共 4 位"}, []string{"云杉文具"}},
		{"nonsense", "boss", "", list + "?r=9&f=%3Cb%3E&page=-2", nil, 200, []string{"共 4 位"}, []string{"<b>"}},
		{"a list for a rep", "rep", "", list, nil, 200, []string{"没有这样的客户"}, []string{"松果母婴"}},
		{"a list of another branch", "boss", "", list + "?branch=" + id(s.East), nil, 200, []string{"没有这样的客户"}, nil},
		{"a list as a workbook", "boss", "", list + "/export?r=3", nil, 200, []string{"xl/worksheets"}, nil},
		{"no list for a clerk to take away", "clerk", "", list + "/export", nil, 403, nil, nil},
	})
	opensAsMany(t, s.as("region"), path, "位", 4)
	seen := 0
	for _, m := range reportLinks.FindAllStringSubmatch(s.as("boss").get(path+"?branch="+id(s.West)).body, -1) {
		if strings.Contains(m[1], "branch="+id(s.West)) && strings.Contains(m[1], "r=") {
			seen++
		}
	}
	if seen < 3 {
		t.Errorf("%d squares of a branch have lists", seen)
	}
}
