package casework

import "testing"

func TestWhoMayApproveAClaim(t *testing.T) {
	l := Limits{Clerk: 100_00, Leader: 1000_00}
	clerk, leader, manager := Powers{Edit: true}, Powers{Edit: true, Approve: true}, Powers{Edit: true, Approve: true, Release: true}
	for _, c := range []struct {
		name   string
		amount int64
		who    Powers
		own    bool
		want   Reason
	}{
		{"a clerk up to the limit, alone", 100_00, clerk, true, Fine},
		{"a fen more is not for clerks", 100_01, clerk, false, TooMuch},
		{"a leader up to theirs", 1000_00, leader, false, Fine},
		{"a leader not their own", 1000_00, leader, true, OwnProposal},
		{"a leader their own within the clerk's limit", 100_00, leader, true, Fine},
		{"a fen more is not for leaders", 1000_01, leader, false, TooMuch},
		{"a manager any", 1000_01, manager, false, Fine},
		{"a manager not their own", 1000_01, manager, true, OwnProposal},
		{"who may do nothing with claims, nothing", 1, Powers{}, false, TooMuch},
		{"who only approves does so from the first fen", 1, Powers{Approve: true}, false, Fine},
	} {
		if got := l.Approve(c.amount, c.who, c.own); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	if (Limits{}).Level(0) != LevelClerk || (Limits{}).Level(1) != LevelRelease {
		t.Error("without limits every fen goes up")
	}
}

func TestSharesAddUp(t *testing.T) {
	for _, c := range []struct {
		name   string
		amount int64
		list   []Share
		want   Reason
	}{
		{"the branch bears all", 5, []Share{{BearerBranch, 0, 5}}, Fine},
		{"two couriers and the hub", 6, []Share{{BearerCourier, 1, 1}, {BearerCourier, 2, 2}, {BearerHub, 0, 3}}, Fine},
		{"a fen is missing", 6, []Share{{BearerBranch, 0, 5}}, ShareSum},
		{"a fen too many", 4, []Share{{BearerBranch, 0, 5}}, ShareSum},
		{"nobody bears it", 4, nil, ShareSum},
		{"nothing is borne by nobody", 0, nil, Fine},
		{"a courier without a name", 5, []Share{{BearerCourier, 0, 5}}, SharePerson},
		{"a branch is no person", 5, []Share{{BearerBranch, 7, 5}}, SharePerson},
		{"less than nothing", 5, []Share{{BearerBranch, 0, 6}, {BearerHub, 0, -1}}, ShareAmount},
		{"nothing", 5, []Share{{BearerBranch, 0, 5}, {BearerHub, 0, 0}}, ShareAmount},
		{"the same courier twice", 5, []Share{{BearerCourier, 1, 3}, {BearerCourier, 1, 2}}, ShareTwice},
		{"nobody whom we know", 5, []Share{{"client", 0, 5}}, ShareWord},
		{"a sum that would run over", 5, []Share{{BearerBranch, 0, 1 << 62}, {BearerHub, 0, 1 << 62}}, ShareAmount},
	} {
		if got := Shares(c.amount, c.list); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
