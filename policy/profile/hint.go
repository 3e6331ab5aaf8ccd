package profile

// HintCode names a part of the sentence with which a client's page opens.
type HintCode string

// The parts (R67, R258), the most urgent first.
const (
	HintTag        HintCode = "tag"        // Text, what a tag says to mind at the door
	HintSilence    HintCode = "silence"    // no parcel for N days or more
	HintLess       HintCode = "less"       // N percent less than its habit
	HintLate       HintCode = "late"       // a statement is N days past its due day, which is not usual
	HintOver       HintCode = "over"       // the contract ended N days ago
	HintVisit      HintCode = "visit"      // a visit is N days late
	HintValue      HintCode = "value"      // a client of class A
	HintEnterprise HintCode = "enterprise" // a company, where one's appearance counts
)

// HintPart is one part of the sentence.
type HintPart struct {
	Code HintCode
	N    int
	Text string
}

// TagHint is what a tag says to mind. Risk goes before everything.
type TagHint struct {
	Text string
	Risk bool
}

// HintOf is what the sentence is made of.
type HintOf struct {
	Tags        []TagHint
	Silent      int // days without a parcel that the radar has told of, 0 = none
	Less        int // percent less than its habit, 0 = none
	Late        int // days that a statement is open past its due day, 0 = none that the radar told of
	Alerts      []Alert
	Class, Kind string
}

// hintParts is how many parts a sentence that is read at the door may have.
const hintParts = 2

// Hint makes the sentence for whoever stands at the door: at most two things,
// the most urgent first.
func Hint(h HintOf) []HintPart {
	var out []HintPart
	tags := func(risk bool) {
		for _, t := range h.Tags {
			if t.Text != "" && t.Risk == risk {
				out = append(out, HintPart{Code: HintTag, Text: t.Text})
				return // one of each is enough
			}
		}
	}
	tags(true)
	switch {
	case h.Silent > 0:
		out = append(out, HintPart{Code: HintSilence, N: h.Silent})
	case h.Less > 0:
		out = append(out, HintPart{Code: HintLess, N: h.Less})
	}
	if h.Late > 0 {
		out = append(out, HintPart{Code: HintLate, N: h.Late})
	}
	tags(false)
	for _, a := range h.Alerts {
		switch a.Code {
		case ContractOver:
			out = append(out, HintPart{Code: HintOver, N: a.N})
		case VisitOver:
			out = append(out, HintPart{Code: HintVisit, N: a.N})
		}
	}
	if h.Class == "A" {
		out = append(out, HintPart{Code: HintValue})
	}
	if h.Kind == "enterprise" {
		out = append(out, HintPart{Code: HintEnterprise})
	}
	return out[:min(len(out), hintParts)]
}
