package lang

// singular holds the English of counted texts when the first number in them is
// one; every other count is said as the catalogue has it.
var singular = map[string]string{
	"%d 天":           "%d day",
	"%d 小时":          "%d hour",
	"%d 分钟":          "%d minute",
	"%d 秒":           "%d second",
	"%d 工作分钟":        "%d working minute",
	"%d 工作小时":        "%d working hour",
	"%d 个工作日":        "%d working day",
	"%d 天前":          "%d day ago",
	"%d 天后":          "in %d day",
	"剩 %d 个工作日":      "%d working day left",
	"还剩 %d 个工作日":     "%d working day left",
	"恢复码还剩 %d 个":     "%d recovery code left",
	"请等 %d 秒再试。":     "Wait %d second and try again.",
	"已退出其他 %d 处登录":   "%d other session has ended",
	"共 %d 人":         "%d person",
	"共 %d 行":         "%d row",
	"%d 人":           "%d person",
	"%d 位":           "%d person",
	"%d 行":           "%d row",
	"%d 票":           "%d pc",
	"%d 分":           "%d point",
	"%d 项":           "%d right",
	"%d 条":           "%d field",
	"%d 个角色":         "%d role",
	"%d 位客户":         "%d customer",
	"%d 张工作表":        "%d sheet",
	"%d 人有这个角色":      "%d person holds it",
	"近 12 个月拜访 %d 次": "%d visit in the last 12 months",
	"合同已到期 %d 天":     "The contract ended %d day ago",
	"合同还有 %d 天到期":    "The contract ends in %d day",
	"计划的拜访晚了 %d 天":   "The planned visit is %d day late",
	"%d 天没有拜访":       "No visit for %d day",
	"%d 天未拜访":        "not visited for %d day",
	"建档 %d 天，还没拜访过":  "On file for %d day, never visited",
	"建档 %d 天还没拜访过":   "on file for %d day, never visited",
	"建档 %d 天，还没审核":   "On file for %d day, not reviewed",
	"照片 %d 张":        "%d photo",
	"将改 %d 位客户":      "%d customer will be changed",
	"已改 %d 位客户":      "%d customer changed",
	"已撤销：%d 位改回原样":   "Undone: %d is as it was",
	"已写 %d 行":        "%d row written",
	"导出好了，共 %d 位":    "Done: %d customer",
	"有 %d 位客户都符合，分不清是哪一位":         "%d customer fits",
	"有 %d 人已停用或快离职，名下还有客户。":       "%d person is disabled or about to leave and still has customers.",
	"他有 %d 个导入或导出正在跑，会照常跑完，不用交接。": "%d of their imports or exports is running; it finishes by itself.",
	"已交接 %d 项":   "%d piece handed over",
	"已撤销，%d 项退回": "Undone, %d piece put back",
	"新交接给你 %d 位客户。先打个电话认识一下，再看他们的记录。": "%d customer was newly handed to you. Give them a call, then read their file.",
	"还有 %d 项没有人接，确认后仍在他名下。":           "%d piece has no taker; it stays in the person's name.",
	"共 %d 次":  "%d visit",
	"超过 %d 次": "More than %d visit",
}

// counted returns the English of zh for the args: the singular when the first
// whole number among them is one.
func counted(zh, en string, args []any) string {
	one, ok := singular[zh]
	if !ok {
		return en
	}
	for _, a := range args {
		switch n := a.(type) {
		case int:
			if n == 1 {
				return one
			}
			return en
		case int64:
			if n == 1 {
				return one
			}
			return en
		}
	}
	return en
}
