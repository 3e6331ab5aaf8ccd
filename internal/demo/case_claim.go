package demo

import (
	"context"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/casework"
	"yike/policy/day"
)

// What is written about what a client asks for.
var claimNotes = []string{"有照片和采购发票", "客户发来付款记录", "有买家退款截图", "按声明价值", "凭出库单"}

// ask writes down what the client asks for.
func (x *dossier) ask() {
	note := pick(x.dice, claimNotes)
	x.do(2, 30, x.clerk(), func(ctx context.Context, by policy.Actor) (err error) {
		x.claim, err = x.d.AskClaim(ctx, by, db.Submission{}, db.Claim{CaseID: x.id, Number: x.number, Asked: x.asked, Note: note})
		return err
	})
}

// clerk is who may work on claims.
func (x *dossier) clerk() int64 {
	for _, p := range x.o.clerks {
		if p.id == x.handler {
			return p.id
		}
	}
	return x.o.clerks[0].id
}

// settled proposes what is paid and has it decided; false where the story ends
// before. A claim has been changed as often as its version says.
func (x *dossier) settled() bool {
	agreed := max(1000, x.asked*int64(x.between(45, 100))/100/1000*1000)
	agreed = min(agreed, x.asked)
	if x.stop == stopProposed {
		agreed = max(agreed, 260_00)
	}
	x.agreed, x.version = agreed, 2
	shares := x.sharesOf(agreed)
	x.do(15, 120, x.clerk(), func(ctx context.Context, by policy.Actor) error {
		return x.d.ProposeClaim(ctx, by, db.CaseRef{ID: x.claim, Version: 1}, agreed, shares, "")
	})
	if x.stop == stopProposed {
		return false
	}
	if (casework.Default().Limits).Level(agreed) == casework.LevelClerk {
		return true
	}
	x.refused, x.version = x.chance(0.12), 3
	x.do(20, 240, x.o.head, func(ctx context.Context, by policy.Actor) error {
		if x.refused {
			return x.d.DecideClaim(ctx, by, db.CaseRef{ID: x.claim, Version: 2}, false, "内件价值没有凭证，按运费三倍再议")
		}
		return x.d.DecideClaim(ctx, by, db.CaseRef{ID: x.claim, Version: 2}, true, "")
	})
	return true
}

// sharesOf says who bears an amount: one, or two who share it.
func (x *dossier) sharesOf(agreed int64) []casework.Share {
	one := func() casework.Share {
		switch x.weighted(38, 22, 28, 12) {
		case 1:
			if len(x.o.couriers) > 0 {
				return casework.Share{Bearer: casework.BearerCourier, User: pick(x.dice, x.o.couriers).id}
			}
		case 2:
			return casework.Share{Bearer: casework.BearerHub}
		case 3:
			return casework.Share{Bearer: casework.BearerCarrier}
		}
		return casework.Share{Bearer: casework.BearerBranch}
	}
	first, second := one(), one()
	if first.Bearer == second.Bearer || x.chance(0.6) {
		first.Amount = agreed
		return []casework.Share{first}
	}
	first.Amount = agreed / 2 / 100 * 100
	second.Amount = agreed - first.Amount
	return []casework.Share{first, second}
}

// paid pays what was approved, some days after.
func (x *dossier) paid() {
	if x.refused {
		return
	}
	how := casework.PayMeans[x.weighted(40, 8, 26, 16, 10)]
	at := x.clock
	x.do(60, 4000, x.clerk(), func(ctx context.Context, by policy.Actor) error {
		return x.d.PayClaim(ctx, by, db.CaseRef{ID: x.claim, Version: x.version}, x.agreed, day.At(time.UnixMilli(x.clock), db.Zone).String(), how)
	})
	x.clock = at
}
