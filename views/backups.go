package views

import (
	"context"
	"fmt"
	"strconv"

	"yike/views/lang"
	"yike/views/ui"
)

// Backups is the page of all copies.
type Backups struct {
	Postgres             bool
	Dir, KeyFile, Second string
	Hour                 int
	Off, Locked, Outside bool
	Late                 bool
	Fault, FaultDetail   string // why the last one came to nothing
	FaultSecond          bool   // only the second folder's did
	FaultWhen            Moment
	Last                 *BackupRow // the newest good one
	Rows                 []BackupRow
	Asides               []BackupAside
}

// BackupRow is one copy.
type BackupRow struct {
	Name, Why, Size, Rows, File, Restore string
	When                                 Moment
	Good, Locked, Second                 bool
}

// BackupAside is a former state of the data.
type BackupAside struct {
	Name, Size, Restore, Drop string
	When                      Moment
	Upgrade                   bool
}

// FormerForm asks whether a former state of the data is removed.
type FormerForm struct {
	Name, Size, Typed string
	When              Moment
	Upgrade           bool
	Errors            ui.Errors
}

func (f FormerForm) labels(ctx context.Context) []ui.FieldLabel {
	return []ui.FieldLabel{{Name: "confirm", Label: lang.T(ctx, "确认")}}
}

// DropWord is what is typed to confirm that something is removed for good.
func DropWord(ctx context.Context) string { return lang.T(ctx, "删除") }

// BackupWork is a copy or a restore under way.
type BackupWork struct {
	Href, State, Step, Fault string
	Restore                  bool
	Done, Total              int64
}

// BackupForm sets how copies are taken.
type BackupForm struct {
	Hour, Second, Version      string
	Off, Drop, Locked, Outside bool
	Errors                     ui.Errors
}

func (f BackupForm) labels(ctx context.Context) []ui.FieldLabel {
	return []ui.FieldLabel{{Name: "hour", Label: lang.T(ctx, "每天几点")}, {Name: "second", Label: lang.T(ctx, "第二个文件夹")},
		{Name: "phrase", Label: lang.T(ctx, "加密口令")}, {Name: "again", Label: lang.T(ctx, "再填一次口令")}}
}

// RestoreForm asks whether a copy is to take the place of the present data.
type RestoreForm struct {
	From, Typed   string
	When          Moment
	Locked, Aside bool
	Errors        ui.Errors
}

func (f RestoreForm) labels(ctx context.Context) []ui.FieldLabel {
	return []ui.FieldLabel{{Name: "confirm", Label: lang.T(ctx, "确认")}, {Name: "phrase", Label: lang.T(ctx, "加密口令")}}
}

// RestoreWord is what is typed to confirm a restore.
func RestoreWord(ctx context.Context) string { return lang.T(ctx, "恢复") }

// BytesWord is the size of a file.
func BytesWord(n int64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.1f GB", float64(n)/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return strconv.FormatInt((n+999)/1000, 10) + " KB"
}

// BackupWhyWord says why a copy was taken.
func BackupWhyWord(ctx context.Context, why string) string {
	if why == "nightly" {
		return lang.T(ctx, "每天")
	}
	return lang.T(ctx, "手动")
}

// BackupStepWord says what a task is doing.
func BackupStepWord(ctx context.Context, restore bool, done int64) string {
	steps := []string{lang.T(ctx, "抄数据库"), lang.T(ctx, "抄照片和文件"), lang.T(ctx, "压缩"), lang.T(ctx, "腾地方"), lang.T(ctx, "读回来核对")}
	if restore {
		steps = []string{lang.T(ctx, "解开备份"), lang.T(ctx, "核对备份"), lang.T(ctx, "换成本程序的版本"), lang.T(ctx, "换上去，重新启动")}
	}
	return steps[min(max(int(done), 0), len(steps)-1)]
}

// BackupFaultWord says why a copy or a restore came to nothing and what to do.
func BackupFaultWord(ctx context.Context, code string) string {
	switch code {
	case "full":
		return lang.T(ctx, "磁盘满了。删掉不用的文件，或者把数据换到大一点的盘上。")
	case "denied":
		return lang.T(ctx, "没有权限写那个文件夹。请改它的权限。")
	case "missing":
		return lang.T(ctx, "那个文件或文件夹不在。移动硬盘没插上，还是网络盘没连上？")
	case "phrase":
		return lang.T(ctx, "口令不对。请用做这份备份时的口令。")
	case "damaged":
		return lang.T(ctx, "读出来的和写进去的不一样，磁盘可能坏了。请换一份备份，再检查磁盘。")
	case "foreign":
		return lang.T(ctx, "这不是驿客的备份。")
	case "newer":
		return lang.T(ctx, "备份是更新版本的驿客做的，请先换用新程序。")
	case "decided":
		return lang.T(ctx, "别人刚刚定下了另一次恢复，程序就要重新启动。等它好了，看过数据再决定。")
	case "key":
		return lang.T(ctx, "密钥文件不在，读不出加密口令。先把密钥文件放回原处。")
	}
	return lang.T(ctx, "没有做成。原因记在程序的日志里。")
}

// BackupFieldFault says what is wrong with a field of the settings.
func BackupFieldFault(ctx context.Context, code string) string {
	switch code {
	case "hour":
		return lang.T(ctx, "填 0 到 23")
	case "second":
		return lang.T(ctx, "填完整的路径，例如 D:\\备份 或 /mnt/备份")
	case "short":
		return lang.T(ctx, "至少 10 个字")
	case "plain":
		return lang.T(ctx, "太简单了，换一句不好猜的话")
	}
	return lang.T(ctx, "太长了，最多 200 个字")
}

func hourOptions(ctx context.Context) []ui.Option {
	var out []ui.Option
	for i := range 24 {
		out = append(out, ui.Option{Value: strconv.Itoa(i), Label: lang.T(ctx, "%d 点", i)})
	}
	return out
}

func workTitle(ctx context.Context, p BackupWork) string {
	if p.Restore {
		return lang.T(ctx, "正在恢复")
	}
	return lang.T(ctx, "正在备份")
}

func workNote(ctx context.Context, p BackupWork) string {
	if p.Restore {
		return lang.T(ctx, "换好后会回到登录页；请别关电脑")
	}
	return lang.T(ctx, "可以离开，大家照常干活")
}

func phraseHint(ctx context.Context, f BackupForm) string {
	if f.Locked {
		return lang.T(ctx, "已经设好；不填就不变")
	}
	return lang.T(ctx, "至少 10 个字的一句话；不填就不加密")
}
