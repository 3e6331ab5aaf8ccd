package casework

import (
	"slices"
	"testing"
)

func TestTheNextStepOfACase(t *testing.T) {
	for _, c := range []struct {
		name string
		is   Case
		next string
	}{
		{"a complaint is looked into first", Case{Kind: Complaint, Step: Accept}, Analyse},
		{"then it is put right", Case{Kind: Complaint, Step: Analyse}, Handle},
		{"then the client is told", Case{Kind: Complaint, Step: Handle}, Tell},
		{"who needs no call and no review is done then", Case{Kind: Complaint, Step: Tell, Told: true}, Closed},
		{"who is to be called back is called", Case{Kind: Complaint, Step: Tell, Told: true, CallNeeded: true}, FollowUp},
		{"a repeat is reviewed", Case{Kind: Complaint, Step: Tell, Told: true, ReviewNeeded: true}, Review},
		{"called, then reviewed", Case{Kind: Complaint, Step: FollowUp, Told: true, CallNeeded: true, ReviewNeeded: true}, Review},
		{"reviewed, then closed", Case{Kind: Complaint, Step: Review}, Closed},
		{"a consultation is answered", Case{Kind: Consultation, Step: Accept}, Tell},
		{"a suggestion is handled without an inquiry", Case{Kind: Suggestion, Step: Accept}, Handle},
		{"closed stays", Case{Kind: Complaint, Step: Closed}, Closed},
		{"an unknown step leads nowhere", Case{Kind: Complaint, Step: "x"}, Closed},
	} {
		if got := c.is.Next(); got != c.next {
			t.Errorf("%s: %s, want %s", c.name, got, c.next)
		}
	}
}

func TestWhichStepMayFollow(t *testing.T) {
	for _, c := range []struct {
		name string
		is   Case
		to   string
		note string
		want Reason
	}{
		{"one forward", Case{Kind: Complaint, Step: Accept}, Analyse, "", Fine},
		{"a complaint is not handled before it was looked into", Case{Kind: Complaint, Step: Accept}, Handle, "", Skips},
		{"a suggestion is", Case{Kind: Suggestion, Step: Accept}, Handle, "", Fine},
		{"a suggestion is not told before it was handled", Case{Kind: Suggestion, Step: Accept}, Tell, "", Skips},
		{"a consultation is answered at once", Case{Kind: Consultation, Step: Accept}, Tell, "", Fine},
		{"a consultation may be looked into all the same", Case{Kind: Consultation, Step: Accept}, Analyse, "", Fine},
		{"back needs a reason", Case{Kind: Complaint, Step: Handle}, Analyse, "", NeedsNote},
		{"back with a reason", Case{Kind: Complaint, Step: Review, Told: true}, Accept, "wrong branch", Fine},
		{"nobody is called who was not told", Case{Kind: Complaint, Step: Tell}, FollowUp, "", NotTold},
		{"who was told is called", Case{Kind: Complaint, Step: Tell, Told: true}, FollowUp, "", Fine},
		{"told early, the step of telling is over", Case{Kind: Complaint, Step: Handle, Told: true}, Review, "", Fine},
		{"a call that the rule asks for is not skipped", Case{Kind: Complaint, Step: Tell, Told: true, CallNeeded: true}, Review, "", Skips},
		{"closing is an act of its own", Case{Kind: Complaint, Step: Review, Told: true}, Closed, "", ByClosing},
		{"it stands there", Case{Kind: Complaint, Step: Handle}, Handle, "x", NoStep},
		{"no such step", Case{Kind: Complaint, Step: Handle}, "x", "x", NoStep},
		{"a closed one stands", Case{Kind: Complaint, Step: Closed}, Handle, "x", IsClosed},
		{"a merged one stands", Case{Kind: Complaint, Step: Closed, Merged: true}, Handle, "x", IsMerged},
	} {
		if got := c.is.Move(c.to, c.note); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// Whatever the case is, it reaches its end by its own next steps, and each is
// allowed once the client was told where that is due.
func TestEveryCaseReachesItsEnd(t *testing.T) {
	for _, kind := range Kinds {
		for bits := range 4 {
			c := Case{Kind: kind, Step: Accept, CallNeeded: bits&1 != 0, ReviewNeeded: bits&2 != 0}
			for n := 0; c.Step != Closed; n++ {
				if n > len(Steps) {
					t.Fatalf("%+v goes round", c)
				}
				to := c.Next()
				if c.Step == Tell {
					c.Told = true
				}
				if to != Closed {
					if why := c.Move(to, ""); why != Fine {
						t.Fatalf("%+v → %s: %s", c, to, why)
					}
				}
				c.Step = to
			}
		}
	}
}

func TestACaseClosesWhenTheClientKnowsAndIsSatisfied(t *testing.T) {
	told := Case{Kind: Complaint, Step: Tell, Told: true, Satisfied: Satisfied}
	with := func(c Case, set func(*Case)) Case { set(&c); return c }
	for _, c := range []struct {
		name string
		is   Case
		want []Reason
	}{
		{"told and satisfied", told, nil},
		{"at any step", with(told, func(c *Case) { c.Step = Handle }), nil},
		{"not told", with(told, func(c *Case) { c.Told = false }), []Reason{NotTold}},
		{"nobody asked whether they are satisfied", with(told, func(c *Case) { c.Satisfied = "" }), []Reason{NotSatisfied}},
		{"not satisfied", with(told, func(c *Case) { c.Satisfied = Unsatisfied }), []Reason{NotSatisfied}},
		{"a leader accepts why not", with(told, func(c *Case) { c.Satisfied = Accepted }), nil},
		{"… and that nobody could be reached", with(told, func(c *Case) { c.Satisfied, c.Told, c.CallNeeded = Accepted, false, true }), nil},
		{"… measures are owed all the same", with(told, func(c *Case) { c.Satisfied, c.ReviewNeeded = Accepted, true }), []Reason{NotReviewed}},
		{"a call is owed", with(told, func(c *Case) { c.CallNeeded = true }), []Reason{NotCalled}},
		{"called", with(told, func(c *Case) { c.CallNeeded, c.Called = true, true }), nil},
		{"everything is missing", Case{Kind: Complaint, Step: Accept, CallNeeded: true, ReviewNeeded: true}, []Reason{NotTold, NotCalled, NotSatisfied, NotReviewed}},
		{"reviewed", with(told, func(c *Case) { c.ReviewNeeded, c.Reviewed = true, true }), nil},
		{"closed", with(told, func(c *Case) { c.Step = Closed }), []Reason{IsClosed}},
		{"merged", with(told, func(c *Case) { c.Step, c.Merged = Closed, true }), []Reason{IsMerged}},
	} {
		if got := c.is.Close(); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestAClosedCaseIsOpenedAgainWithAReason(t *testing.T) {
	for _, c := range []struct {
		name string
		is   Case
		note string
		want Reason
	}{
		{"with a reason", Case{Kind: Complaint, Step: Closed}, "again", Fine},
		{"without", Case{Kind: Complaint, Step: Closed}, "", NeedsNote},
		{"an open one is open", Case{Kind: Complaint, Step: Review}, "again", NotClosed},
		{"a merged one is not", Case{Kind: Complaint, Step: Closed, Merged: true}, "again", IsMerged},
	} {
		if got := c.is.Reopen(c.note); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	if a, b := (Case{Kind: Complaint}).Back(), (Case{Kind: Consultation}).Back(); a != Handle || b != Tell {
		t.Errorf("opened again at %s and %s", a, b)
	}
}

func TestTheActThatComesNext(t *testing.T) {
	for _, c := range []struct {
		name string
		is   Case
		want Act
	}{
		{"nobody has it", Case{Kind: Complaint, Step: Accept}, ActTake},
		{"it was given to somebody, who takes it", Case{Kind: Complaint, Step: Accept, Handled: true}, ActTake},
		{"a consultation is answered", Case{Kind: Consultation, Step: Accept, Handled: true}, ActTell},
		{"looked into, then put right", Case{Kind: Complaint, Step: Analyse, Handled: true}, ActMove},
		{"then told", Case{Kind: Complaint, Step: Tell, Handled: true}, ActTell},
		{"told and satisfied: closed", Case{Kind: Complaint, Step: Tell, Handled: true, Told: true, Satisfied: Satisfied}, ActClose},
		{"the rule asks for a call", Case{Kind: Complaint, Step: FollowUp, Handled: true, Told: true, CallNeeded: true, Satisfied: Satisfied}, ActCall},
		{"told, nobody asked: ask", Case{Kind: Complaint, Step: Tell, Handled: true, Told: true}, ActCall},
		{"not satisfied: write why", Case{Kind: Complaint, Step: Tell, Handled: true, Told: true, Satisfied: Unsatisfied}, ActAsk},
		{"measures are owed", Case{Kind: Complaint, Step: Review, Handled: true, Told: true, Satisfied: Satisfied, ReviewNeeded: true}, ActReview},
		{"closed", Case{Kind: Complaint, Step: Closed}, ActReopen},
		{"merged", Case{Kind: Complaint, Step: Closed, Merged: true}, ""},
	} {
		if got := c.is.Main(); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
