package tracking

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/url"
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
			state, fails := told(KD100, "", c.status, c.words)
			if place := placeOf(c.words, "", c.area); state != c.state || fails != c.fails || place != c.place {
				t.Errorf("%q at %q, fails %v", state, place, fails)
			}
		})
	}
}

// The two tables as the services publish them: the code, its name there, and
// what it is to us.
func TestEveryStateOfBothServicesHasAWordOfOurs(t *testing.T) {
	for service, list := range map[string][]struct{ code, name, state, exception string }{
		KD100: {
			{"1", "揽收", "picked_up", ""},
			{"101", "已下单", "ordered", ""},
			{"102", "待揽收", "ordered", ""},
			{"103", "已揽收", "picked_up", ""},
			{"0", "在途", "moving", ""},
			{"1001", "到达派件城市", "moving", ""},
			{"1002", "干线", "moving", ""},
			{"1003", "转递", "moving", ""},
			{"5", "派件", "delivering", ""},
			{"501", "投柜或驿站", "delivering", ""},
			{"3", "签收", "signed", ""},
			{"301", "本人签收", "signed", ""},
			{"302", "派件异常后签收", "signed", "other"},
			{"303", "代签", "signed", ""},
			{"304", "投柜或站签收", "signed", ""},
			{"6", "退回", "returning", "returned"},
			{"4", "退签", "returned", "returned"},
			{"401", "已销单", "cancelled", ""},
			{"14", "拒签", "refused", "refused"},
			{"7", "转投", "moving", ""},
			{"2", "疑难", "stuck", "stuck"},
			{"201", "超时未签收", "stuck", "late"},
			{"202", "超时未更新", "stuck", "stuck"},
			{"203", "拒收", "refused", "refused"},
			{"204", "派件异常", "delivering", "failed"},
			{"205", "柜或驿站超时未取", "delivering", "late"},
			{"206", "无法联系", "delivering", "failed"},
			{"207", "超区", "stuck", "other"},
			{"208", "滞留", "stuck", "stuck"},
			{"209", "破损", "damaged", "damaged"},
			{"210", "销单", "cancelled", ""},
			{"8", "清关", "moving", ""},
			{"10", "待清关", "moving", ""},
			{"11", "清关中", "moving", ""},
			{"12", "已清关", "moving", ""},
			{"13", "清关异常", "stuck", "other"},
		},
		KDNiao: {
			{"0", "暂无轨迹信息", "", ""},
			{"1", "已揽收", "picked_up", ""},
			{"10", "待揽件", "ordered", ""},
			{"2", "在途中", "moving", ""},
			{"201", "到达派件城市", "moving", ""},
			{"204", "到达转运中心", "moving", ""},
			{"205", "到达派件网点", "moving", ""},
			{"206", "寄件网点发件", "moving", ""},
			{"202", "派件中", "delivering", ""},
			{"211", "已放入快递柜或驿站", "delivering", ""},
			{"3", "已签收", "signed", ""},
			{"301", "正常签收", "signed", ""},
			{"302", "轨迹异常后最终签收", "signed", "other"},
			{"304", "代收签收", "signed", ""},
			{"311", "快递柜或驿站签收", "signed", ""},
			{"4", "问题件", "stuck", "stuck"},
			{"401", "发货无信息", "stuck", "other"},
			{"402", "超时未签收", "stuck", "late"},
			{"403", "超时未更新", "stuck", "stuck"},
			{"404", "拒收(退件)", "refused", "refused"},
			{"405", "派件异常", "delivering", "failed"},
			{"406", "退货签收", "returned", "returned"},
			{"407", "退货未签收", "returning", "returned"},
			{"412", "快递柜或驿站超时未取", "delivering", "late"},
			{"413", "单号已拦截", "returning", "returned"},
			{"414", "破损", "damaged", "damaged"},
			{"415", "客户取消发货", "cancelled", ""},
			{"416", "无法联系", "delivering", "failed"},
			{"417", "配送延迟", "moving", "late"},
			{"418", "快件取出", "delivering", ""},
			{"419", "重新派送", "delivering", ""},
			{"420", "收货地址不详细", "delivering", "failed"},
			{"421", "收件人电话错误", "delivering", "failed"},
			{"422", "错分件", "moving", "misrouted"},
			{"423", "超区件", "stuck", "other"},
			{"5", "转寄", "moving", ""},
			{"6", "清关", "moving", ""},
			{"601", "待清关", "moving", ""},
			{"602", "清关中", "moving", ""},
			{"603", "已清关", "moving", ""},
			{"604", "清关异常", "stuck", "other"},
		},
	} {
		if len(list) != len(codesOf(service)) {
			t.Errorf("%s: %d states here, %d in the table", service, len(list), len(codesOf(service)))
		}
		for _, c := range list {
			if m, ok := codesOf(service)[c.code]; !ok || m.state != c.state || m.exception != c.exception || Exception(service, c.code) != c.exception {
				t.Errorf("%s %s %s: %+v", service, c.code, c.name, m)
			}
			if c.state != "" && !slices.Contains(waybill.States(), c.state) || c.exception != "" && !slices.Contains(waybill.Exceptions(), c.exception) {
				t.Errorf("%s %s %s: no word of ours", service, c.code, c.name)
			}
			// The same in an answer, whose line says no more than that.
			trace := `"data":[{"time":"2026-10-07 12:05:57","context":"快件","statusCode":"` + c.code + `"}]}`
			answer := `{"nu":"302610000004884","state":"` + c.code + `",` + trace
			if service == KDNiao {
				answer = `{"LogisticCode":"302610000004884","State":"2","StateEx":"` + c.code + `","Traces":[{"AcceptTime":"2026/10/07 12:05:57","AcceptStation":"快件","Location":"杭州市","Action":"` + c.code + `"}]}`
			}
			want := c.state
			if want == "" {
				want = waybill.Moving
			}
			list, faults := Read([]byte(answer))
			if len(list) != 1 || len(faults) != 0 || list[0].State != want || list[0].Exception != c.exception || list[0].Traces[0].State != want {
				t.Errorf("%s %s %s: read as %+v, %v", service, c.code, c.name, list, faults)
			}
			if service == KDNiao && len(list) == 1 && list[0].Traces[0].Place != "330100" {
				t.Errorf("%s: %+v", c.code, list[0].Traces)
			}
		}
	}
}

func TestPushesArriveEncodedPackedOrAsTheyAre(t *testing.T) {
	push := `{"status":"polling","message":"","lastResult":` + one + `}`
	bird := `{"PushTime":"2026-11-02 10:12:33","Count":"1","Data":[{"LogisticCode":"302610000004884","State":"3","Traces":[{"AcceptTime":"2026/10/07 12:05:57","AcceptStation":"已签收"}]}]}`
	for _, c := range []struct{ name, doc string }{
		{"JSON", push},
		{"a field, encoded", "sign=ABC&param=" + url.QueryEscape(push)},
		{"a field as it is, with a sign behind it", "param=" + push + "&sign=ABC"},
		{"a field whose JSON has a mark between", "param=" + strings.Replace(push, `"message":""`, `"message":"a&b=c"`, 1) + "&sign=ABC"},
		{"packed", packed(t, push)},
		{"packed field", packed(t, "param="+url.QueryEscape(push))},
		{"the other service's", bird},
		{"the other service's field", "RequestType=101&RequestData=" + url.QueryEscape(bird) + "&DataSign=x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			list, faults := Read([]byte(c.doc))
			if len(list) != 1 || len(faults) != 0 || list[0].State != waybill.Signed || list[0].Last() != at("2026-10-07 12:05:57") {
				t.Errorf("%+v, %v", list, faults)
			}
			plain := Plain([]byte("{broken"), []byte(c.doc), []byte(strings.Repeat("[", 50)))
			if again, faults := Read(plain); !reflect.DeepEqual(again, list) || len(faults) != 0 {
				t.Errorf("plain: %s", plain)
			}
		})
	}
	// What unpacks to more than is read, and what breaks off, is refused.
	if list, faults := Read([]byte(packed(t, strings.Repeat(" ", MaxBytes)+push)), []byte(packed(t, push)[:40])); len(list) != 0 || len(faults) != 2 {
		t.Errorf("%+v, %v", list, faults)
	}
}

func packed(t *testing.T, s string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(s)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
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
		{"a name twice: the later stands", []string{`{"nu":"12","nu":"302610000004884","state":"0","state":"3","data":[],"data":[` + trace + `]}`}, 1, nil},
		{"a hundred thousand names", []string{`{"nu":"302610000004884","state":"3","data":[]` + strings.Repeat(`,"x":1`, 100_000) + `}`}, 1, nil},
		{"a number beyond all bounds", []string{`{"nu":` + strings.Repeat("9", 100_000) + `,"state":1e999999,"data":[]}`}, 0, []string{BadNumber}},
		{"more parcels than are read", []string{"[" + strings.Repeat(one+",", MaxParcels) + one + "]"}, 1, []string{TooMuch}},
		{"a push within a push", []string{strings.Repeat(`{"lastResult":`, 5000) + "1" + strings.Repeat("}", 5000)}, 0, []string{TooMuch}},
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
		{"nor for who is in a hurry", Facts{State: waybill.Moving, Province: "540000", Sensitive: true, Traces: []Trace{line("2026-10-09 11:00:00", hz, false)}}, "stuck map[hours:25 hurry:1 limit:24]"},
		{"signed for", Facts{State: waybill.Signed, Traces: []Trace{line("2026-10-01 12:00:00", hz, false)}}, ""},
		{"news of tomorrow are no trouble", Facts{State: waybill.Moving, Traces: []Trace{line("2026-10-11 12:00:00", hz, false)}}, ""},
		{"the carrier says it is stuck", Facts{State: waybill.Stuck, Traces: []Trace{line("2026-10-10 11:00:00", hz, false)}}, "stuck map[]"},
		{"one delivery found nobody", Facts{State: waybill.Delivering, Traces: []Trace{line("2026-10-10 09:00:00", wh, true)}}, ""},
		{"two did", Facts{State: waybill.Delivering, Traces: []Trace{line("2026-10-09 09:00:00", wh, true), line("2026-10-10 09:00:00", wh, true)}}, "failed map[times:2]"},
		{"refused, and no more news", Facts{State: waybill.Refused, Traces: []Trace{line("2026-10-01 09:00:00", wh, false)}}, "refused map[]; stuck map[hours:219 limit:48]"},
		{"damaged", Facts{State: waybill.Damaged}, "damaged map[]"},
		{"a bill knows only the exception", Facts{Exception: waybill.Damaged}, "damaged map[]"},
		{"contents are missing", Facts{State: waybill.Moving, Exception: waybill.Short}, "damaged map[]"},
		{"a bill says signed for, and damaged", Facts{State: waybill.Signed, Exception: waybill.Damaged}, "damaged map[]"},
		{"a bill says signed for, and once refused", Facts{State: waybill.Signed, Exception: waybill.Refused}, ""},
		{"the track says signed for after all", Facts{State: waybill.Signed, Exception: waybill.Damaged, ByTrack: true}, ""},
		{"a bill says lost by the exception", Facts{State: waybill.Moving, Exception: waybill.Lost}, "lost map[]"},
		{"a bill says refused", Facts{State: waybill.Refused, Exception: waybill.Refused}, "refused map[]"},
		{"a bill says that it came back", Facts{State: waybill.Returned, Exception: waybill.Returned}, "back map[]"},
		{"it is on its way back", Facts{State: waybill.Returning, Exception: waybill.Returned}, "back map[]"},
		{"a bill says stuck", Facts{State: waybill.Stuck, Exception: waybill.Stuck}, "stuck map[]"},
		{"a bill says sent the wrong way", Facts{State: waybill.Moving, Exception: waybill.Misrouted}, "offroad map[]"},
		{"late is no trouble of its own", Facts{State: waybill.Moving, Exception: waybill.Late}, ""},
		{"cancelled", Facts{State: waybill.Cancelled, Exception: waybill.Damaged}, ""},
		{"sent 59 days ago", Facts{State: waybill.Damaged, ByTrack: true, Sent: at("2026-08-11 12:00:01")}, "damaged map[]"},
		{"sent 60 days ago: nobody looks", Facts{State: waybill.Damaged, ByTrack: true, Sent: at("2026-08-11 12:00:00")}, ""},
		{"a bill of what was sent 13 days ago", Facts{State: waybill.Damaged, Sent: at("2026-09-26 12:00:01")}, "damaged map[]"},
		{"a bill of what was sent 14 days ago: the client knows", Facts{State: waybill.Damaged, Sent: at("2026-09-26 12:00:00")}, ""},
		{"the carrier told of what was sent 14 days ago", Facts{State: waybill.Damaged, ByTrack: true, Sent: at("2026-09-26 12:00:00")}, "damaged map[]"},
		{"sent long ago, heard of lately", Facts{State: waybill.Damaged, Sent: at("2026-01-01 12:00:00"), Traces: []Trace{line("2026-10-10 11:00:00", hz, false)}}, "damaged map[]"},
		{"lost says it all", Facts{State: waybill.Lost, Traces: []Trace{line("2026-10-01 09:00:00", wh, false)}}, "lost map[]"},
		{"by way of Shanghai", Facts{State: waybill.Moving, Province: "420000", Traces: []Trace{line("2026-10-10 08:00:00", hz, false), line("2026-10-10 09:00:00", sh, false)}}, ""},
		{"there, and gone on to Canton", Facts{State: waybill.Moving, Province: "420000", Traces: []Trace{line("2026-10-10 08:00:00", hz, false), line("2026-10-10 09:00:00", wh, false), line("2026-10-10 10:00:00", gz, false)}}, "offroad map[at:440000 to:420000]"},
		{"and found its way again", Facts{State: waybill.Moving, Province: "420000", Traces: []Trace{line("2026-10-10 08:00:00", hz, false), line("2026-10-10 09:00:00", wh, false), line("2026-10-10 10:00:00", gz, false), line("2026-10-10 11:00:00", wh, false)}}, ""},
		{"coming back is no wrong way", Facts{State: waybill.Returning, Province: "420000", Traces: []Trace{line("2026-10-10 08:00:00", wh, false), line("2026-10-10 09:00:00", hz, false)}}, "back map[]"},
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
	bad := Rule{Hours: 0, Products: map[string]int{"x": 1, waybill.Express: 721}, Far: []string{"330100"}, FarHours: -1, Sensitive: 1, Provinces: 0, Fails: 10, Days: 6}
	if f := bad.Faults(); len(f) != 8 {
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
