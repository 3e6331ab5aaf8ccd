package casework

import (
	"encoding/json"
	"reflect"
	"testing"
)

func TestTheSoonestCallBackThatFitsHolds(t *testing.T) {
	rule := Default()
	for _, c := range []struct {
		name  string
		is    Asked
		hours int
	}{
		{"a minor complaint of a B client is not called back", Asked{Kind: Complaint, Severity: Minor, Class: "B"}, 0},
		{"a serious one is", Asked{Kind: Complaint, Severity: Serious, Class: "B"}, 24},
		{"an A client's sooner", Asked{Kind: Complaint, Severity: Serious, Class: "A"}, 16},
		{"a grave one soonest", Asked{Kind: Complaint, Severity: Grave, Class: "A"}, 8},
		{"a suggestion needs no call", Asked{Kind: Suggestion, Severity: Grave, Class: "A"}, 0},
	} {
		if got := rule.CallWithin(c.is); got != c.hours {
			t.Errorf("%s: %d, want %d", c.name, got, c.hours)
		}
	}
}

func TestARepeatAsksForAReview(t *testing.T) {
	rule := Default()
	late := Asked{Kind: Complaint, Severity: Minor, Causes: []string{"late"}}
	for _, c := range []struct {
		name string
		is   Asked
		same int
		want string
	}{
		{"the first of its cause", late, 1, ""},
		{"the second", late, 2, ReviewRepeat},
		{"the third", late, 3, ReviewRepeat},
		{"without a cause nothing repeats", Asked{Kind: Complaint, Severity: Minor}, 5, ""},
		{"a grave one at once", Asked{Kind: Complaint, Severity: Grave}, 1, ReviewSeverity},
		{"a consultation never", Asked{Kind: Consultation, Severity: Grave, Causes: []string{"late"}}, 9, ""},
	} {
		if got := rule.ReviewOf(c.is, c.same); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestANewCaseIsGivenByTheFirstRowThatFindsSomebody(t *testing.T) {
	const clerk, rep, duty, other, gone = 1, 2, 3, 4, 9
	people := func(here ...int64) (out []Person) {
		for i, id := range []int64{clerk, rep, duty, other} {
			p := Person{ID: id, Open: 10 - i, Pool: true}
			for _, h := range here {
				p.Here = p.Here || h == id
			}
			out = append(out, p)
		}
		return out
	}
	rule := Default()
	minor := Asked{Kind: Complaint, Severity: Minor, Channel: "phone"}
	for _, c := range []struct {
		name string
		is   Asked
		w    World
		want Given
	}{
		{"the client's clerk", minor, World{Clerk: clerk, Duty: duty, People: people(clerk, duty)}, Given{clerk, 2, true}},
		{"the clerk is not at work: the one with the least", minor, World{Clerk: clerk, Duty: duty, People: people(duty, rep)}, Given{duty, 3, true}},
		{"nobody is at work yet: the clerk all the same", minor, World{Clerk: clerk, Duty: duty, People: people()}, Given{clerk, 2, false}},
		{"no clerk, nobody at work: the one with the least", minor, World{Duty: duty, People: people()}, Given{other, 3, false}},
		{"a clerk who left is nobody", minor, World{Clerk: gone, Duty: duty, People: people(rep)}, Given{rep, 3, true}},
		{"a grave one goes to whom the branch named", Asked{Kind: Complaint, Severity: Grave}, World{Clerk: clerk, Duty: duty, People: people(clerk, duty)}, Given{duty, 0, true}},
		{"a postal appeal, too", Asked{Kind: Complaint, Severity: Minor, Channel: "postal"}, World{Clerk: clerk, Duty: duty, People: people(clerk, duty)}, Given{duty, 1, true}},
		{"there is nobody", minor, World{}, Given{0, -1, false}},
	} {
		if got := rule.Give(c.is, c.w); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
	byCause := Rule{Assign: []AssignRow{{Fits: Fits{Cause: "lost"}, To: ToPerson, User: other}, {To: ToRep}}}
	w := World{Rep: rep, People: people(rep, other)}
	if got := byCause.Give(Asked{Causes: []string{"lost_whole", "lost"}}, w); got.User != other {
		t.Errorf("a cause below the one named goes to %d", got.User)
	}
	if got := byCause.Give(Asked{Causes: []string{"late"}}, w); got.User != rep {
		t.Errorf("another cause goes to %d", got.User)
	}
	even := Rule{Assign: []AssignRow{{To: ToLeast}}}
	if got := even.Give(Asked{}, World{People: []Person{{7, 2, true, true, false, false, false}, {5, 2, true, true, false, false, false}, {6, 3, true, true, false, false, false}, {4, 0, false, true, false, false, false}, {3, 0, true, false, false, false, false}, {2, 0, true, true, true, false, false}}}); got.User != 5 {
		t.Errorf("of two with as many it is %d, want the first", got.User)
	}
}

// Who is away gets nothing; whose branch is closed gets what nobody at work can.
func TestWhoIsAwayOrOffIsPassedOver(t *testing.T) {
	const clerk, rep, duty = 1, 2, 3
	rule := Rule{Assign: []AssignRow{{To: ToClerk}, {To: ToRep}, {To: ToDuty}, {To: ToLeast}}}
	at := func(clerkIs, repIs, dutyIs Person) World {
		clerkIs.ID, repIs.ID, dutyIs.ID, dutyIs.Pool = clerk, rep, duty, true
		return World{Clerk: clerk, Rep: rep, Duty: duty, People: []Person{clerkIs, repIs, dutyIs}}
	}
	here, unseen := Person{Here: true}, Person{}
	off, away := Person{Here: true, Off: true}, Person{Here: true, Away: true}
	for _, c := range []struct {
		name   string
		w      World
		want   Given
		passed []Passed
	}{
		{"all are at work", at(here, here, here), Given{clerk, 0, true}, nil},
		{"the clerk is away, though signed in", at(away, here, here), Given{rep, 1, true}, []Passed{{clerk, WhyAway}}},
		{"the clerk has not come yet", at(unseen, here, here), Given{rep, 1, true}, []Passed{{clerk, WhyUnseen}}},
		{"the clerk's branch is closed", at(off, unseen, here), Given{duty, 2, true}, []Passed{{clerk, WhyOff}, {rep, WhyUnseen}}},
		{"nobody is at work: who was there today", at(unseen, off, unseen), Given{rep, 1, false}, []Passed{{clerk, WhyUnseen}}},
		{"nobody was there: who is not away", at(away, unseen, unseen), Given{rep, 1, false}, []Passed{{clerk, WhyAway}}},
		{"all are away: nobody", at(away, away, away), Given{0, -1, false}, []Passed{{clerk, WhyAway}, {rep, WhyAway}, {duty, WhyAway}}},
	} {
		got := rule.Give(Asked{}, c.w)
		if got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
		if passed := rule.PassedOver(Asked{}, c.w, got); !reflect.DeepEqual(passed, c.passed) {
			t.Errorf("%s: passed over %v, want %v", c.name, passed, c.passed)
		}
	}
}

func TestALeaderGetsByLoadWhatNobodyElseCan(t *testing.T) {
	even := Rule{Assign: []AssignRow{{To: ToLeast}}}
	if got := even.Give(Asked{}, World{People: []Person{{ID: 1, Lead: true, Pool: true, Here: true}, {ID: 2, Pool: true}}}); got.User != 1 {
		t.Errorf("a leader at work and a clerk who is not: %d", got.User)
	}
	if got := even.Give(Asked{}, World{People: []Person{{ID: 1, Lead: true, Pool: true}, {ID: 2, Open: 9, Pool: true}}}); got.User != 2 {
		t.Errorf("neither is at work yet: %d", got.User)
	}
}

// What is found among those whom rows name, and is said to be sure, is found
// among everybody, too.
func TestSureIsSure(t *testing.T) {
	all := []Person{{1, 5, true, true, false, true, false}, {2, 0, true, true, false, false, false}, {3, 1, false, true, true, false, false}, {4, 0, true, false, false, false, true}}
	rules := []Rule{Default(), {Assign: []AssignRow{{To: ToLeast}, {To: ToClerk}}}, {Assign: []AssignRow{{To: ToClerk}, {To: ToLeast}}}, {Assign: []AssignRow{{To: ToDuty}, {To: ToClerk}}}}
	sure := 0
	for _, rule := range rules {
		for _, a := range []Asked{{}, {Severity: Grave}, {Channel: "postal"}} {
			for clerk := range int64(5) {
				for duty := range int64(5) {
					few := World{Clerk: clerk, Duty: duty}
					for _, p := range all {
						if p.ID == clerk || p.ID == duty {
							few.People = append(few.People, p)
						}
					}
					g := rule.Give(a, few)
					if !rule.Sure(a, g) {
						continue
					}
					sure++
					if full := rule.Give(a, World{Clerk: clerk, Duty: duty, People: all}); full != g {
						t.Errorf("%+v clerk %d duty %d: %+v, among all %+v", a, clerk, duty, g, full)
					}
				}
			}
		}
	}
	if sure == 0 {
		t.Error("nothing was sure")
	}
}

func TestFaultsOfARule(t *testing.T) {
	channels, classes := []string{"phone", "postal"}, []string{"A", "B", "C"}
	for _, c := range []struct {
		name string
		set  func(*Rule)
		want []Fault
	}{
		{"as shipped", func(*Rule) {}, nil},
		{"a kind that is none", func(r *Rule) { r.Assign[0].Kind = "x" }, []Fault{{"assign", 0, FaultWord}}},
		{"a channel that is none", func(r *Rule) { r.Assign[1].Channel = "fax" }, []Fault{{"assign", 1, FaultWord}}},
		{"to nobody whom we know", func(r *Rule) { r.Assign[2].To = "x" }, []Fault{{"assign", 2, FaultWord}}},
		{"a person without a name", func(r *Rule) { r.Assign[2].To = ToPerson }, []Fault{{"assign", 2, FaultNobody}}},
		{"a call after nothing", func(r *Rule) { r.Calls[1].Hours = 0 }, []Fault{{"calls", 1, FaultNumber}}},
		{"a call of a class that is none", func(r *Rule) { r.Calls[1].Class = "D" }, []Fault{{"calls", 1, FaultWord}}},
		{"240 hours are the most", func(r *Rule) { r.Calls[1].Hours = MaxHours }, nil},
		{"241 are too many", func(r *Rule) { r.Calls[1].Hours = MaxHours + 1 }, []Fault{{"calls", 1, FaultNumber}}},
		{"one complaint is no repeat", func(r *Rule) { r.Times = 1 }, []Fault{{"times", 0, FaultNumber}}},
		{"within no days", func(r *Rule) { r.Days = 0 }, []Fault{{"days", 0, FaultNumber}}},
		{"measures never", func(r *Rule) { r.Measures = 0 }, []Fault{{"measures", 0, FaultNumber}}},
		{"a severity that is none", func(r *Rule) { r.Reviewed = []string{"x"} }, []Fault{{"reviewed", 0, FaultWord}}},
		{"a leader below the clerk", func(r *Rule) { r.Limits = Limits{2, 1} }, []Fault{{"limits", 0, FaultLimits}}},
		{"less than nothing", func(r *Rule) { r.Limits.Clerk = -1 }, []Fault{{"limits", 0, FaultNumber}}},
		{"more rows than anybody reads", func(r *Rule) { r.Assign = make([]AssignRow, 0); r.Calls = manyCalls() }, []Fault{{"assign", 0, FaultMany}}},
	} {
		r := Default()
		c.set(&r)
		if got := r.Faults(channels, classes); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

func manyCalls() (out []CallRow) {
	for range MaxRows + 1 {
		out = append(out, CallRow{Hours: 1})
	}
	return out
}

func TestARuleComesBackAsItWasStored(t *testing.T) {
	rule := Default()
	rule.Assign = append(rule.Assign, AssignRow{Fits{Cause: "late"}, ToPerson, 1 << 60})
	text, err := json.Marshal(rule)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := ParseRule(string(text)); err != nil || !reflect.DeepEqual(back, rule) {
		t.Errorf("%+v, %v", back, err)
	}
	if back, err := ParseRule(`{"assign":[],"calls":[]}`); err != nil || len(back.Assign) != 0 || len(back.Calls) != 0 || back.Times != Default().Times {
		t.Errorf("what a version left empty is filled: %+v, %v", back, err)
	}
}
