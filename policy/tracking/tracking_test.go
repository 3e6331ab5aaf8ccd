package tracking

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"yike/policy/waybill"
)

func at(s string) int64 {
	ms, ok := timeOf(s)
	if !ok {
		panic(s)
	}
	return ms
}

func TestTheSamplesSayWhatIsTrueOfThem(t *testing.T) {
	for _, c := range []struct {
		file, number, state string
		traces              int
		first, last         string
	}{
		{"快递100_查询_签收_新的在前.json", "302610000004884", waybill.Signed, 8, "2026-10-05 18:14:56", "2026-10-07 12:05:57"},
		{"快递100_查询_滞留_旧的在前.json", "302610000006945", waybill.Moving, 5, "2026-10-08 18:31:42", "2026-10-09 14:23:47"},
		{"快递100_推送_拒签_新的在前.json", "302610000007747", waybill.Refused, 9, "2026-10-08 18:12:51", "2026-10-10 18:54:33"},
		{"快递鸟_查询_在途_旧的在前.json", "302610000014632", waybill.Moving, 6, "2026-10-11 18:36:51", "2026-10-13 04:42:12"},
		{"快递鸟_推送_两单_签收与问题件.json", "302610000022754", waybill.Signed, 8, "2026-10-14 18:40:45", "2026-10-16 12:12:05"},
		{"快递鸟_推送_两单_签收与问题件.json", "302610000007348", waybill.Stuck, 4, "2026-10-08 18:17:49", "2026-10-09 09:47:44"},
		{"快递鸟_查询_无轨迹.json", "302610000032512", "", 0, "", ""},
	} {
		t.Run(c.file+" "+c.number, func(t *testing.T) {
			b, err := os.ReadFile(filepath.Join("testdata", c.file))
			if err != nil {
				t.Fatal(err)
			}
			list, faults := Read(b)
			if len(faults) > 0 {
				t.Errorf("faults: %+v", faults)
			}
			i := slices.IndexFunc(list, func(p Parcel) bool { return p.Number == c.number })
			if i < 0 {
				t.Fatalf("not among %+v", list)
			}
			p := list[i]
			if p.State != c.state || !p.Known || len(p.Traces) != c.traces {
				t.Errorf("state %q, known %v, %d traces", p.State, p.Known, len(p.Traces))
			}
			if c.traces > 0 && (p.Traces[0].At != at(c.first) || p.Last() != at(c.last)) {
				t.Errorf("from %d to %d", p.Traces[0].At, p.Last())
			}
		})
	}
}

func TestWhatTheLinesTell(t *testing.T) {
	for _, c := range []struct {
		name, status, words, area string
		state, place              string
		fails                     bool
	}{
		{"a pick-up", "揽收", "【杭州市】杭州城西网点 已揽收", "CN330100000000", waybill.PickedUp, "330100", false},
		{"the words name where, the area where to", "在途", "【杭州市】快件离开 杭州分拨中心，发往 武汉分拨中心", "CN420100000000", waybill.Moving, "330100", false},
		{"the area where the words say nothing", "在途", "快件到达 武汉分拨中心", "CN420100000000", waybill.Moving, "420100", false},
		{"no place at all", "", "快件到达 分拨中心", "", waybill.Moving, "", false},
		{"a place that is none", "", "【月球】到达", "CN999999", waybill.Moving, "", false},
		{"signed for without a status", "", "【武汉市】已签收，签收人：本人", "", waybill.Signed, "420100", false},
		{"refused because it is damaged is refused", "拒签", "【武汉市】收件人拒收，原因：外包装破损", "", waybill.Refused, "420100", false},
		{"a label that is damaged is no damaged parcel", "", "【杭州市】快件滞留 杭州分拨中心，面单破损待处理", "", waybill.Stuck, "330100", false},
		{"a delivery that found nobody", "", "【武汉市】派送失败，联系不上收件人", "", waybill.Delivering, "420100", true},
		{"lost", "", "快件遗失，正在核实", "", waybill.Lost, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			state, fails := told(c.status, c.words)
			if place := placeOf(c.words, c.area); state != c.state || fails != c.fails || place != c.place {
				t.Errorf("%q at %q, fails %v", state, place, fails)
			}
		})
	}
}

func TestEveryStateOfBothServicesHasAWordOfOurs(t *testing.T) {
	for name, codes := range map[string]map[string]meaning{KD100: kd100, KDNiao: kdniao} {
		for code, m := range codes {
			if m.state != "" && !slices.Contains(waybill.States(), m.state) || m.exception != "" && !slices.Contains(waybill.Exceptions(), m.exception) {
				t.Errorf("%s %s: %+v", name, code, m)
			}
		}
	}
	for _, code := range []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "10", "11", "12", "13", "14"} {
		if _, ok := kd100[code]; !ok {
			t.Errorf("快递100 %s is unknown", code)
		}
	}
	for _, code := range []string{"0", "1", "2", "3", "4", "5", "6"} {
		if _, ok := kdniao[code]; !ok {
			t.Errorf("快递鸟 %s is unknown", code)
		}
	}
}

const one = `{"nu":"302610000004884","state":"3","data":[{"time":"2026-10-07 12:05:57","context":"已签收","status":"签收"}]}`

func TestBadNewsAreSaidAndTheRestIsRead(t *testing.T) {
	trace := `{"time":"2026-10-07 12:05:57","context":"x"}`
	for _, c := range []struct {
		name    string
		docs    []string
		parcels int
		faults  []string
	}{
		{"nothing", []string{""}, 0, []string{NotJSON}},
		{"no JSON", []string{"运单号,状态"}, 0, []string{NotJSON}},
		{"JSON that breaks off behind a good answer", []string{one + `{"nu":"30261`}, 1, []string{NotJSON}},
		{"two answers one after the other", []string{one + "\n" + strings.Replace(one, "4884", "4885", 1)}, 2, nil},
		{"a list of answers", []string{"[" + one + "]"}, 1, nil},
		{"a byte order mark", []string{"\ufeff" + one}, 1, nil},
		{"a form field", []string{"param=" + "%7B%22nu%22%3A%22302610000004884%22%2C%22state%22%3A%223%22%2C%22data%22%3A%5B%5D%7D&sign=X"}, 1, nil},
		{"a refusal", []string{`{"result":false,"returnCode":"500","message":"查询无结果，请隔段时间再查"}`}, 0, []string{Refusal}},
		{"JSON of another kind", []string{`{"a":1}`, `5`, `"x"`, `null`, `[]`}, 0, []string{NoAnswer, NoAnswer, NoAnswer, NoAnswer}},
		{"a number that is none", []string{`{"nu":"123","state":"3","data":[]}`}, 0, []string{BadNumber}},
		{"a number as a number", []string{`{"nu":302610000004884,"state":3,"data":[]}`}, 1, nil},
		{"a state that no list has", []string{`{"nu":"302610000004884","state":"777","data":[` + trace + `]}`}, 1, []string{UnknownWas}},
		{"a trace without a time", []string{`{"nu":"302610000004884","state":"0","data":[` + trace + `,{"context":"x"},{"time":"gestern"},5]}`}, 1, []string{BadTrace}},
		{"traces that are no list", []string{`{"nu":"302610000004884","state":"0","data":{"a":1}}`}, 1, nil},
		{"too deep", []string{strings.Repeat("[", 5000)}, 0, []string{TooMuch}},
		{"deep in a string is not deep", []string{`{"nu":"302610000004884","state":"0","message":"` + strings.Repeat("[", 5000) + `","data":[]}`}, 1, nil},
		{"too large", []string{`"` + strings.Repeat("x", MaxBytes) + `"`}, 0, []string{TooMuch}},
		{"too many traces", []string{`{"nu":"302610000004884","state":"0","data":[` + strings.Repeat(trace+",", 5) + manyTraces(MaxTraces+7) + `]}`}, 1, []string{CutTraces}},
		{"one bad file beside a good one", []string{"{", one}, 1, []string{NotJSON}},
		{"the same parcel twice", []string{one, one}, 1, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var docs [][]byte
			for _, d := range c.docs {
				docs = append(docs, []byte(d))
			}
			list, faults := Read(docs...)
			var codes []string
			for _, f := range faults {
				codes = append(codes, f.Code)
			}
			if len(list) != c.parcels || !slices.Equal(codes, c.faults) {
				t.Errorf("%d parcels, faults %v; want %d, %v", len(list), codes, c.parcels, c.faults)
			}
			for _, p := range list {
				if len(p.Traces) > MaxTraces {
					t.Errorf("%d traces are kept", len(p.Traces))
				}
			}
		})
	}
}

func manyTraces(n int) string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf(`{"time":"2026-10-%02d %02d:%02d:00","context":"第 %d 条"}`, 1+i/240, i%24, i%60, i))
	}
	return strings.Join(out, ",")
}

func TestTheLaterNewsOfOneParcelStandWithTheTracesOfBoth(t *testing.T) {
	early := `{"nu":"302610000004884","state":"0","data":[{"time":"2026-10-05 12:00:00","context":"到达"},{"time":"2026-10-06 12:00:00","context":"离开"}]}`
	for _, docs := range [][]string{{early, one}, {one, early}} {
		list, _ := Read([]byte(docs[0]), []byte(docs[1]))
		if len(list) != 1 || list[0].State != waybill.Signed || len(list[0].Traces) != 3 {
			t.Errorf("%+v", list)
		}
	}
}

func TestWhatAsksForSomebody(t *testing.T) {
	line := func(when, place string, fails bool) Trace { return Trace{At: at(when), Place: place, Fails: fails} }
	hz, wh, gz, sh := "330100", "420100", "440100", "310100"
	now := time.UnixMilli(at("2026-10-10 12:00:00"))
	for _, c := range []struct {
		name string
		f    Facts
		want string // kinds with arguments
	}{
		{"nothing is known", Facts{}, ""},
		{"47 hours without news", Facts{State: waybill.Moving, Traces: []Trace{line("2026-10-08 12:00:01", hz, false)}}, ""},
		{"48 hours without news", Facts{State: waybill.Moving, Traces: []Trace{line("2026-10-08 12:00:00", hz, false)}}, "stuck map[hours:48 limit:48]"},
		{"express waits half as long", Facts{State: waybill.Moving, Product: waybill.Express, Traces: []Trace{line("2026-10-09 12:00:00", hz, false)}}, "stuck map[hours:24 limit:24]"},
		{"far away it may take longer", Facts{State: waybill.Moving, Province: "540000", Traces: []Trace{line("2026-10-08 12:00:00", hz, false)}}, ""},
		{"but not for ever", Facts{State: waybill.Moving, Province: "540000", Traces: []Trace{line("2026-10-06 12:00:00", hz, false)}}, "stuck map[hours:96 limit:96]"},
		{"nor for who is in a hurry", Facts{State: waybill.Moving, Province: "540000", Sensitive: true, Traces: []Trace{line("2026-10-09 11:00:00", hz, false)}}, "stuck map[hours:25 limit:24]"},
		{"signed for", Facts{State: waybill.Signed, Traces: []Trace{line("2026-10-01 12:00:00", hz, false)}}, ""},
		{"news of tomorrow are no trouble", Facts{State: waybill.Moving, Traces: []Trace{line("2026-10-11 12:00:00", hz, false)}}, ""},
		{"the carrier says it is stuck", Facts{State: waybill.Stuck, Traces: []Trace{line("2026-10-10 11:00:00", hz, false)}}, "stuck map[]"},
		{"one delivery found nobody", Facts{State: waybill.Delivering, Traces: []Trace{line("2026-10-10 09:00:00", wh, true)}}, ""},
		{"two did", Facts{State: waybill.Delivering, Traces: []Trace{line("2026-10-09 09:00:00", wh, true), line("2026-10-10 09:00:00", wh, true)}}, "failed map[times:2]"},
		{"refused, and no more news", Facts{State: waybill.Refused, Traces: []Trace{line("2026-10-01 09:00:00", wh, false)}}, "refused map[]; stuck map[hours:219 limit:48]"},
		{"damaged", Facts{State: waybill.Damaged}, "damaged map[]"},
		{"lost says it all", Facts{State: waybill.Lost, Traces: []Trace{line("2026-10-01 09:00:00", wh, false)}}, "lost map[]"},
		{"by way of Shanghai", Facts{State: waybill.Moving, Province: "420000", Traces: []Trace{line("2026-10-10 08:00:00", hz, false), line("2026-10-10 09:00:00", sh, false)}}, ""},
		{"there, and gone on to Canton", Facts{State: waybill.Moving, Province: "420000", Traces: []Trace{line("2026-10-10 08:00:00", hz, false), line("2026-10-10 09:00:00", wh, false), line("2026-10-10 10:00:00", gz, false)}}, "offroad map[at:440000 to:420000]"},
		{"and found its way again", Facts{State: waybill.Moving, Province: "420000", Traces: []Trace{line("2026-10-10 08:00:00", hz, false), line("2026-10-10 09:00:00", wh, false), line("2026-10-10 10:00:00", gz, false), line("2026-10-10 11:00:00", wh, false)}}, ""},
		{"coming back is no wrong way", Facts{State: waybill.Returning, Province: "420000", Traces: []Trace{line("2026-10-10 08:00:00", wh, false), line("2026-10-10 09:00:00", hz, false)}}, ""},
		{"within a province by a neighbour's hub", Facts{State: waybill.Moving, Province: "330000", Traces: []Trace{line("2026-10-10 08:00:00", hz, false), line("2026-10-10 09:00:00", sh, false)}}, ""},
		{"round the country", Facts{State: waybill.Moving, Province: "420000", Traces: []Trace{line("2026-10-10 01:00:00", hz, false), line("2026-10-10 02:00:00", sh, false), line("2026-10-10 03:00:00", gz, false),
			line("2026-10-10 04:00:00", "110100", false), line("2026-10-10 05:00:00", "610100", false)}}, "offroad map[at:610000 to:420000]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, x := range Default().Judge(c.f, now) {
				got = append(got, fmt.Sprint(x.Kind, " ", x.Args))
			}
			if text := strings.Join(got, "; "); text != c.want {
				t.Errorf("%s; want %s", text, c.want)
			}
		})
	}
}

func TestARuleIsChecked(t *testing.T) {
	if f := Default().Faults(); len(f) > 0 {
		t.Errorf("the default: %+v", f)
	}
	bad := Rule{Hours: 0, Products: map[string]int{"x": 1, waybill.Express: 721}, Far: []string{"330100"}, FarHours: -1, Sensitive: 1, Provinces: 0, Fails: 10}
	if f := bad.Faults(); len(f) != 7 {
		t.Errorf("%+v", f)
	}
}

func TestTheLaterNewsStand(t *testing.T) {
	for _, c := range []struct {
		name, now string
		byTrack   bool
		news      string
		want      string
	}{
		{"on its way, then signed for", waybill.Moving, false, waybill.Signed, waybill.Signed},
		{"the bill said signed for, the track is older", waybill.Signed, false, waybill.Moving, waybill.Signed},
		{"the bill said lost, it comes back", waybill.Lost, false, waybill.Returning, waybill.Returning},
		{"the bill said damaged, it is still signed for", waybill.Damaged, false, waybill.Signed, waybill.Signed},
		{"the track said refused, it goes on", waybill.Refused, true, waybill.Delivering, waybill.Delivering},
		{"no news", waybill.Moving, true, "", waybill.Moving},
		{"nothing was known", "", false, waybill.PickedUp, waybill.PickedUp},
	} {
		if got := Next(c.now, c.byTrack, c.news); got != c.want {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}

// written writes parcels as 快递100 answers.
func written(t *testing.T, list []Parcel) []byte {
	var out []byte
	for _, p := range list {
		type line struct {
			Time    string `json:"time"`
			Context string `json:"context"`
		}
		lines := []line{}
		for _, x := range p.Traces {
			lines = append(lines, line{time.UnixMilli(x.At).In(zone).Format(time.DateTime), x.Words})
		}
		b, err := json.Marshal(map[string]any{"nu": p.Number, "state": "0", "data": lines})
		if err != nil {
			t.Fatal(err)
		}
		out = append(append(out, b...), '\n')
	}
	return out
}

func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		f.Fatal("no samples", err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		list, faults := Read(b)
		if len(list) > MaxParcels || len(faults) > MaxParcels {
			t.Fatalf("%d parcels, %d faults", len(list), len(faults))
		}
		for _, p := range list {
			if n, ok := waybill.Number(p.Number); !ok || n != p.Number || len(p.Traces) > MaxTraces {
				t.Errorf("%q, %d traces", p.Number, len(p.Traces))
			}
			if p.State != "" && !slices.Contains(waybill.States(), p.State) {
				t.Errorf("state %q", p.State)
			}
			if !slices.IsSortedFunc(p.Traces, func(a, b Trace) int { return int(a.At/1000 - b.At/1000) }) {
				t.Error("out of order")
			}
		}
		// What was read, written and read again is the same.
		text := written(t, list)
		if len(text) > MaxBytes {
			return
		}
		again, _ := Read(text)
		for i := range again {
			var a, b []string
			for _, x := range list[i].Traces {
				a = append(a, fmt.Sprint(x.At/1000, x.Words))
			}
			for _, x := range again[i].Traces {
				b = append(b, fmt.Sprint(x.At/1000, x.Words))
			}
			if !reflect.DeepEqual(a, b) {
				t.Errorf("read again: %q, was %q", b, a)
			}
		}
		if len(again) != len(list) {
			t.Errorf("%d parcels read again, were %d", len(again), len(list))
		}
	})
}
