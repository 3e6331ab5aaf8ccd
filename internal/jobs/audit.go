package jobs

import (
	"context"
	"log/slog"
	"time"

	"yike/db"
	"yike/policy"
)

// CheckAudit compares every audit record with the chain, once a night. What is
// not as it was written shows on a banner and in the log.
func CheckAudit(d *db.DB, log *slog.Logger) Job {
	return Job{Name: "audit.check", Period: Daily(3), Run: func(ctx context.Context, _ time.Time) (int64, error) {
		r, err := d.ExamineChain(ctx)
		if err != nil {
			return 0, err
		}
		if !r.Whole() {
			log.Error("审计记录和写下时不一样，有人动过数据库；yike check 说出是哪一条 (the audit records were tampered with)", "faults", len(r.Faults)+r.More)
		}
		return r.Links, nil
	}}
}

// CutAudit takes away audit records that are older than the rule keeps them.
func CutAudit(d *db.DB) Job {
	return Job{Name: "audit.cut", Period: Daily(3), Run: func(ctx context.Context, _ time.Time) (int64, error) {
		return d.CutAudits(ctx, policy.SystemActor("audit"))
	}}
}
