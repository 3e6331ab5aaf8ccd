package handlers

import (
	"context"
	"net/http"
	"strings"

	"yike/policy/place"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// customerPlace answers with the selects of an address: for a line that was
// typed, or for a select that was changed.
func (h *Handlers) customerPlace(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	line := query(r, "place_line")
	if r.URL.Query().Has("address") {
		line = query(r, "address")
	}
	part := views.PlaceSelects(h.placePick(ctx, line, query(r, "province"), query(r, "city"), query(r, "district"), query(r, "place_line")))
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "地址"), body: part, partial: part, active: "/customers"})
}

// placePick works out the place of an address line and of the selects. A line
// other than the one that the selects were made for wins where it names a
// place; otherwise the selects do.
func (h *Handlers) placePick(ctx context.Context, line, province, city, district, madeFor string) views.PlacePick {
	found, _, certain := place.Find(line)
	if province == "" || line != madeFor && certain > place.Ambiguous {
		p := h.placeOf(ctx, line, found.Code())
		if certain == place.Ambiguous {
			p.Note, p.Doubt = lang.T(ctx, "有几个同名的地方，请选省市区"), true
		}
		return p
	}
	code, errs := province, ui.Errors{}
	switch {
	case !isBelow(province, city):
		if city != "" {
			errs.Add("city", lang.T(ctx, "省换了，请重新选市"))
		}
	case !isBelow(city, district):
		code = city
		if district != "" {
			errs.Add("district", lang.T(ctx, "市换了，请重新选区县"))
		}
	default:
		code = district
	}
	p := h.placeOf(ctx, line, code)
	p.Errors = errs
	return p
}

func isBelow(parent, code string) bool {
	for _, d := range place.Children(parent) {
		if d.Code == code {
			return true
		}
	}
	return false
}

// placeOf shows a place that is known by its code.
func (h *Handlers) placeOf(ctx context.Context, line, code string) views.PlacePick {
	p := views.PlacePick{Line: line, Provinces: divisionOptions(place.Provinces(), place.Division{}), Errors: ui.Errors{}}
	known, ok := place.Path(code)
	if !ok {
		if line != "" {
			p.Note, p.Doubt = lang.T(ctx, "没认出省市区，请选一下"), true
		}
		return p
	}
	p.Province, p.City, p.District = known.Province.Code, known.City.Code, known.District.Code
	p.Cities = divisionOptions(place.Children(p.Province), known.City)
	if p.City != "" {
		p.Districts = divisionOptions(place.Children(p.City), known.District)
	}
	switch detail := detailOf(line); {
	case p.City == "" || p.District == "" && len(p.Districts) > 0:
		p.Note, p.Doubt = lang.T(ctx, "认出：%s，还没选到区县", known.Name()), true
	case !known.District.Current() && known.District.Code != "":
		p.Note, p.Doubt = lang.T(ctx, "%s 已经撤并，请选现在的区县", known.District.Name), true
	case detail != "":
		p.Note = lang.T(ctx, "认出：%s，%s", known.Name(), detail)
	default:
		p.Note = lang.T(ctx, "认出：%s", known.Name())
	}
	return p
}

// divisionOptions lists divisions; one that is history is added where it is
// the one on file.
func divisionOptions(list []place.Division, have place.Division) []ui.Option {
	out := make([]ui.Option, 0, len(list)+1)
	known := have.Code == ""
	for _, d := range list {
		out = append(out, ui.Option{Value: d.Code, Label: d.Name})
		known = known || d.Code == have.Code
	}
	if !known {
		out = append(out, ui.Option{Value: have.Code, Label: have.Name})
	}
	return out
}

// placeCode is the code of the lowest level that was chosen.
func placeCode(p views.PlacePick) string {
	for _, code := range []string{p.District, p.City, p.Province} {
		if code != "" {
			return code
		}
	}
	return ""
}

func placeDetail(p views.PlacePick) string { return detailOf(p.Line) }

// detailOf is what follows the place in an address line.
func detailOf(line string) string {
	_, rest, certain := place.Find(line)
	if certain <= place.Ambiguous {
		return line
	}
	return strings.TrimSpace(rest)
}

// addressLine is an address in one line, as people write it.
func addressLine(code, detail string) string {
	p, _ := place.Path(code)
	return p.Name() + detail
}
