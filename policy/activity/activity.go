// Package activity decides about meetings with clients and trainings (R17, R122,
// R123, R206): what kinds there are, how far one is, and what may be done with
// it. Days are values that the caller brings.
package activity

import "yike/policy/day"

// Kinds of activities.
const (
	Seminar        = "seminar" // clients say what they think of the service
	Launch         = "launch"  // something new is shown
	ClientTraining = "client_training"
	StaffTraining  = "staff_training" // of one's own people
)

// Kinds lists them in the order of a choice.
var Kinds = []string{Seminar, Launch, ClientTraining, StaffTraining}

// States of an activity.
const (
	Planned   = "planned"
	Held      = "held"
	Cancelled = "cancelled"
)

// States lists them in the order of a choice.
var States = []string{Planned, Held, Cancelled}

// Act is what may be done with an activity.
type Act string

// The acts.
const (
	Note   Act = "held"   // that it took place, who came and what was said; once more to correct it
	Cancel Act = "cancel" // it does not take place
	Reopen Act = "reopen" // it does after all
)

// After is the state to which an act leads, "" when it may not be done: what has
// not begun has not been held, and what was held was not called off.
func After(state string, act Act, on, today day.Day) string {
	switch {
	case act == Note && state != Cancelled && on <= today:
		return Held
	case act == Cancel && state == Planned:
		return Cancelled
	case act == Reopen && state == Cancelled:
		return Planned
	}
	return ""
}
