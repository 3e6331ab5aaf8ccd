package consent

import "slices"

// The steps when personal data came out, in the order in which they are taken
// (个人信息保护法 art. 57): stop it, know whose, tell the authority and the
// persons, make it good.
const (
	StepStop      = "stop"      // close the leak: account, device, file
	StepKeep      = "keep"      // keep the evidence
	StepScope     = "scope"     // whose data, which, what may follow
	StepAuthority = "authority" // tell the authority
	StepPersons   = "persons"   // tell the persons, unless no harm can come of it
	StepPolice    = "police"    // when it may be a crime
	StepMend      = "mend"      // undo the harm
	StepLearn     = "learn"     // what is done so that it does not happen again
)

// Steps lists them.
var Steps = []string{StepStop, StepKeep, StepScope, StepAuthority, StepPersons, StepPolice, StepMend, StepLearn}

// KnownStep says whether a word is one of the steps.
func KnownStep(step string) bool { return slices.Contains(Steps, step) }

// Whom to call, in the order of the page.
var BreachContacts = []string{"officer", "authority", "police", "lawyer", "technician"}

// MustClose are the steps without which a breach is not closed: the law asks
// for them, or for a note why not.
var MustClose = []string{StepStop, StepScope, StepAuthority, StepPersons}
