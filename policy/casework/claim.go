package casework

import "slices"

// States of a claim.
const (
	ClaimAsked    = "asked"    // the client asks, nobody has proposed anything
	ClaimProposed = "proposed" // waits for approval
	ClaimApproved = "approved"
	ClaimRefused  = "refused"
	ClaimPaid     = "paid"
)

// ClaimAgreed is no state but two of them, in a filter: approved and paid.
const ClaimAgreed = "agreed"

// ClaimStates lists them in their order.
var ClaimStates = []string{ClaimAsked, ClaimProposed, ClaimApproved, ClaimRefused, ClaimPaid}

// Who bears what is paid.
const (
	BearerBranch  = "branch"
	BearerCourier = "courier" // a person
	BearerHub     = "hub"
	BearerCarrier = "carrier"
)

// Bearers lists them as a page offers them.
var Bearers = []string{BearerBranch, BearerCourier, BearerHub, BearerCarrier}

// PayMeans are how a claim is paid.
var PayMeans = []string{"transfer", "cash", "wechat", "alipay", "deducted", "coupon"}

// Limits are the amounts, in fen, up to which a claim is decided by the clerk
// alone and by a leader; above that by who may release any.
type Limits struct {
	Clerk  int64 `json:"clerk"`
	Leader int64 `json:"leader"`
}

// Level is who has to approve an amount.
type Level string

// The levels, the lowest first.
const (
	LevelClerk   Level = "clerk"
	LevelLeader  Level = "leader"
	LevelRelease Level = "release"
)

// Level says who has to approve an amount.
func (l Limits) Level(amount int64) Level {
	switch {
	case amount <= l.Clerk:
		return LevelClerk
	case amount <= l.Leader:
		return LevelLeader
	}
	return LevelRelease
}

// Powers are what somebody may decide about claims.
type Powers struct{ Edit, Approve, Release bool }

// Why a claim may not be approved.
const (
	TooMuch     Reason = "too_much"     // above what they may approve
	OwnProposal Reason = "own_proposal" // nobody approves what they proposed
)

// Approve says whether somebody may approve an amount; own is whether they
// proposed it themselves: up to the clerk's limit that is the same act.
func (l Limits) Approve(amount int64, p Powers, own bool) Reason {
	level := l.Level(amount)
	can := p.Release || level != LevelRelease && p.Approve || level == LevelClerk && p.Edit
	switch {
	case !can:
		return TooMuch
	case own && level != LevelClerk:
		return OwnProposal
	}
	return Fine
}

// Share is a part of what is paid, in fen, that somebody bears.
type Share struct {
	Bearer string
	User   int64 // the courier
	Amount int64
}

// What can be wrong with shares.
const (
	ShareWord   Reason = "share_word"   // nobody of whom we know
	ShareAmount Reason = "share_amount" // nothing, or less
	SharePerson Reason = "share_person" // the courier is to be named
	ShareTwice  Reason = "share_twice"
	ShareSum    Reason = "share_sum" // they do not add up
)

// Shares says what is wrong with the shares of an amount; Fine when they add up.
func Shares(amount int64, list []Share) Reason {
	var sum int64
	type who struct {
		bearer string
		user   int64
	}
	seen := map[who]bool{}
	for _, s := range list {
		switch {
		case !slices.Contains(Bearers, s.Bearer):
			return ShareWord
		case s.Amount <= 0 || s.Amount > MaxLimit:
			return ShareAmount
		case (s.Bearer == BearerCourier) != (s.User != 0):
			return SharePerson
		case seen[who{s.Bearer, s.User}]:
			return ShareTwice
		}
		seen[who{s.Bearer, s.User}] = true
		sum += s.Amount
	}
	if sum != amount {
		return ShareSum
	}
	return Fine
}
