package db

import (
	"reflect"
	"testing"

	"yike/policy/intake"
)

// A staged row is read as it was written, whatever stands in it.
func TestAStagedRecordIsReadAsItWasWritten(t *testing.T) {
	for name, r := range map[string]ImportRecord{
		"nothing":                       {V: map[string]string{}},
		"a parcel":                      {V: map[string]string{"waybill": "302610000000101", "remark": "a=b；#k=7\n第二行", "freight": "1250"}, Phones: []string{"13900000001", "0571-88880000"}, Customer: 7 << 50, By: "phone"},
		"only a phone":                  {V: map[string]string{}, Phones: []string{"13900000001"}},
		"a correction":                  {V: map[string]string{"status": "signed"}, Customer: 5, By: "account", Version: 3, Changes: []ImportChange{{"state", "moving", "signed"}}},
		"a visit with its rep":          {V: map[string]string{"learned": "好"}, Owner: 9},
		"a client with tags and a twin": {V: map[string]string{"name": "一"}, Tags: []string{"VIP"}, Extra: []string{"13900000002"}, Of: 3, OfSheet: "二"},
		"marks of the form in a value":  {V: map[string]string{"remark": "\x1ea\x1fb=c"}, Phones: []string{"1"}},
		"marks of the form in a phone":  {V: map[string]string{"remark": "x"}, Phones: []string{"1\x1f2"}},
		"a next step in words":          {V: map[string]string{"name": "一"}, Due: "月底"},
	} {
		text, err := r.text()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var got ImportRecord
		if err := got.read(text); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(got.V) == 0 {
			got.V = map[string]string{}
		}
		if !reflect.DeepEqual(got, r) {
			t.Errorf("%s: %+v, want %+v", name, got, r)
		}
	}
	for name, cells := range map[string][]string{"none": nil, "one that is empty": {""}, "some": {"a", "", "一\n二"}, "with marks of the form": {"\x1e", "a\x1fb"}} {
		text, err := cellsText(cells)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var got []string
		if err := readCells(text, &got); err != nil || !reflect.DeepEqual(got, cells) {
			t.Errorf("cells, %s: %q, want %q (%v)", name, got, cells, err)
		}
	}
	if err := new(ImportRecord).read(plainMark + "no separator"); err == nil {
		t.Error("what is no record is read")
	}
	// No field is spelled like what is none.
	for _, k := range []*intake.Kind{intake.Customers, intake.Visits, intake.Waybills} {
		for _, f := range k.Fields {
			if f.Name[0] == '#' {
				t.Errorf("field %s", f.Name)
			}
		}
	}
}
