// Package casework owns what a case is: its words, the steps that it goes
// through and when it may be closed, whose it is, and what is paid for it. It
// knows nothing of pages or tables, and nothing of the present: who needs the
// time is given it.
package casework

// Kinds of case (R147).
const (
	Complaint    = "complaint"
	Consultation = "consultation"
	Suggestion   = "suggestion"
)

// Kinds lists them in the order of the form, whose keys 1, 2 and 3 choose them.
var Kinds = []string{Complaint, Consultation, Suggestion}

// Severities.
const (
	Minor   = "minor"
	Serious = "serious"
	Grave   = "grave"
)

// Severities lists them, the least first.
var Severities = []string{Minor, Serious, Grave}

// Channels by which a case comes in. What comes from head office or by postal
// appeal has a ticket number; what comes by program was opened by a rule.
const (
	Phone      = "phone"
	Chat       = "chat"
	Email      = "email"
	Letter     = "letter"
	WeChat     = "wechat"
	App        = "app"
	Counter    = "counter"
	OnSite     = "on_site"
	HeadOffice = "head_office"
	Postal     = "postal"
	Program    = "program"
)

// Channels lists those that a person may choose, in the order of the form.
var Channels = []string{Phone, Chat, WeChat, App, Counter, OnSite, Email, Letter, HeadOffice, Postal}

// HasTicket says whether what comes by a channel has a number there.
func HasTicket(channel string) bool { return channel == HeadOffice || channel == Postal }

// Steps of a case, in their order.
const (
	Accept   = "accept"
	Analyse  = "analyse"
	Handle   = "handle"
	Tell     = "tell"
	FollowUp = "follow_up"
	Review   = "review"
	Closed   = "closed"
)

// Steps lists them.
var Steps = []string{Accept, Analyse, Handle, Tell, FollowUp, Review, Closed}

// Wants are what clients mostly want; anything else stands in their own words.
var Wants = []string{"deliver", "pay", "return", "address", "explain"}
