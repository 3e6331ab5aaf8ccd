package report

import "slices"

// What a touch of a client was: we went or called, the client came with a case,
// or we greeted.
const (
	Visited = "visit"
	Asked   = "case"
	Greeted = "greeting"
)

// Media by which a client and we touch.
const (
	Online = "online" // both read and write on the net
	Voice  = "voice"  // by telephone, and its short messages
	Face   = "face"   // somebody stands before the other
	Other  = "other"  // by post, by others, or by a thing
)

// Media in the order of a picture.
var Media = []string{Online, Voice, Face, Other}

// Touch is a way in which clients are touched: the word of a visit's mode, a
// case's channel or a greeting's means.
type Touch struct{ Kind, Way string }

// By rule is no touch: nobody spoke.
const byProgram = "program"

// Counts says whether client and company met at all.
func (t Touch) Counts() bool { return t.Way != byProgram }

// Medium is that of a touch.
func (t Touch) Medium() string {
	switch {
	case slices.Contains([]string{"wechat", "chat", "app", "email"}, t.Way):
		return Online
	case slices.Contains([]string{"phone", "call", "sms"}, t.Way):
		return Voice
	case slices.Contains([]string{"on_site", "at_branch", "counter", "visit"}, t.Way):
		return Face
	}
	return Other
}
