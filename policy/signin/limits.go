package signin

import (
	"slices"
	"time"
)

// Limits is how long the sessions of one person last, and whether a password
// alone lets them in.
type Limits struct {
	Idle     time.Duration // without a request
	Absolute time.Duration // since signing in, however busy
	TwoStep  bool          // must confirm with a phone's code
}

// RoleLimits are the limits of one role, as they are set on the page.
type RoleLimits struct {
	IdleMinutes   int  `json:"idle_minutes"`
	AbsoluteHours int  `json:"absolute_hours"`
	TwoStep       bool `json:"two_step,omitempty"`
}

// Rule is the dated rule "signin": limits by role. A role that it does not
// name has the default.
type Rule struct {
	Roles map[string]RoleLimits `json:"roles"`
}

// What an administrator may set.
const (
	MinIdle, MaxIdle         = 5, 7 * 24 * 60 // minutes
	MinAbsolute, MaxAbsolute = 1, 60 * 24     // hours
)

// defaultLimits: an administrator who can do everything signs in each working
// day and after two hours away; who sits in an office signs in each week; who
// works by phone on the road, where a password is typed at a loading dock,
// signs in each month, and again after a long weekend.
var (
	powerful = RoleLimits{IdleMinutes: 2 * 60, AbsoluteHours: 12}
	office   = RoleLimits{IdleMinutes: 12 * 60, AbsoluteHours: 7 * 24}
	road     = RoleLimits{IdleMinutes: 4 * 24 * 60, AbsoluteHours: 30 * 24}
)

// DefaultLimits are the limits of a role that no rule names.
func DefaultLimits(role string) RoleLimits {
	switch role {
	case "administrator":
		return powerful
	case "sales_rep", "account_manager", "courier":
		return road
	}
	return office
}

// Of returns what holds for one role.
func (r Rule) Of(role string) RoleLimits {
	if l, ok := r.Roles[role]; ok && len(l.Faults()) == 0 {
		return l
	}
	return DefaultLimits(role)
}

// For returns what holds for a person of several roles: the strictest of each.
// Somebody without a role has the limits of an office.
func (r Rule) For(roles []string) Limits {
	if len(roles) == 0 {
		roles = []string{""}
	}
	var out Limits
	for i, role := range roles {
		l := r.Of(role)
		idle, absolute := time.Duration(l.IdleMinutes)*time.Minute, time.Duration(l.AbsoluteHours)*time.Hour
		if i == 0 || idle < out.Idle {
			out.Idle = idle
		}
		if i == 0 || absolute < out.Absolute {
			out.Absolute = absolute
		}
		out.TwoStep = out.TwoStep || l.TwoStep
	}
	return out
}

// The fields of RoleLimits that can be wrong.
const (
	FieldIdle     = "idle"
	FieldAbsolute = "absolute"
)

// LimitFault is a field of RoleLimits out of its bounds.
type LimitFault struct {
	Field    string
	Min, Max int
}

// Faults are the fields out of bounds, none for limits that can be set. Being
// away can never be allowed for longer than the session lasts.
func (l RoleLimits) Faults() []LimitFault {
	var out []LimitFault
	if l.AbsoluteHours < MinAbsolute || l.AbsoluteHours > MaxAbsolute {
		out = append(out, LimitFault{FieldAbsolute, MinAbsolute, MaxAbsolute})
	}
	most := MaxIdle
	if len(out) == 0 {
		most = min(most, l.AbsoluteHours*60)
	}
	if l.IdleMinutes < MinIdle || l.IdleMinutes > most {
		out = append(out, LimitFault{FieldIdle, MinIdle, most})
	}
	return out
}

// Ending says why a session is over.
type Ending string

// The endings.
const (
	GoesOn Ending = ""
	Idle   Ending = "idle" // too long without a request
	Old    Ending = "old"  // too long since signing in
)

// Over says whether a session that began at since and was last used at seen is
// over at now. A clock that was set back ends nothing by itself, and lets
// nothing go on for longer than the limit past the later of the two clocks.
func (l Limits) Over(since, seen, now time.Time) Ending {
	switch {
	case now.Sub(since) > l.Absolute:
		return Old
	case now.Sub(seen) > l.Idle:
		return Idle
	}
	return GoesOn
}

// Until is the moment at which a session ends when nobody uses it any more.
func (l Limits) Until(since, seen time.Time) time.Time {
	return slices.MinFunc([]time.Time{since.Add(l.Absolute), seen.Add(l.Idle)}, time.Time.Compare)
}
