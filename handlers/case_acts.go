package handlers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"yike/db"
	"yike/policy"
	"yike/policy/casework"
	"yike/policy/mask"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// caseWords is how many characters a result, a reason or a note of a case may
// have.
const caseWords = 1000

// caseDoings are the acts of who works on a case, by the word in their address;
// those of leaders have addresses of their own.
var caseDoings = map[string]casework.Act{"take": casework.ActTake, "hand": casework.ActHand, "step": casework.ActMove, "note": casework.ActNote, "answer": casework.ActAnswer, "tell": casework.ActTell,
	"call": casework.ActCall, "close": casework.ActClose, "ask": casework.ActAsk, "reopen": casework.ActReopen, "escalate": casework.ActEscalate, "review": casework.ActReview}

// caseJoinings are those that bring two cases together or apart.
var caseJoinings = map[string]casework.Act{"merge": casework.ActMerge, "unmerge": casework.ActUnmerge, "link": casework.ActLink, "unlink": casework.ActUnlink}

func caseActURL(x db.CaseRow, act casework.Act) string {
	home := "/cases/" + idText(x.ID)
	for word, a := range caseDoings {
		if a == act {
			return home + "/do/" + word
		}
	}
	for word, a := range caseJoinings {
		if a == act {
			return home + "/join/" + word
		}
	}
	return home + "/accept"
}

// workChanged forgets what is counted beside the navigation: an act moves work
// from one person to another.
func (h *Handlers) workChanged() {
	h.todoCounts.Clear()
	h.caseCounts.Clear()
	h.caseLates.Clear()
}

// caseActForm asks what an act on a case needs.
func (h *Handlers) caseActForm(w http.ResponseWriter, r *http.Request) error {
	return h.showCaseAct(w, r, caseDoings[r.PathValue("act")])
}

// caseAcceptForm asks for the leader's word.
func (h *Handlers) caseAcceptForm(w http.ResponseWriter, r *http.Request) error {
	return h.showCaseAct(w, r, casework.ActAccept)
}

// caseJoinForm asks which cases belong together.
func (h *Handlers) caseJoinForm(w http.ResponseWriter, r *http.Request) error {
	return h.showCaseAct(w, r, caseJoinings[r.PathValue("act")])
}

func (h *Handlers) showCaseAct(w http.ResponseWriter, r *http.Request, act casework.Act) error {
	x, err := h.mayWork(r)
	if err != nil {
		return err
	}
	p, err := h.caseActPage(r, x, act)
	if err != nil {
		return err
	}
	if act == casework.ActMove {
		if p.Step = query(r, "to"); p.Step == "" {
			p.Step = x.Standing().Next()
		}
	}
	return h.showActPage(w, r, http.StatusOK, p)
}

func (h *Handlers) showActPage(w http.ResponseWriter, r *http.Request, status int, p views.CaseActPage) error {
	in := page{title: p.Title, body: views.CaseAct(p), active: "/cases"}
	if p.Answers {
		in.scripts = []string{"account.js"}
	}
	return h.render(w, r, status, in)
}

// caseActPage is what an act asks for; ErrNotFound for a word that is none.
func (h *Handlers) caseActPage(r *http.Request, x db.CaseRow, act casework.Act) (views.CaseActPage, error) {
	ctx := r.Context()
	level := h.workMask(actorOf(r), x)
	whole := func(s string) string { // a text of which only a part is shown is not written over
		if mask.Text(s, level) != s {
			return ""
		}
		return s
	}
	p := views.CaseActPage{Title: views.CaseActWord(ctx, act), Button: views.CaseActWord(ctx, act), Code: x.Code, Home: "/cases/" + idText(x.ID), Action: caseActURL(x, act), Version: versionText(x.Version), Errors: ui.Errors{}}
	parts, err := h.db.CaseParts(ctx, actorOf(r), x.ID)
	if err != nil {
		return p, err
	}
	open := 0
	for _, c := range parts {
		if c.Step != casework.Closed {
			open++
		}
	}
	switch act {
	case casework.ActTake, casework.ActUnmerge, casework.ActUnlink:
	case casework.ActHand:
		p.UserLabel, p.TextLabel, p.TextOptional = lang.T(ctx, "交给谁"), lang.T(ctx, "要他注意什么"), true
		err = h.caseTakers(ctx, x, &p, policy.CaseEdit)
	case casework.ActMove:
		p.TextLabel, p.TextOptional, p.Lead = lang.T(ctx, "说明"), true, lang.T(ctx, "往回走要写原因；告知客户以前的步，要重新告知客户。")
		for _, s := range casework.Steps {
			if s != x.Step && s != casework.Closed {
				p.Steps = append(p.Steps, ui.Option{Value: s, Label: views.CaseStepWord(ctx, s)})
			}
		}
	case casework.ActNote:
		p.TextLabel, p.Button = lang.T(ctx, "记什么"), lang.T(ctx, "记下")
	case casework.ActAnswer:
		p.Means, p.TextLabel, p.TextOptional, p.When, p.Button, p.Answers = views.TellMeansOptions(ctx), lang.T(ctx, "怎么说的"), true, true, lang.T(ctx, "记下"), true
		err = h.caseReplies(ctx, actorOf(r), x, cmp.Or(field(r, "reply"), query(r, "reply")), &p)
	case casework.ActTell:
		p.Means, p.TextLabel, p.Ask, p.When, p.Text = views.TellMeansOptions(ctx), lang.T(ctx, "查明了什么、怎么处理的"), true, true, whole(x.Result)
		p.CloseLabel, p.CloseToo, p.Button = lang.T(ctx, "客户满意、不用回访的，顺手结案"), true, lang.T(ctx, "已经告知")
		if open > 0 {
			p.PartsLabel, p.Parts = lang.T(ctx, "下面挂着的 %d 件也这样告知了", open), true
		}
	case casework.ActCall:
		p.TextLabel, p.TextOptional, p.Ask, p.CloseLabel, p.CloseToo, p.Button = lang.T(ctx, "客户怎么说"), true, true, lang.T(ctx, "满意的，顺手结案"), true, lang.T(ctx, "记下")
	case casework.ActClose:
		p.TextLabel, p.TextOptional = lang.T(ctx, "说明"), true
		if open > 0 {
			p.PartsLabel, p.Parts = lang.T(ctx, "下面挂着的 %d 件，能结的一起结案", open), true
		}
	default:
		err = h.caseActMore(r, x, act, &p)
		p.Text = whole(p.Text)
	}
	return p, err
}

// caseActMore is caseActPage for the rarer acts.
func (h *Handlers) caseActMore(r *http.Request, x db.CaseRow, act casework.Act, p *views.CaseActPage) error {
	ctx := r.Context()
	switch act {
	case casework.ActAsk:
		p.Reasons, p.ReasonLabel, p.TextLabel, p.Button = views.WaiveOptions(ctx), lang.T(ctx, "为什么结不了"), lang.T(ctx, "做过什么、客户怎么说"), lang.T(ctx, "请主管认可")
	case casework.ActAccept:
		p.Lead = lang.T(ctx, "%s：%s", views.WaiveWord(ctx, x.UnsatisfiedWhy), mask.Text(x.UnsatisfiedReason, h.workMask(actorOf(r), x)))
		p.TextLabel, p.TextOptional = lang.T(ctx, "说明"), true
	case casework.ActReopen:
		p.TextLabel, p.Lead = lang.T(ctx, "为什么重新打开"), lang.T(ctx, "从处理开始，办好要再告知客户。")
	case casework.ActEscalate:
		p.Reasons, p.ReasonLabel, p.TextLabel, p.TextOptional, p.Button = views.EscalateOptions(ctx), lang.T(ctx, "客户为什么要升级"), lang.T(ctx, "客户怎么说"), true, lang.T(ctx, "记下")
	case casework.ActReview:
		p.TextLabel, p.UserLabel, p.Text, p.User, p.MinDay = lang.T(ctx, "以后怎么不再发生"), lang.T(ctx, "谁负责"), x.Measures, idText(x.MeasuresBy), h.today()
		rule, _, err := h.db.CaseworkRule(ctx, x.BranchID, h.today())
		if err != nil {
			return err
		}
		if p.Due = x.MeasuresDue; p.Due == "" {
			p.Due = h.todayDay().Add(rule.Measures).String()
		}
		if x.ReviewWhy != "" {
			p.Lead = views.ReviewWord(ctx, x.ReviewWhy)
		}
		return h.caseTakers(ctx, x, p, policy.TodoEdit)
	case casework.ActMerge, casework.ActLink:
		list, err := h.db.CaseNeighbours(ctx, actorOf(r), x)
		if err != nil {
			return err
		}
		p.Many = act == casework.ActLink
		for _, c := range list {
			if !p.Many && x.CustomerID != 0 && c.CustomerID != x.CustomerID {
				continue
			}
			p.Cases = append(p.Cases, ui.Option{Value: idText(c.ID), Label: c.Code + " " + h.caseWhat(ctx, c), Hint: views.TimeWord(ctx, time.UnixMilli(c.OpenedAt), h.db.Now()).Text})
		}
		p.CodeLabel = lang.T(ctx, "或填工单号")
		if p.Lead = lang.T(ctx, "这一件结束，运单、照片和来电人归到选中的那件；30 天内能取出来。"); p.Many {
			p.Lead, p.CodeLabel = lang.T(ctx, "选中的挂到 %s 下面：以后告知、结案可以一起办。", x.Code), lang.T(ctx, "或填工单号，几个用空格分开")
		}
	default:
		return fmt.Errorf("act %q: %w", act, db.ErrNotFound)
	}
	return nil
}

// caseTakers fills in who may be given a case, or the measures of one.
func (h *Handlers) caseTakers(ctx context.Context, x db.CaseRow, p *views.CaseActPage, right policy.Permission) error {
	takers, err := h.db.TodoTakers(ctx, x.BranchID)
	if err != nil {
		return err
	}
	hands := map[int64]db.Hand{}
	if right == policy.CaseEdit {
		list, err := h.db.CaseHands(ctx, accessOf(ctx), x.BranchID)
		if err != nil {
			return err
		}
		for _, hand := range list {
			hands[hand.ID] = hand
		}
	}
	for _, u := range takers {
		if accessOf(ctx).Actor(u.ID, u.Name, u.BranchID, u.Grants).Can(right) {
			label := u.Name
			if hand, ok := hands[u.ID]; ok {
				label = handLabel(ctx, hand)
			}
			p.Users = append(p.Users, ui.Option{Value: idText(u.ID), Label: label, Group: h.db.BranchName(u.BranchID)})
		}
	}
	slices.SortStableFunc(p.Users, func(a, b ui.Option) int { return strings.Compare(a.Group, b.Group) })
	return nil
}

// caseDo does an act of who works on a case.
func (h *Handlers) caseDo(w http.ResponseWriter, r *http.Request) error {
	return h.doCaseAct(w, r, caseDoings[r.PathValue("act")])
}

// caseAccept is the leader's word that a case may close.
func (h *Handlers) caseAccept(w http.ResponseWriter, r *http.Request) error {
	return h.doCaseAct(w, r, casework.ActAccept)
}

// caseJoin brings cases together, or apart.
func (h *Handlers) caseJoin(w http.ResponseWriter, r *http.Request) error {
	return h.doCaseAct(w, r, caseJoinings[r.PathValue("act")])
}

// doCaseAct reads what a form says, does the act and answers; what is wrong
// stands beside its field, and what is missing on top.
func (h *Handlers) doCaseAct(w http.ResponseWriter, r *http.Request, act casework.Act) error {
	if err := readForm(r); err != nil {
		return err
	}
	x, err := h.mayWork(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	p, err := h.caseActPage(r, x, act)
	if err != nil {
		return err
	}
	h.readCaseAct(r, &p)
	said := ""
	if !p.Errors.Any() {
		said, err = h.runCaseAct(r, x, act, &p)
	}
	var stopped *db.CaseStop
	switch {
	case errors.As(err, &stopped):
		p.Errors.Add("", views.CaseStops(ctx, stopped.Why))
	case errors.Is(err, db.ErrConflict) && p.Text != "":
		if x, err = h.mayWork(r); err != nil {
			return err
		}
		if p, err = h.caseActPage(r, x, act); err != nil {
			return err
		}
		h.readCaseAct(r, &p)
		p.Errors.Add("", lang.T(ctx, "刚才有人先办了。下面是你填的，请对照工单现在的内容再提交一次。"))
	case errors.Is(err, db.ErrConflict):
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "刚才有人先办了，看看现在怎样")})
		h.redirect(w, r, p.Home)
		return nil
	case err != nil:
		return err
	}
	if p.Errors.Any() {
		return h.showActPage(w, r, http.StatusUnprocessableEntity, p)
	}
	h.workChanged()
	h.flash(r, views.Flash{Kind: "ok", Text: said})
	to := cmp.Or(fromBoard(r), p.Home)
	if _, err := h.db.Case(ctx, actorOf(r), x.ID); errors.Is(err, db.ErrNotFound) {
		to = "/cases" // it was theirs, and is somebody else's now
	} else if err != nil {
		return err
	}
	h.redirect(w, r, to)
	return nil
}

// readCaseAct reads the form of an act and says what is wrong with it.
func (h *Handlers) readCaseAct(r *http.Request, p *views.CaseActPage) {
	ctx := r.Context()
	p.Step, p.User, p.How, p.Satisfied, p.Reason, p.Text, p.At = field(r, "to"), field(r, "user"), field(r, "how"), field(r, "satisfied"), field(r, "why"), field(r, "text"), field(r, "at")
	p.Parts, p.CloseToo, p.Picked, p.Typed = field(r, "parts") != "", field(r, "close") != "", fields(r, "case"), field(r, "code")
	if p.Due != "" {
		p.Due = field(r, "due")
		if !dayOK(p.Due) || p.Due < h.today() {
			p.Errors.Add("due", lang.T(ctx, "从今天或以后的日子起"))
			p.Due = h.today()
		}
	}
	need := func(name, value string, asked bool) {
		if asked && value == "" {
			p.Errors.Add(name, lang.T(ctx, "请选一个"))
		}
	}
	need("to", p.Step, len(p.Steps) > 0)
	need("user", p.User, p.UserLabel != "")
	need("how", p.How, len(p.Means) > 0)
	need("why", p.Reason, len(p.Reasons) > 0)
	need("satisfied", p.Satisfied, p.Ask && len(p.Means) == 0)
	if p.Answers {
		checkReplied(ctx, p)
	}
	switch n := utf8.RuneCountInString(p.Text); {
	case p.TextLabel != "" && !p.TextOptional && n == 0:
		p.Errors.Add("text", lang.T(ctx, "请填写"))
	case n > caseWords:
		p.Errors.Add("text", lang.T(ctx, "最多 %d 个字", caseWords))
	}
}

// caseActTime reads the instant of an act; 0 is now. One that is no instant, or
// lies before the case or ahead, is a fault beside its field.
func (h *Handlers) caseActTime(ctx context.Context, x db.CaseRow, p *views.CaseActPage) int64 {
	if p.At == "" {
		return 0
	}
	at, err := time.ParseInLocation("2006-01-02T15:04", p.At, db.Zone)
	if err != nil || at.UnixMilli() > h.db.Now().UnixMilli() || at.Add(time.Minute).UnixMilli() <= x.OpenedAt {
		p.Errors.Add("at", lang.T(ctx, "填登记以后、现在以前的时间"))
		return 0
	}
	return max(at.UnixMilli(), x.OpenedAt)
}

// runCaseAct does an act and says what was done.
func (h *Handlers) runCaseAct(r *http.Request, x db.CaseRow, act casework.Act, p *views.CaseActPage) (said string, err error) {
	ctx, a := r.Context(), actorOf(r)
	version, _ := formInt(r, "version")
	ref := db.CaseRef{ID: x.ID, Version: version}
	said = lang.T(ctx, "记下了")
	switch act {
	case casework.ActTake:
		return lang.T(ctx, "这件归你办了"), h.db.TakeCase(ctx, a, ref)
	case casework.ActHand:
		return lang.T(ctx, "交过去了"), h.cannotTake(ctx, p, "user", h.db.HandCase(ctx, a, ref, db.ParseID(p.User), p.Text))
	case casework.ActMove:
		return lang.T(ctx, "到了“%s”这一步", views.CaseStepWord(ctx, p.Step)), h.db.MoveCase(ctx, a, ref, p.Step, p.Text)
	case casework.ActNote:
		return said, h.db.NoteCase(ctx, a, x.ID, p.Text)
	case casework.ActAnswer:
		if at := h.caseActTime(ctx, x, p); !p.Errors.Any() {
			err = h.db.AnswerCase(ctx, a, ref, db.CaseAnswer{How: p.How, Note: p.Text, Reply: p.Reply, At: at})
		}
		return said, err
	case casework.ActTell:
		at := h.caseActTime(ctx, x, p)
		if p.Errors.Any() {
			return "", nil
		}
		n, err := h.db.TellCase(ctx, a, ref, db.CaseTold{How: p.How, Result: p.Text, Satisfied: p.Satisfied, At: at, Close: p.CloseToo, Children: p.Parts})
		return h.afterCaseAct(ctx, a, x.ID, n, p.CloseToo && p.Satisfied == casework.Satisfied, err)
	case casework.ActCall:
		err := h.db.CallCase(ctx, a, ref, p.Satisfied, p.Text, p.CloseToo)
		return h.afterCaseAct(ctx, a, x.ID, 0, p.CloseToo && p.Satisfied == casework.Satisfied, err)
	case casework.ActClose:
		n, err := h.db.CloseCase(ctx, a, ref, p.Text, p.Parts)
		return h.afterCaseAct(ctx, a, x.ID, n, true, err)
	case casework.ActAsk:
		return lang.T(ctx, "已请主管认可"), h.db.AskAcceptance(ctx, a, ref, p.Reason, p.Text)
	case casework.ActAccept:
		err := h.db.AcceptCase(ctx, a, ref, p.Text)
		return h.afterCaseAct(ctx, a, x.ID, 0, true, err)
	case casework.ActReopen:
		return lang.T(ctx, "重新打开了"), h.db.ReopenCase(ctx, a, ref, p.Text)
	case casework.ActEscalate:
		return said, h.db.EscalateCase(ctx, a, ref, p.Reason, p.Text)
	case casework.ActReview:
		return said, h.cannotTake(ctx, p, "user", h.db.ReviewCase(ctx, a, ref, db.Measures{Text: p.Text, User: db.ParseID(p.User), Due: p.Due}))
	}
	return h.runCaseJoin(r, x, act, p, ref)
}

// runCaseJoin is runCaseAct for acts between cases.
func (h *Handlers) runCaseJoin(r *http.Request, x db.CaseRow, act casework.Act, p *views.CaseActPage, ref db.CaseRef) (string, error) {
	ctx, a := r.Context(), actorOf(r)
	switch act {
	case casework.ActUnmerge:
		return lang.T(ctx, "取出来了，接着办"), h.db.UnmergeCase(ctx, a, ref)
	case casework.ActUnlink:
		return lang.T(ctx, "拿出来了"), h.db.UnlinkCase(ctx, a, ref)
	}
	var ids []int64
	for _, id := range p.Picked {
		ids = append(ids, db.ParseID(id))
	}
	for _, code := range strings.FieldsFunc(p.Typed, func(c rune) bool { return strings.ContainsRune(" 　,，、;；", c) }) {
		found, err := h.db.CaseByCode(ctx, a, code)
		if errors.Is(err, db.ErrNotFound) {
			p.Errors.Add("code", lang.T(ctx, "没有工单 %s", code))
			return "", nil
		}
		if err != nil {
			return "", err
		}
		ids = append(ids, found.ID)
	}
	if len(ids) == 0 || act == casework.ActMerge && len(ids) > 1 {
		p.Errors.Add("code", lang.T(ctx, "请选一件"))
		return "", nil
	}
	if act == casework.ActMerge {
		return lang.T(ctx, "并过去了"), h.db.MergeCase(ctx, a, ref, ids[0], "")
	}
	n, err := h.db.LinkCases(ctx, a, x.ID, ids)
	if err == nil && n == 0 {
		return "", &db.CaseStop{Why: []casework.Reason{casework.Chain}}
	}
	return lang.T(ctx, "挂上了 %d 件", n), err
}

// cannotTake puts that a person cannot take something beside the field.
func (h *Handlers) cannotTake(ctx context.Context, p *views.CaseActPage, name string, err error) error {
	if errors.Is(err, db.ErrRefused) {
		p.Errors.Add(name, lang.T(ctx, "这个人接不了，请重选"))
		return nil
	}
	return err
}

// afterCaseAct says how a case stands after an act that was to close it.
func (h *Handlers) afterCaseAct(ctx context.Context, a policy.Actor, id int64, parts int, closing bool, err error) (string, error) {
	if err != nil {
		return "", err
	}
	x, err := h.db.Case(ctx, a, id)
	if err != nil {
		return "", err
	}
	said := lang.T(ctx, "记下了")
	switch {
	case x.Step == casework.Closed:
		said = lang.T(ctx, "结案了")
	case closing:
		said = lang.T(ctx, "记下了，还不能结案：%s", views.CaseStops(ctx, x.Standing().Close()))
	}
	if parts > 0 {
		said += lang.T(ctx, "，连同下面 %d 件", parts)
	}
	return said, nil
}
