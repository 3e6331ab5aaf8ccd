package place

import "testing"

func TestEveryProvinceHasASquareOfItsOwn(t *testing.T) {
	at := map[[2]int]string{}
	codes := map[string]bool{}
	for _, x := range Tiles() {
		if other := at[[2]int{x.Row, x.Column}]; other != "" {
			t.Errorf("%s and %s share a square", x.Short, other)
		}
		if x.Row < 0 || x.Row >= TileRows || x.Column < 0 || x.Column >= TileColumns {
			t.Errorf("%s stands outside", x.Short)
		}
		at[[2]int{x.Row, x.Column}], codes[x.Code] = x.Short, true
	}
	for _, p := range Provinces() {
		if !codes[p.Code] {
			t.Errorf("%s has no square", p.Name)
		}
	}
	if len(codes) != len(Provinces()) {
		t.Errorf("%d squares for %d provinces", len(codes), len(Provinces()))
	}
}
