// Package tracking reads what the two tracking services, 快递100 and 快递鸟,
// say of parcels, puts every state they know into the words of policy/waybill,
// and says which parcels ask for somebody: stuck, off their track, failed
// twice, refused, damaged, lost (R31). It knows no files, databases or clocks:
// the caller brings text and instant.
package tracking

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"yike/policy/waybill"
)

// Bounds of one reading: of the text in bytes, of the nesting, of the parcels,
// of the traces of one parcel and of the words of one trace in characters.
const (
	MaxBytes   = 2 << 20
	MaxDepth   = 16
	MaxParcels = 2000
	MaxTraces  = 300
	MaxWords   = 300
)

// zone is the services' and the company's one zone.
var zone = time.FixedZone("CST", 8*3600)

// The services.
const (
	KD100  = "kd100"
	KDNiao = "kdniao"
)

// Trace is one line of news.
type Trace struct {
	At    int64  // unix milliseconds
	Place string // code of policy/place, "" when the words name none
	Words string
	State string // word of policy/waybill that the words tell of
	Fails bool   // tells of a delivery that found nobody
}

// Parcel is what a service says of one parcel, the oldest trace first.
type Parcel struct {
	Number, Service string
	Code            string // the service's own state
	Known           bool   // Code is one of the service's
	State           string // word of policy/waybill; "" while there is no news
	Exception       string
	Traces          []Trace
	Doc             int // in which of the texts, from 0
}

// Last is the instant of the latest news, 0 for none.
func (p *Parcel) Last() int64 {
	if len(p.Traces) == 0 {
		return 0
	}
	return p.Traces[len(p.Traces)-1].At
}

// Codes of what was kept out.
const (
	NotJSON    = "not_json"    // the text is none, or breaks off
	TooMuch    = "too_much"    // bytes, depth, parcels
	NoAnswer   = "no_answer"   // JSON of another kind
	Refusal    = "refusal"     // the service answered that it knows nothing; Arg its own words
	BadNumber  = "bad_number"  // no waybill number
	BadTrace   = "bad_trace"   // Arg: how many traces without a time that can be read
	CutTraces  = "cut_traces"  // more traces than are kept
	UnknownWas = "unknown_was" // a state that the service's list does not have; Arg it
)

// Fault is something that could not be read, or not as it stands. The rest
// is not lost.
type Fault struct {
	Doc       int    // in which of the texts, from 0
	Number    string // of which parcel, "" when it cannot be said
	Code, Arg string
}

// text reads a string, a number, a truth value or null as text.
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	var s string
	switch {
	case len(b) == 0 || b[0] == '{' || b[0] == '[' || string(b) == "null":
		return nil
	case b[0] == '"':
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
	default:
		s = string(b)
	}
	*t = text(strings.TrimSpace(s))
	return nil
}

// answer is an answer or a push of either service; names of fields are read
// without regard to capitals.
type answer struct {
	Nu, LogisticCode         text
	State, StateEx           text
	Status, Message, Reason  text
	Data, Traces, LastResult json.RawMessage
}

type rawTrace struct {
	Time, FTime, Context, AreaCode, Status, StatusCode text
	AcceptTime, AcceptStation, Location, Action        text
}

// Read reads the answers and pushes in some texts, each of which may hold
// several one after the other, or a list of them. What cannot be read is
// said, the rest is read.
func Read(docs ...[]byte) (parcels []Parcel, faults []Fault) {
	r := reader{seen: map[string]int{}}
	for i, doc := range docs {
		r.doc = i
		r.read(doc)
	}
	return r.parcels, r.faults
}

type reader struct {
	doc     int
	parcels []Parcel
	seen    map[string]int // by number, where it stands
	faults  []Fault
}

func (r *reader) fault(number, code, arg string) {
	if len(r.faults) < MaxParcels {
		r.faults = append(r.faults, Fault{r.doc, number, code, clip(arg, 80)})
	}
}

func (r *reader) read(doc []byte) {
	doc = bare(doc)
	switch {
	case len(doc) == 0:
		r.fault("", NotJSON, "")
		return
	case len(doc) > MaxBytes || deep(doc):
		r.fault("", TooMuch, "")
		return
	}
	for one, err := range values(doc) {
		if err != nil {
			r.fault("", NotJSON, "")
			return
		}
		r.value(one)
	}
}

// values are the JSON values that stand in a text one after the other, up to
// the first that is none.
func values(doc []byte) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		for d := json.NewDecoder(bytes.NewReader(doc)); ; {
			var one json.RawMessage
			err := d.Decode(&one)
			if errors.Is(err, io.EOF) || !yield(one, err) || err != nil {
				return
			}
		}
	}
}

// Plain is all that Read can read of some texts, in one: without packing, form
// fields, and what breaks off.
func Plain(docs ...[]byte) []byte {
	var out []byte
	for _, doc := range docs {
		if doc = bare(doc); len(doc) > MaxBytes || deep(doc) {
			continue
		}
		for one, err := range values(doc) {
			if err == nil {
				out = append(append(out, one...), '\n')
			}
		}
	}
	return out
}

// bare is a text without its packing and the form field around it.
func bare(doc []byte) []byte {
	if doc = bytes.TrimSpace(unpacked(doc)); len(doc) > MaxBytes {
		return doc
	}
	return unwrapped(bytes.TrimPrefix(doc, []byte("\ufeff")))
}

// unwrapped takes a push out of the form field in which it arrives, encoded or
// as it is.
func unwrapped(doc []byte) []byte {
	for _, name := range []string{"param=", "RequestData="} {
		at := bytes.Index(doc, []byte(name))
		if at < 0 || at > 0 && doc[at-1] != '&' || bytes.ContainsAny(doc[:at], "{[\"") {
			continue
		}
		rest := doc[at+len(name):]
		if len(rest) > 0 && (rest[0] == '{' || rest[0] == '[') {
			var one json.RawMessage
			if json.NewDecoder(bytes.NewReader(rest)).Decode(&one) == nil {
				return one
			}
			return rest
		}
		value, _, _ := bytes.Cut(rest, []byte("&"))
		if s, err := url.QueryUnescape(string(value)); err == nil {
			return []byte(s)
		}
	}
	return doc
}

// unpacked takes what was sent packed with gzip out of it, up to one byte more
// than is read.
func unpacked(doc []byte) []byte {
	if !bytes.HasPrefix(doc, []byte{0x1f, 0x8b}) {
		return doc
	}
	z, err := gzip.NewReader(bytes.NewReader(doc))
	if err != nil {
		return doc
	}
	out, err := io.ReadAll(io.LimitReader(z, MaxBytes+1))
	if err != nil {
		return doc
	}
	return out
}

// deep says whether brackets nest beyond MaxDepth.
func deep(doc []byte) bool {
	depth, quoted := 0, false
	for i := 0; i < len(doc); i++ {
		switch c := doc[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > MaxDepth {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

func (r *reader) value(one json.RawMessage) {
	if len(r.parcels) >= MaxParcels {
		r.fault("", TooMuch, "")
		return
	}
	if list, ok := listOf(one); ok {
		for i, x := range list {
			if i == MaxParcels {
				r.fault("", TooMuch, "")
				return
			}
			r.value(x)
		}
		return
	}
	var a answer
	if err := json.Unmarshal(one, &a); err != nil {
		r.fault("", NoAnswer, "")
		return
	}
	switch {
	case len(a.LastResult) > 0 && a.LastResult[0] == '{': // a push of 快递100
		r.value(a.LastResult)
	case a.LogisticCode != "":
		r.parcel(KDNiao, string(a.LogisticCode), a, a.Traces)
	case a.Nu != "":
		r.parcel(KD100, string(a.Nu), a, a.Data)
	case len(a.Data) > 0 && a.Data[0] == '[': // a push of 快递鸟
		r.value(a.Data)
	case a.Message != "" || a.Reason != "":
		r.fault("", Refusal, string(a.Message+a.Reason))
	default:
		r.fault("", NoAnswer, "")
	}
}

func listOf(one json.RawMessage) ([]json.RawMessage, bool) {
	if len(one) == 0 || one[0] != '[' {
		return nil, false
	}
	var list []json.RawMessage
	return list, json.Unmarshal(one, &list) == nil
}

func (r *reader) parcel(service, number string, a answer, traces json.RawMessage) {
	n, ok := waybill.Number(number)
	if !ok {
		r.fault(clip(number, 40), BadNumber, "")
		return
	}
	p := Parcel{Number: n, Service: service, Code: clip(string(a.State), 20), Doc: r.doc}
	if a.StateEx != "" {
		p.Code = clip(string(a.StateEx), 20)
	}
	list, _ := listOf(traces)
	bad := 0
	for _, raw := range list {
		t, ok := traceOf(service, raw)
		if !ok {
			bad++
			continue
		}
		p.Traces = append(p.Traces, t)
	}
	if bad > 0 {
		r.fault(n, BadTrace, fmt.Sprint(bad))
	}
	p.Order()
	if over := len(p.Traces) - MaxTraces; over > 0 {
		p.Traces = p.Traces[over:] // the latest count
		r.fault(n, CutTraces, fmt.Sprint(MaxTraces))
	}
	p.judge()
	if !p.Known {
		r.fault(n, UnknownWas, p.Code)
	}
	if i, twice := r.seen[n]; twice { // the later news stands, with the traces of both
		if r.parcels[i].Last() > p.Last() {
			r.parcels[i], p = p, r.parcels[i]
		}
		p.Traces = append(p.Traces, r.parcels[i].Traces...)
		p.Order()
		p.Traces = p.Traces[max(0, len(p.Traces)-MaxTraces):]
		r.parcels[i] = p
		return
	}
	r.seen[n] = len(r.parcels)
	r.parcels = append(r.parcels, p)
}

// Order puts the oldest trace first, whichever way they came, and each once.
// Those of one instant keep the order of their way.
func (p *Parcel) Order() {
	if n := len(p.Traces); n > 1 && p.Traces[0].At > p.Traces[n-1].At {
		slices.Reverse(p.Traces)
	}
	slices.SortStableFunc(p.Traces, func(a, b Trace) int {
		switch {
		case a.At < b.At:
			return -1
		case a.At > b.At:
			return 1
		}
		return 0
	})
	seen := map[string]bool{}
	p.Traces = slices.DeleteFunc(p.Traces, func(t Trace) bool {
		key := fmt.Sprint(t.At, " ", t.Words)
		had := seen[key]
		seen[key] = true
		return had
	})
}

var layouts = []string{"2006-01-02 15:04:05", "2006/01/02 15:04:05", "2006-01-02 15:04", "2006/01/02 15:04", "2006-01-02T15:04:05", time.RFC3339}

func timeOf(s string) (int64, bool) {
	for _, layout := range layouts {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			return t.UnixMilli(), t.Year() >= 2000 && t.Year() < 2100
		}
	}
	return 0, false
}

func traceOf(service string, raw json.RawMessage) (Trace, bool) {
	var x rawTrace
	if json.Unmarshal(raw, &x) != nil {
		return Trace{}, false
	}
	when, words := x.Time, x.Context
	if when == "" {
		when = x.FTime
	}
	if when == "" {
		when, words = x.AcceptTime, x.AcceptStation
	}
	at, ok := timeOf(string(when))
	if !ok {
		return Trace{}, false
	}
	t := Trace{At: at, Words: clip(oneLine(string(words)), MaxWords)}
	t.State, t.Fails = told(service, string(x.StatusCode+x.Action), string(x.Status), t.Words)
	t.Place = placeOf(t.Words, string(x.Location), string(x.AreaCode))
	return t, true
}

func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, ""), func(r rune) bool { return r < ' ' || r == 0x7f }), " ")
}

func clip(s string, n int) string {
	s = strings.ToValidUTF8(s, "")
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n])
}
