package handlers

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"hash/fnv"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"yike/db"
	"yike/policy"
	"yike/policy/casework"
	"yike/policy/cause"
	"yike/policy/message"
	"yike/policy/phone"
	"yike/policy/reply"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// maxSaid and maxCaller bound what a case keeps in words, in characters.
const (
	maxSaid   = 4000
	maxCaller = 60
)

// casePasteForm is the page on which an e-mail or a chat is pasted.
func (h *Handlers) casePasteForm(w http.ResponseWriter, r *http.Request) error {
	return h.showPaste(w, r, http.StatusOK, views.CasePaste{})
}

func (h *Handlers) showPaste(w http.ResponseWriter, r *http.Request, status int, p views.CasePaste) error {
	return h.render(w, r, status, page{title: lang.T(r.Context(), "贴邮件或聊天"), body: views.CasePastePage(p), active: "/cases"})
}

// casePaste makes of a pasted text the form of a case, filled in as far as the
// text says something. Nothing is kept before the form is sent.
func (h *Handlers) casePaste(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	p := views.CasePaste{Text: field(r, "text")}
	switch n := utf8.RuneCountInString(p.Text); {
	case n == 0:
		p.Error = lang.T(ctx, "先把客户写的贴进来")
	case n > reply.MaxPasted:
		p.Error = lang.T(ctx, "最多 %d 个字，这里有 %d 个；只贴客户写的那一段", reply.MaxPasted, n)
	}
	if p.Error != "" {
		return h.showPaste(w, r, http.StatusUnprocessableEntity, p)
	}
	e := reply.Extract(p.Text, "")
	f, err := h.caseOfText(ctx, a, e, &p)
	if err != nil {
		return err
	}
	if id := db.ParseID(f.Customer); id != 0 {
		switch c, err := h.caseClientOf(ctx, a, id); {
		case errors.Is(err, db.ErrNotFound): // in the bin, or another's: a parcel names it all the same
			f.Customer = ""
		case err != nil:
			return err
		default:
			f.Branch = idText(c.BranchID)
		}
	}
	if err := h.replyToText(ctx, a, e, &f, &p); err != nil {
		return err
	}
	f.Paste = &p
	return h.showCaseForm(w, r, http.StatusOK, f)
}

// caseOfText is the form of a case as a text fills it in; p says what was
// recognised, by which words.
func (h *Handlers) caseOfText(ctx context.Context, a policy.Actor, e reply.Extracted, p *views.CasePaste) (views.CaseForm, error) {
	said := cmp.Or(strings.TrimSpace(e.Subject+"\n"+e.Said), e.Quoted)
	f := views.CaseForm{Action: "/cases", Key: strings.ToLower(rand.Text()), Short: shortCase(a), Kind: cause.Kind(said), Channel: cmp.Or(e.Channel, casework.WeChat),
		Caller: firstRunes(e.Name, maxCaller), Said: firstRunes(said, maxSaid), Read: map[string]bool{}, Errors: ui.Errors{}}
	mark := fnv.New64a()
	_, _ = mark.Write([]byte(p.Text))
	p.Mark, p.Quoted = strconv.FormatUint(mark.Sum64(), 36), e.Quoted
	if p.Cut = f.Said != said; said == e.Quoted {
		p.Quoted = ""
	}
	found := func(name, label, value string, words ...string) {
		if value == "" {
			return
		}
		if len(words) > 0 {
			value = lang.T(ctx, "%s（看到：%s）", value, strings.Join(words, lang.T(ctx, "、")))
		}
		f.Read[name] = true
		p.Found = append(p.Found, views.Fact{Label: label, Value: value})
	}
	found("caller", lang.T(ctx, "来电人"), f.Caller)
	var numbers []string
	for _, n := range e.Phones {
		numbers = append(numbers, phone.Display(n))
	}
	if len(numbers) > 0 {
		f.Phone = numbers[0]
	}
	found("phone", lang.T(ctx, "回电号码"), strings.Join(numbers, " "))
	found("email", lang.T(ctx, "邮箱"), strings.Join(e.Emails, " "))
	f.Picked = e.Waybills[:min(len(e.Waybills), caseNumbers)]
	f.Numbers = strings.Join(f.Picked, "\n")
	found("numbers", lang.T(ctx, "运单号"), strings.Join(f.Picked, " "))
	if e.Channel != "" {
		found("channel", lang.T(ctx, "怎么来的"), views.CaseChannelWord(ctx, e.Channel))
	}
	if f.Short {
		f.Kind, f.Severity, f.Channel = casework.Complaint, casework.Minor, casework.OnSite
	} else {
		var why []string
		f.Severity, why = cause.Severity(said)
		found("kind", lang.T(ctx, "类型"), views.CaseKindWord(ctx, f.Kind))
		found("severity", lang.T(ctx, "轻重"), views.SeverityWord(ctx, f.Severity), why...)
	}
	if g := cause.Guess(said); g.Score > 0 {
		list, err := h.db.CaseCauses(ctx)
		if err != nil {
			return f, err
		}
		if i := slices.IndexFunc(list, func(c db.CaseCause) bool { return c.Code == g.Code && c.ParentID == 0 && c.RetiredAt == 0 }); i >= 0 {
			f.Cause = idText(list[i].ID)
			found("cause", lang.T(ctx, "原因"), views.CauseWord(ctx, list[i].Code, list[i].Name), g.Marks...)
		}
	}
	c, err := h.clientOfText(ctx, a, e)
	f.Customer = c.ID
	found("q", lang.T(ctx, "客户"), c.Name)
	return f, err
}

// clientOfText finds the client whose number or parcel a text names; none where
// several could be meant.
func (h *Handlers) clientOfText(ctx context.Context, a policy.Actor, e reply.Extracted) (views.CaseHit, error) {
	for _, asked := range [][]string{e.Phones[:min(len(e.Phones), caseParcels)], e.Waybills[:min(len(e.Waybills), caseParcels)]} {
		var one views.CaseHit
		for _, q := range asked {
			hits, err := h.caseHits(ctx, a, q, policy.CaseOpen)
			if err != nil {
				return one, err
			}
			for _, x := range hits {
				if x.Number != "" && x.Number != q {
					continue // a number that only begins so
				}
				if one.ID != "" && one.ID != x.ID {
					return views.CaseHit{}, nil
				}
				one = x
			}
		}
		if one.ID != "" {
			return one, nil
		}
	}
	return views.CaseHit{}, nil
}

// replyToText finds the answer that fits a text best, filled in as far as it
// can be before the case is registered.
func (h *Handlers) replyToText(ctx context.Context, a policy.Actor, e reply.Extracted, f *views.CaseForm, p *views.CasePaste) error {
	branch := db.ParseID(cmp.Or(f.Branch, h.usualBranch(a, policy.CaseOpen)))
	list, err := h.db.ReplyCandidates(ctx, branch)
	if err != nil {
		return err
	}
	fit := reply.Fit(list, askedOf(e, f.Channel))
	if len(fit) == 0 {
		return nil
	}
	facts, err := h.replyFacts(ctx, a, branch, f.Caller)
	if err != nil {
		return err
	}
	facts.Waybills = f.Picked
	w := reply.Write(fit[0].Template, facts)
	f.Reply = fit[0].Ref
	p.Reply = &views.CaseReply{Title: fit[0].Title, Words: strings.Join(fit[0].Words, lang.T(ctx, "、")), Subject: w.Subject, Body: w.Body}
	return nil
}

// replyFacts are what an answer of a branch may say whatever the case.
func (h *Handlers) replyFacts(ctx context.Context, a policy.Actor, branch int64, name string) (reply.Facts, error) {
	company, err := h.db.Company(ctx)
	if err != nil {
		return reply.Facts{}, err
	}
	rule, _, err := h.db.SendingRule(ctx, branch, h.today())
	return reply.Facts{Message: message.Facts{Name: name, Neutral: rule.Neutral, Company: company, Branch: h.db.BranchName(branch), Tel: rule.Tel, Person: a.Name, Today: h.todayDay()}}, err
}

func firstRunes(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n])
}
