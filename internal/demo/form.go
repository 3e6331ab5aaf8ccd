package demo

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/feedback"
)

// formMonths is how many months the feedback forms go back.
const formMonths = 4

// What a form says beside what the visit does, and what marketing answers.
var (
	formOthers = []string{"还用中通，首重便宜五毛", "圆通给了返点，件量大的时候走他们", "顺丰走文件，我们走小件", "没有别家，图省事", ""}
	formAdvice = []string{"旺季希望早点来收", "破损赔得太慢", "对账单能不能按部门分", "想要电子面单模板", "没意见", ""}
	formHelp   = []string{"想要一份大客户的报价政策", "能不能做个双十一的联合海报", "需要样品袋", "", "", ""}
	formSaid   = []string{"收到。报价政策本周发到网点，请先按九五折谈。", "已转运营，旺季每天加一班收件。", "谢谢，这条写进了本月的市场简报。", "返点的事我们在谈，有结果先告诉你。", "样品袋下周随班车到，请签收。"}
	formAsks   = []string{"客户等着要，大概几号能定？", "这个折扣能写进合同吗？"}
)

// correspondence is what goes between head office and branches: feedback forms of the
// last months with their answers, notices, and what branches are asked.
type correspondence struct {
	*world
	d      *db.DB
	chief  policy.Actor
	actors map[int64]policy.Actor
	acts   []db.PastAct
	now    int64
}

// marketing makes them; nothing without a head office.
func (w *world) marketing(ctx context.Context, d *db.DB, system policy.Actor) error {
	if w.chief == 0 || w.cfg.Visits == 0 {
		return nil
	}
	c := &correspondence{world: w, d: d, actors: map[int64]policy.Actor{}, now: min(d.Now().UnixMilli(), w.cfg.Today.Start(db.Zone).UnixMilli())}
	chief, err := d.Actors().Actor(ctx, w.chief)
	if err != nil {
		return fmt.Errorf("marketing: %w", err)
	}
	c.chief = chief.Actor
	for i, o := range w.offices {
		if err := c.forms(ctx, i, o, system); err != nil {
			return err
		}
	}
	c.notices()
	slices.SortStableFunc(c.acts, func(x, y db.PastAct) int { return cmp.Compare(x.At, y.At) })
	c.acts = slices.DeleteFunc(c.acts, func(a db.PastAct) bool { return a.At >= c.now })
	_, err = d.Relive(ctx, system, slices.Values(c.acts))
	return err
}

func (c *correspondence) at(on day.Day, minute int) int64 {
	return on.Start(db.Zone).Add(time.Duration(minute) * time.Minute).UnixMilli()
}

func (c *correspondence) do(at int64, act func(context.Context) error) {
	c.acts = append(c.acts, db.PastAct{At: at, Do: act})
}

// forms are those of one branch: of a month that is over mostly enough, of this
// one some.
func (c *correspondence) forms(ctx context.Context, i int, o *office, system policy.Actor) error {
	for back := range formMonths {
		first := c.cfg.Today.MonthStart().AddMonths(-back)
		dice := newDice(c.cfg.Seed, "forms "+first.String(), i)
		want := map[string]int{"A": dice.between(1, 3), "B": dice.between(2, 3), "C": dice.between(1, 2)}
		if back == 0 {
			want = map[string]int{"A": dice.between(0, 2), "B": dice.between(1, 2), "C": dice.between(0, 1)}
		}
		page, err := c.d.Visits(ctx, system.Scope(policy.VisitRead), db.VisitFilter{BranchID: o.id, State: db.VisitDone, From: first.String(), To: min(first.MonthEnd(), c.cfg.Today.Add(-1)).String(), Limit: 200})
		if err != nil {
			return err
		}
		for _, v := range page.Rows {
			if v.UserID == 0 || v.UserID != v.OwnerID || want[v.Class] == 0 || v.Learned == "" || dice.chance(0.8) {
				continue
			}
			want[v.Class]--
			if err := c.form(ctx, dice, v); err != nil {
				return err
			}
		}
	}
	return nil
}

// form is the form of one visit, with what came of it.
func (c *correspondence) form(ctx context.Context, dice dice, v db.VisitRow) error {
	rep, ok := c.actors[v.UserID]
	if !ok {
		who, err := c.d.Actors().Actor(ctx, v.UserID)
		if err != nil {
			return nil // they have left
		}
		rep = who.Actor
		c.actors[v.UserID] = rep
	}
	if !rep.Can(policy.FormFill) {
		return nil
	}
	on := day.MustParse(v.Day)
	typed := map[string][]string{feedback.KeyMet: {v.Contact + v.Met}, feedback.KeySaid: {v.Learned}, feedback.KeyNext: {v.NextStep}, "business": {pick(dice, []string{"在增加", "没变化", "没变化", "在减少"})},
		"needs": {pick(dice, []string{"更便宜", "更快", "少破损"}), pick(dice, []string{"仓储", "对账方便"})}, "pieces": {fmt.Sprint(dice.between(2, 120) * 10)}, "others": {pick(dice, formOthers)},
		"content": {pick(dice, []string{feedback.Yes, feedback.Yes, feedback.No})}, "advice": {pick(dice, formAdvice)}, "chance": {pick(dice, []string{feedback.Yes, feedback.No, feedback.No})}, "help": {pick(dice, formHelp)}}
	answers, _ := feedback.Read(feedback.Default(), typed, true)
	var id int64
	version := int64(1)
	sent, text, more := c.at(on, dice.between(18*60, 20*60)), pick(dice, formSaid), pick(dice, formAsks)
	c.do(sent, func(ctx context.Context) (err error) {
		id, err = c.d.StartForm(ctx, rep, db.Submission{}, db.FeedbackForm{CustomerID: v.CustomerID, VisitID: v.ID, Answers: answers}, true)
		return err
	})
	late := c.cfg.Today-on < 12 && dice.chance(0.45) // some of the last days wait, and a few too long
	taken := c.at(c.days.workday(on.Add(dice.between(1, 2))), dice.between(9*60, 11*60))
	if late && dice.chance(0.5) {
		return nil
	}
	c.do(taken, func(ctx context.Context) error { return c.d.TakeForm(ctx, c.chief, id, version) })
	if late {
		return nil
	}
	answered := c.at(c.days.workday(on.Add(dice.between(2, 4))), dice.between(14*60, 17*60))
	c.do(answered, func(ctx context.Context) error {
		return c.d.AnswerForm(ctx, c.chief, db.Submission{}, id, version+1, text)
	})
	if dice.chance(0.15) {
		c.do(answered+30*60_000, func(ctx context.Context) error {
			return c.d.AskForm(ctx, rep, db.Submission{}, id, version+2, more)
		})
	} else if c.cfg.Today-on > 6 || dice.chance(0.5) {
		c.do(answered+60*60_000, func(ctx context.Context) error { return c.d.KnowForm(ctx, rep, id) })
	}
	return nil
}

// notices are two notices and two inquiries of head office.
func (c *correspondence) notices() {
	today, all := c.cfg.Today, db.NoticeTarget{Branches: []int64{c.top}}
	sent := func(ago int, n db.Notice) (at int64, id *int64) {
		at, id = c.at(c.days.workday(today.Add(-ago)), 10*60), new(int64)
		c.do(at, func(ctx context.Context) (err error) {
			*id, err = c.d.SendNotice(ctx, c.chief, db.Submission{}, n)
			return err
		})
		return at, id
	}
	read := func(at int64, id *int64, share float64) {
		for i, o := range c.offices {
			for _, list := range [][]person{{{id: o.head}}, o.reps, o.key, o.clerks} {
				for j, p := range list {
					dice := newDice(c.cfg.Seed, fmt.Sprintf("read %d %d", at, i), int(p.id%1000)+j)
					if p.id == 0 || !dice.chance(share) {
						continue
					}
					c.do(at+int64(dice.between(20, 7*24*60))*60_000, func(ctx context.Context) error {
						who, err := c.d.Actors().Actor(ctx, p.id)
						if err != nil {
							return nil // they have left
						}
						return c.d.ReadNotice(ctx, who.Actor, *id)
					})
				}
			}
		}
	}
	at, id := sent(16, db.Notice{Kind: db.NoticePlain, Title: "双十二收件安排", Body: "12 月 10 日到 14 日每天加一班收件，19:30 截单。请提前告诉 A 类客户，要加人加车的 12 月 1 日前报给市场部。", Must: true, Until: today.Add(24).String(), Target: all})
	read(at, id, 0.8)
	at, id = sent(5, db.Notice{Kind: db.NoticePlain, Title: "新版价格表", Body: "同城和省内小件的新价格从下月 1 日起用，价格表随班车送到各网点。旧合同按合同走。", Target: all})
	read(at, id, 0.5)
	at, id = sent(12, db.Notice{Kind: db.NoticeInquiry, Title: "哪些客户用冷链", Body: "请报用冷链或者问过冷链的客户，每家每月大约多少件，现在走哪家。", Due: today.Add(-3).String(), Target: all})
	c.answers(at, id, []string{"两家生鲜店问过，每月三百件左右，现在走顺丰。", "有一家烘焙坊夏天要，冬天不用。", "暂时没有。", "水果批发的两家想试，怕贵。"}, 0.7)
	at, id = sent(2, db.Notice{Kind: db.NoticeInquiry, Title: "年底要开年会的大客户", Body: "请报年底可能有礼品批量寄送的 A 类、B 类客户，大约多少件、什么时候。", Due: today.Add(5).String(), Target: all})
	c.answers(at, id, []string{"有三家，都在 1 月上旬，合起来两千件。", "一家外贸公司，五百件左右。"}, 0.25)
}

// answers are those of some branches.
func (c *correspondence) answers(at int64, id *int64, words []string, share float64) {
	for i, o := range c.offices {
		dice := newDice(c.cfg.Seed, fmt.Sprintf("asked %d", at), i)
		if o.head == 0 || !dice.chance(share) {
			continue
		}
		text := pick(dice, words)
		c.do(at+int64(dice.between(3*60, 5*24*60))*60_000, func(ctx context.Context) error {
			who, err := c.d.Actors().Actor(ctx, o.head)
			if err != nil {
				return nil // they have left
			}
			return c.d.AnswerInquiry(ctx, who.Actor, *id, o.id, 0, text, nil)
		})
	}
}
