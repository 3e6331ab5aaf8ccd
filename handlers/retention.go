package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"yike/db"
	"yike/internal/sheet"
	"yike/policy"
	"yike/policy/retention"
	"yike/policy/waybill"
	"yike/views"
	"yike/views/lang"
)

const (
	heldShown    = 30  // rows that stay though their time is over
	recordsShown = 100 // nights
)

// retentionSaid says a rule in one line.
func retentionSaid(ctx context.Context, value string) (string, error) {
	rule, err := db.RetentionOf(value)
	if err != nil {
		return "", err
	}
	said := lang.T(ctx, "归档和销毁都没有打开")
	switch {
	case rule.Archiving && rule.Destroying:
		said = lang.T(ctx, "归档和销毁都打开了")
	case rule.Archiving:
		said = lang.T(ctx, "只归档，不销毁")
	case rule.Destroying:
		said = lang.T(ctx, "只销毁，不归档")
	}
	for _, k := range retention.Kinds {
		if _, named := rule.Terms[k]; named || !retention.BoundOf(k).Named {
			said += lang.T(ctx, "；") + keptTerm(ctx, k, rule.Term(k))
		}
	}
	return said, nil
}

// retentionChange says in one line how the rule of times was changed; ok is
// false for the value of another rule.
func retentionChange(ctx context.Context, before, after any) (out views.FieldChange, ok bool) {
	text, _ := after.(string)
	if !strings.HasPrefix(text, `{"archiving":`) {
		return out, false
	}
	out.Label = lang.T(ctx, "数据留多久")
	was, _ := before.(string)
	var err error
	if was != "" {
		out.Before, err = retentionSaid(ctx, was)
	}
	if err == nil {
		out.After, err = retentionSaid(ctx, text)
	}
	return out, err == nil
}

// keptTerm says the time of a kind.
func keptTerm(ctx context.Context, k retention.Kind, t retention.Term) string {
	if !k.Archived() {
		return lang.T(ctx, "%s %d 个月销毁", views.KeptKindWord(ctx, string(k)), t.Destroy)
	}
	return lang.T(ctx, "%s %d 个月归档、%d 个月销毁", views.KeptKindWord(ctx, string(k)), t.Archive, t.Destroy)
}

// keptTimes says for the record of a client how long each kind is kept: by the
// rule, or that nothing has an end yet.
func (h *Handlers) keptTimes(ctx context.Context) ([]string, error) {
	days, err := h.db.RecipientDays(ctx)
	if err != nil {
		return nil, err
	}
	out := []string{keepRecipients.said(ctx, waybill.KeptDays(days))}
	rule, _, err := h.db.RetentionRule(ctx, h.today())
	if err != nil {
		return nil, err
	}
	if !rule.Archiving && !rule.Destroying {
		return append(out, lang.T(ctx, "拜访、工单、反馈表、评价、消息的内容：公司还没有定销毁的时间")), nil
	}
	for _, k := range retention.Kinds {
		t := rule.Term(k)
		switch {
		case k.Staff():
		case rule.Destroys(k):
			out = append(out, keptTerm(ctx, k, t))
		case k.Archived():
			out = append(out, lang.T(ctx, "%s %d 个月归档", views.KeptKindWord(ctx, string(k)), t.Archive))
		}
	}
	return out, nil
}

// keptCount is how many rows will be destroyed within thirty days, for the menu
// of those who set the rule; "" when none.
func (h *Handlers) keptCount(ctx context.Context) string {
	n, err := h.db.KeptDue(ctx)
	if err != nil {
		h.log.Warn("what is due to be destroyed", "request", requestID(ctx), "err", err)
	}
	return keptWord(n)
}

// keptWord is a count as a KindState counts; "" = 0.
func keptWord(n int64) string {
	switch {
	case n == 0:
		return ""
	case n > db.CountedKept:
		return views.Thousands(db.CountedKept) + "+"
	}
	return views.Thousands(n)
}

func (h *Handlers) retentionShow(w http.ResponseWriter, r *http.Request) error {
	rule, row, err := h.db.RetentionRule(r.Context(), h.today())
	if err != nil {
		return err
	}
	p := views.Retention{RuleFrame: h.newFrame(0), Archiving: rule.Archiving, Destroying: rule.Destroying, Kinds: h.retentionKinds(r.Context(), rule)}
	return h.showRetention(w, r, http.StatusOK, p, rule, row)
}

// retentionKinds are the kinds with their times as they are typed.
func (h *Handlers) retentionKinds(ctx context.Context, rule retention.Rule) []views.RetentionKind {
	var out []views.RetentionKind
	for _, kind := range retention.Kinds {
		t, b := rule.Term(kind), retention.BoundOf(kind)
		k := views.RetentionKind{Kind: string(kind), Label: views.KeptKindWord(ctx, string(kind)), From: views.KeptFromWord(ctx, kind), Destroy: strconv.Itoa(t.Destroy),
			DestroyHint: lang.T(ctx, "%d 到 %d 个月", b.Least, b.Most),
			Law:         lang.T(ctx, "最短：%s；最长：%s", views.KeptLawWord(ctx, b.LeastLaw), views.KeptLawWord(ctx, b.LongerLaw))}
		switch {
		case kind.Archived():
			k.Archive, k.ArchiveHint = strconv.Itoa(t.Archive), lang.T(ctx, "最少 %d 个月", b.ArchiveLeast)
		case kind == retention.Bin:
			k.NoArchive = lang.T(ctx, "回收站就是归档")
		default:
			k.NoArchive = lang.T(ctx, "不归档，到期直接销毁")
		}
		out = append(out, k)
	}
	return out
}

func (h *Handlers) showRetention(w http.ResponseWriter, r *http.Request, status int, p views.Retention, rule retention.Rule, row db.RuleRow) error {
	ctx, a := r.Context(), actorOf(r)
	p.CanEdit = h.maySetRule(a, policy.PrivacyEdit, 0)
	var err error
	if p.Said, err = retentionSaid(ctx, row.Value); err != nil {
		return err
	}
	state, err := h.db.RetentionState(ctx, rule)
	if err != nil {
		return err
	}
	for i, s := range state {
		k := &p.Kinds[i]
		k.InUse, k.Archived, k.Held = views.Thousands(min(s.InUse, db.CountedKept)), views.Thousands(min(s.Archived, db.CountedKept)), keptWord(s.ArchiveHeld+s.DestroyHeld)
		k.ArchiveDue, k.DestroyDue = keptWord(s.ArchiveDue), keptWord(s.DestroyDue)
		k.ArchiveSoon, k.DestroySoon = keptWord(s.ArchiveSoon-s.ArchiveDue), keptWord(s.DestroySoon-s.DestroyDue)
		switch {
		case s.Kind == retention.Bin:
			k.InUse = ""
		case !s.Kind.Archived():
			k.Archived = ""
		case s.Archived > 0 && a.Can(policy.ArchiveRead):
			k.ArchivedHref = "/archive?kind=" + k.Kind
		}
	}
	if p.Others, err = h.retentionOthers(ctx); err != nil {
		return err
	}
	if err := h.retentionHeld(ctx, a, rule, holdsFrom(r), &p); err != nil {
		return err
	}
	list, err := h.db.KeptRecords(ctx, "", recordsShown)
	if err != nil {
		return err
	}
	for _, x := range list {
		p.Records = append(p.Records, keptRecord(ctx, x))
	}
	if len(p.Records) > 0 {
		p.Export = "/retention/export"
	}
	if err := h.fillFrame(ctx, &p.RuleFrame, db.RuleRetention, row, retentionSaid); err != nil {
		return err
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "数据留多久"), body: views.RetentionPage(p), active: "/retention"})
}

// retentionOthers are the times that have a rule of their own, or are always
// the same.
func (h *Handlers) retentionOthers(ctx context.Context) ([]views.RetentionOther, error) {
	days, err := h.db.RecipientDays(ctx)
	if err != nil {
		return nil, err
	}
	audits, err := h.db.AuditRule(ctx)
	if err != nil {
		return nil, err
	}
	kept, _, err := h.db.ConsentRule(ctx, h.today())
	return []views.RetentionOther{
		{Label: views.KeptKindWord(ctx, db.RecordRecipients), Said: keepRecipients.said(ctx, waybill.KeptDays(days)), Href: keepRecipients.path},
		{Label: views.KeptKindWord(ctx, db.RecordAudits), Said: keepAudits.said(ctx, audits), Href: keepAudits.path},
		{Label: lang.T(ctx, "导入时核对的行"), Said: lang.T(ctx, "撤销期 %d 天过了就清掉", int(db.UndoImportFor/(24*time.Hour)))},
		{Label: lang.T(ctx, "导入的原文件"), Said: lang.T(ctx, "最多 %d 天", int(importKept/(24*time.Hour)))},
		{Label: lang.T(ctx, "评分表"), Said: lang.T(ctx, "一直留着：发过工资的依据")},
		{Label: lang.T(ctx, "删除信息以前的备份"), Said: lang.T(ctx, "最多 %d 天", kept.BackupDays), Href: "/rules/consent"},
		{Label: lang.T(ctx, "快件轨迹"), Said: lang.T(ctx, "和收件人同一夜清掉，写着谁签收"), Href: keepRecipients.path},
		{Label: lang.T(ctx, "快件的单号、日期、重量和运费"), Said: lang.T(ctx, "一直留着：对账和报表要用，清掉收件人以后不说是谁")},
		{Label: lang.T(ctx, "收款和月结账目"), Said: lang.T(ctx, "一直留着：会计档案管理办法要求账簿留 30 年")},
		{Label: lang.T(ctx, "没放进回收站的客户"), Said: lang.T(ctx, "一直留着：还在来往；本人要求删除的随时删")},
		{Label: lang.T(ctx, "删除证明、归档和销毁的记录"), Said: lang.T(ctx, "一直留着：是删过、销毁过的凭据，里面没有姓名电话")},
		{Label: lang.T(ctx, "谁改过什么"), Said: lang.T(ctx, "改动前的字句加密留在审计里，随审计记录一起销毁")},
	}, err
}

// holdsFrom is where the page of holds begins that an address asks for: what
// holdsHref wrote.
func holdsFrom(r *http.Request) db.HoldKey {
	part, id, _ := strings.Cut(query(r, "holds"), "_")
	return db.HoldKey{Rows: part == "rows", Before: db.ParseID(id)}
}

func holdsHref(at *db.HoldKey) string {
	if at == nil {
		return ""
	}
	part := "clients"
	if at.Rows {
		part = "rows"
	}
	return hrefWith("/retention", url.Values{}, "holds", part+"_"+idText(at.Before)) + "#holds"
}

func (h *Handlers) retentionHeld(ctx context.Context, a policy.Actor, rule retention.Rule, at db.HoldKey, p *views.Retention) error {
	scope := a.Scope(policy.PrivacyEdit)
	holds, next, err := h.db.Holds(ctx, scope, at)
	if err != nil {
		return err
	}
	p.HoldsNext = holdsHref(next)
	if at != (db.HoldKey{}) {
		p.HoldsFirst = "/retention#holds"
	}
	for _, x := range holds {
		line := views.RetentionHold{What: lang.T(ctx, "%s 的全部信息", x.Name), Reason: x.Reason, Who: x.User, Until: lang.T(ctx, "放开为止"),
			Made: views.TimeWord(ctx, time.UnixMilli(x.MadeAt), h.db.Now()), Release: "/retention/holds/" + idText(x.ID) + "/release"}
		if x.CustomerID == 0 {
			line.What, line.Until = strings.TrimSpace(x.Name+" "+views.KeptKindWord(ctx, string(x.Kind))), x.Until
		}
		p.Holds = append(p.Holds, line)
	}
	held, err := h.db.HeldNow(ctx, scope, rule, heldShown)
	if err != nil {
		return err
	}
	for _, x := range held {
		name := x.Name
		if name == "" {
			name = lang.T(ctx, "没有客户的")
		}
		p.Held = append(p.Held, views.RetentionHeld{Kind: views.KeptKindWord(ctx, string(x.Kind)), Name: name, Day: x.Day, Why: views.KeptReasonWord(ctx, x.Reason)})
	}
	return nil
}

func keptRecord(ctx context.Context, x db.KeptRecord) views.RetentionRecord {
	out := views.RetentionRecord{Stage: lang.T(ctx, "归档"), StageKind: "", Kind: views.KeptKindWord(ctx, x.Kind), On: x.OnDay, Rows: views.Thousands(x.Rows),
		Days: x.FromDay + " – " + x.ToDay, Version: strconv.FormatInt(x.RuleVersion, 10), Digest: x.Digest[:min(len(x.Digest), 16)]}
	if x.Stage == db.StageDestroyed {
		out.Stage, out.StageKind = lang.T(ctx, "销毁"), "over"
	}
	if x.FromDay == x.ToDay {
		out.Days = x.FromDay
	}
	if x.RuleVersion == 0 {
		out.Version = lang.T(ctx, "默认值")
	}
	return out
}

// retentionSave sets the times. What would archive or destroy something that
// the rule of today leaves alone is set only once the person has seen how much.
func (h *Handlers) retentionSave(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	was, row, err := h.db.RetentionRule(ctx, h.today())
	if err != nil {
		return err
	}
	p := views.Retention{RuleFrame: readFrame(r, 0), Archiving: field(r, "archiving") != "", Destroying: field(r, "destroying") != "", Kinds: h.retentionKinds(ctx, was)}
	rule := retention.Rule{Archiving: p.Archiving, Destroying: p.Destroying, Terms: map[retention.Kind]retention.Term{}}
	for i := range p.Kinds {
		k := &p.Kinds[i]
		k.Archive, k.Destroy = field(r, "archive."+k.Kind), field(r, "destroy."+k.Kind)
		archive, ok1 := formInt(r, "archive."+k.Kind)
		destroy, ok2 := formInt(r, "destroy."+k.Kind)
		t := retention.Term{Archive: int(archive), Destroy: int(destroy)}
		if !ok1 {
			t.Archive = -1
		}
		if !ok2 {
			t.Destroy = -1
		}
		kind := retention.Kind(k.Kind)
		switch retention.Check(kind, t) {
		case retention.BadArchive:
			p.Errors.Add("archive."+k.Kind, lang.T(ctx, "最少 %d 个月", retention.BoundOf(kind).ArchiveLeast))
		case retention.BadDestroy:
			p.Errors.Add("destroy."+k.Kind, lang.T(ctx, "填 %d 到 %d 的整数", retention.BoundOf(kind).Least, retention.BoundOf(kind).Most))
		case retention.WrongOrder:
			p.Errors.Add("archive."+k.Kind, lang.T(ctx, "要比销毁早"))
		}
		k.ArchiveError, k.DestroyError = p.Errors["archive."+k.Kind], p.Errors["destroy."+k.Kind]
		rule.Terms[kind] = t
	}
	h.checkFrame(ctx, &p.RuleFrame, false)
	if p.Errors.Any() {
		return h.showRetention(w, r, http.StatusUnprocessableEntity, p, was, row)
	}
	if p.Confirm, p.Seen, err = h.retentionPreview(ctx, was, rule, p.ValidFrom); err != nil {
		return err
	}
	if p.Seen != "" && field(r, "seen") != p.Seen {
		return h.showRetention(w, r, http.StatusUnprocessableEntity, p, rule, row)
	}
	p.Confirm = ""
	version, err := h.setRule(r, &p.RuleFrame, policy.PrivacyEdit, db.RuleRetention, rule)
	if err != nil {
		return err
	}
	if version == 0 {
		return h.showRetention(w, r, http.StatusUnprocessableEntity, p, was, row)
	}
	return h.ruleSet(w, r, &p.RuleFrame, version, "/retention")
}

// retentionPreview says what a new rule would archive and destroy on its first
// night; seen stands for it, "" when the rule does nothing that the old one
// does not.
func (h *Handlers) retentionPreview(ctx context.Context, was, rule retention.Rule, from string) (said, seen string, err error) {
	archives, destroys := rule.Archiving && !was.Archiving, rule.Destroying && !was.Destroying
	for _, k := range retention.Kinds {
		archives = archives || rule.Archiving && rule.Term(k).Archive < was.Term(k).Archive
		destroys = destroys || rule.Destroys(k) && (!was.Destroys(k) || rule.Term(k).Destroy < was.Term(k).Destroy)
	}
	if !archives && !destroys {
		return "", "", nil
	}
	state, err := h.db.RetentionState(ctx, rule)
	if err != nil {
		return "", "", err
	}
	var archive, destroy []string
	for _, s := range state {
		word := views.KeptKindWord(ctx, string(s.Kind))
		if archives && s.ArchiveDue > 0 {
			archive = append(archive, lang.T(ctx, "%s %s 条", word, keptWord(s.ArchiveDue)))
		}
		if destroys && s.DestroyDue > 0 {
			destroy = append(destroy, lang.T(ctx, "%s %s 条", word, keptWord(s.DestroyDue)))
		}
		seen += fmt.Sprint(s.Kind, s.Term.Archive, ".", s.Term.Destroy, " ")
	}
	list := func(of []string) string {
		if len(of) == 0 {
			return lang.T(ctx, "现在一条都没有")
		}
		return strings.Join(of, lang.T(ctx, "、"))
	}
	if archives {
		said = lang.T(ctx, "从 %s 夜里起归档：%s。", from, list(archive))
	}
	if destroys {
		said += lang.T(ctx, "从 %s 夜里起销毁，找不回来：%s。", from, list(destroy))
	}
	return said + lang.T(ctx, "还有用处的会留着。"), fmt.Sprint(seen, archives, destroys, " ", from), nil
}

// retentionHold keeps everything of a client.
func (h *Handlers) retentionHold(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	rule, row, err := h.db.RetentionRule(ctx, h.today())
	if err != nil {
		return err
	}
	p := views.Retention{RuleFrame: h.newFrame(0), Archiving: rule.Archiving, Destroying: rule.Destroying, Kinds: h.retentionKinds(ctx, rule),
		Hold: views.RetentionHoldForm{Code: field(r, "code"), Reason: field(r, "reason"), Errors: map[string]string{}}}
	checkText(ctx, p.Hold.Errors, "code", p.Hold.Code, 40)
	checkText(ctx, p.Hold.Errors, "reason", p.Hold.Reason, 200)
	if !p.Hold.Errors.Any() {
		err := h.db.HoldClient(ctx, actorOf(r), strings.ToUpper(p.Hold.Code), p.Hold.Reason)
		switch {
		case errors.Is(err, db.ErrNotFound):
			p.Hold.Errors.Add("code", lang.T(ctx, "没有这个编码的客户"))
		case errors.Is(err, db.ErrTaken):
			p.Hold.Errors.Add("code", lang.T(ctx, "这位客户已经留着了"))
		case err != nil:
			return err
		}
	}
	if p.Hold.Errors.Any() {
		return h.showRetention(w, r, http.StatusUnprocessableEntity, p, rule, row)
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "留下了，到期也不归档、不销毁")})
	h.redirect(w, r, "/retention#holds")
	return nil
}

// retentionRelease ends a hold.
func (h *Handlers) retentionRelease(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	reason := field(r, "reason")
	if reason == "" || len([]rune(reason)) > 200 {
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "写明为什么不用留了，200 个字以内")})
		h.redirect(w, r, "/retention#holds")
		return nil
	}
	err = h.db.ReleaseHold(ctx, actorOf(r), id, reason)
	switch {
	case errors.Is(err, db.ErrConflict):
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "刚才有人放开了")})
	case err != nil:
		return err
	default:
		h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "放开了，到期就按规则办")})
	}
	h.redirect(w, r, "/retention#holds")
	return nil
}

// retentionExport sends the records of what was archived and destroyed.
func (h *Handlers) retentionExport(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	list, err := h.db.KeptRecords(ctx, "", mostExported)
	if err != nil {
		return err
	}
	if ok, err := h.mayLeave(w, r, int64(len(list)), "/retention", ""); !ok {
		return err
	}
	return h.sendFile(w, r, fileOf{act: "retention.export", name: "retention", sheet: lang.T(ctx, "归档和销毁的记录"), back: "/retention",
		heads: []string{lang.T(ctx, "哪天"), lang.T(ctx, "办了什么"), lang.T(ctx, "数据"), lang.T(ctx, "多少条"), lang.T(ctx, "最早的日子"), lang.T(ctx, "最晚的日子"), lang.T(ctx, "留着没动"), lang.T(ctx, "按第几版"), lang.T(ctx, "校验码")},
		rows: func(write func(...sheet.Cell) error) ([]int64, error) {
			for _, x := range list {
				stage := keptRecord(ctx, x).Stage
				var cells []sheet.Cell
				for _, text := range []string{x.OnDay, stage, views.KeptKindWord(ctx, x.Kind), strconv.FormatInt(x.Rows, 10), x.FromDay, x.ToDay, strconv.FormatInt(x.Held, 10), strconv.FormatInt(x.RuleVersion, 10), x.Digest} {
					cells = append(cells, sheet.TextOf(text))
				}
				if err := write(cells...); err != nil {
					return nil, err
				}
			}
			return nil, nil
		}})
}
