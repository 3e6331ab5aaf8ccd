package views

import (
	"context"
	"time"

	"yike/views/lang"
)

// System is the page of whoever keeps the program running.
type System struct {
	Version, Schema, Engine, Data string
	Bytes                         int64 // of the database's files
	DiskLeft                      string
	DiskLow                       bool
	Up                            string // for how long the process has run
	Checked                       Moment // when the database was checked from end to end
	Faults                        int
	Postgres                      bool
	Backup                        Moment // the last good one
	BackupLate                    bool
	BackupHref                    string // "" without the right
	TLS, Own                      bool
	Ends                          Moment // of the certificate
	Ended, EndsSoon               bool
	Fingerprint                   string
	Listens                       bool   // to other machines
	Address                       string // where phones reach it; "" when none is known
	Others                        []string
	Picture                       string // QR code of Address
	Jobs                          []SystemJob
}

// SystemJob is the latest run of something that runs by itself.
type SystemJob struct {
	Name, State, Took string
	When              Moment
}

var jobWords = map[string]string{
	"audit.check": lang.N("核对审计记录"), "audit.cut": lang.N("清理过期的审计"), "backup": lang.N("每天备份"), "backup.look": lang.N("看备份在不在"),
	"labels": lang.N("算标签和分级"), "sweep-files": lang.N("清理过期的导出文件"), "greetings": lang.N("列出要问候的"), "sweep-imports": lang.N("清理做完的导入"),
	"ladder": lang.N("工单快到时限时提醒"), "retime-cases": lang.N("重算工单时限"), "unusual-looks": lang.N("找异常的查看"), "sweep-looks": lang.N("清理查看记录"),
	"scrub-erased": lang.N("清掉已删除的个人信息"), "outbox.remind": lang.N("消息没发成时提醒"), "radar": lang.N("算件量雷达"), "waybills.forget": lang.N("清掉到期的收件人"),
	"sweep": lang.N("清理过期的登录"), "examine": lang.N("从头到尾检查数据库"), "leavers": lang.N("停用到期离职的人"), "parcels": lang.N("找滞留的包裹"),
	"duplicates": lang.N("找可能重复的客户"), "retention": lang.N("到期的资料归档和销毁"),
}

// JobWord names what runs by itself.
func JobWord(ctx context.Context, name string) string { return word(ctx, jobWords, name) }

// KnownJob says whether a job has words.
func KnownJob(name string) bool { return jobWords[name] != "" }

// TookWord is how long something took.
func TookWord(ctx context.Context, d time.Duration) string {
	switch {
	case d < time.Second:
		return lang.T(ctx, "不到 1 秒")
	case d < 2*time.Minute:
		return lang.T(ctx, "%d 秒", int(d.Seconds()))
	}
	switch {
	case d < 2*time.Hour:
		return lang.T(ctx, "%d 分钟", int(d.Minutes()))
	case d < 48*time.Hour:
		return lang.T(ctx, "%d 小时", int(d.Hours()))
	}
	return lang.T(ctx, "%d 天", int(d.Hours()/24))
}
