package handlers

import (
	"archive/zip"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"yike/db"
	"yike/internal/sheet"
	"yike/policy/consent"
	"yike/policy/phone"
	"yike/policy/place"
	"yike/views"
	"yike/views/lang"
)

// requestCopy hands out everything that is kept about the person.
func (h *Handlers) requestCopy(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	copied, err := h.db.CopyPerson(ctx, a, id)
	if err != nil {
		return err
	}
	ref := db.NewReference()
	l := sheet.Layout{Sheet: lang.T(ctx, "个人信息副本"), Columns: []sheet.Column{{Title: lang.T(ctx, "类别"), Width: 16}, {Title: lang.T(ctx, "项目"), Width: 18}, {Title: lang.T(ctx, "内容"), Width: 48}, {Title: lang.T(ctx, "日期"), Width: 14}}}
	if l.Mark, err = h.db.FileMark(ctx, a, ref); err != nil {
		return err
	}
	var buf bytes.Buffer
	out, err := sheet.NewWriter(&buf, sheet.XLSX, l)
	if err != nil {
		return err
	}
	rows, err := h.copyRows(ctx, copied)
	if err != nil {
		return err
	}
	for _, row := range rows {
		cells := make([]sheet.Cell, len(row))
		for i, text := range row {
			cells[i] = sheet.TextOf(text)
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	if err := out.Close(); err != nil {
		return err
	}
	name := "personal-copy-" + h.today() + "-" + ref
	if len(copied.Photos) == 0 {
		w.Header().Set("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
		w.Header().Set("Content-Disposition", `attachment; filename="`+name+`.xlsx"`)
		_, _ = w.Write(buf.Bytes()) // the reader may have left
		return nil
	}
	packed, err := h.packCopy(ctx, name, buf.Bytes(), copied.Photos)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/zip")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`.zip"`)
	_, _ = w.Write(packed) // the reader may have left
	return nil
}

// mostPacked is how many bytes of photos go into one copy; what is beyond is
// said in the copy and shown on the visits' pages.
const mostPacked = 256 << 20

// packCopy puts the workbook and the photos of a copy into one archive.
func (h *Handlers) packCopy(ctx context.Context, name string, book []byte, photos []db.CopiedPhoto) ([]byte, error) {
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	f, err := z.Create(name + ".xlsx")
	if err == nil {
		_, err = f.Write(book)
	}
	if err != nil {
		return nil, err
	}
	missing := 0
	for i, p := range photos {
		if buf.Len() > mostPacked {
			missing = len(photos) - i
			break
		}
		if err := h.packPhoto(ctx, z, fmt.Sprintf("photos/%s-%d.jpg", p.Day, i+1), p.Hash); err != nil {
			if !errors.Is(err, db.ErrNotFound) {
				return nil, err
			}
			missing++
		}
	}
	if missing > 0 {
		f, err := z.Create("photos/README.txt")
		if err == nil {
			_, err = io.WriteString(f, lang.T(ctx, "还有 %d 张照片没有装进来，请在拜访页面上看。", missing))
		}
		if err != nil {
			return nil, err
		}
	}
	err = z.Close()
	return buf.Bytes(), err
}

func (h *Handlers) packPhoto(ctx context.Context, z *zip.Writer, name, hash string) error {
	src, err := h.db.OpenFile(ctx, hash)
	if err != nil {
		return err
	}
	dst, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
	if err != nil {
		return err
	}
	_, err = io.Copy(dst, src)
	return err
}

// copyFile puts what a file says of itself into words.
func copyFile(ctx context.Context, c db.Customer, of string, add func(group, item, text, on string)) {
	known, _ := place.Path(c.PlaceCode)
	for _, f := range [][2]string{{"name", c.Name}, {"short_name", c.ShortName}, {"code", c.Code}, {"kind", views.KindWord(ctx, c.Kind)}, {"source", views.SourceWord(ctx, c.Source)},
		{"industry", c.Industry}, {"business_type", c.BusinessType}, {"credit_code", c.CreditCode}, {"account_no", c.AccountNo}, {"phones", numbersShown(c.Phones)}, {"wechat", c.WeChat},
		{"email", c.Email}, {"address", known.Name() + c.Address}, {"stage", views.StageWord(ctx, c.Stage)}, {"class", c.Class}, {"class_reason", c.ClassReason},
		{"contract_no", c.ContractNo}, {"filed_on", c.FiledOn}, {"founded_on", c.FoundedOn}, {"remark", c.Remark}} {
		add(of, views.FieldWord(ctx, f[0]), f[1], "")
	}
}

// copyRows puts the copy into words: group, item, content, day.
func (h *Handlers) copyRows(ctx context.Context, p db.PersonCopy) ([][4]string, error) {
	var out [][4]string
	add := func(group, item, text, on string) {
		if text != "" {
			out = append(out, [4]string{group, item, text, on})
		}
	}
	c := p.Customer
	of := lang.T(ctx, "客户")
	copyFile(ctx, c.Customer, of, add)
	for _, went := range p.Merged {
		copyFile(ctx, went, lang.T(ctx, "并进来的档案 %s", went.Code), add)
	}
	for _, t := range c.TagList {
		add(of, lang.T(ctx, "标签"), t.Name, "")
	}
	for _, k := range p.Contacts {
		of := lang.T(ctx, "联系人 %s", k.Name)
		for _, f := range [][2]string{{"name", k.Name}, {"position", k.Position}, {"phones", numbersShown(k.Phones)}, {"wechat", k.WeChat}, {"email", k.Email},
			{"birthday", views.BirthdayWords(ctx, birthdayIn(k))}, {"ways", views.WaysWord(ctx, strings.Fields(k.Ways))}, {"remark", k.Remark}} {
			label := views.FieldWord(ctx, f[0])
			if f[0] == "name" {
				label = lang.T(ctx, "姓名")
			}
			add(of, label, f[1], "")
		}
	}
	for _, n := range p.Consents {
		add(lang.T(ctx, "同意"), views.PurposeName(ctx, consent.Purpose{Code: n.Purpose}), strings.Join([]string{views.SaidWord(ctx, n.State), views.SourceOfWord(ctx, n.Source), n.Note}, " "), n.Day)
	}
	for _, v := range p.Visits {
		add(lang.T(ctx, "拜访"), v.UserName, strings.TrimSpace(strings.Join([]string{v.Purpose, v.Learned, v.Met, v.NextStep}, " ")), v.Day)
	}
	for _, w := range p.Waybills {
		to, _ := place.Path(cmp.Or(w.City, w.Province))
		add(lang.T(ctx, "寄件"), w.Number, strings.TrimSpace(strings.Join([]string{lang.T(ctx, "寄往 %s", to.Name()), w.Contents, lang.T(ctx, "%s 元", yuanShown(w.Freight))}, " ")), w.Day)
	}
	for _, e := range p.Entries {
		add(views.EntryKindWord(ctx, e.Kind), e.Number, strings.TrimSpace(lang.T(ctx, "%s 元", yuanShown(e.Charged+e.Paid))+" "+e.Remark), e.Day)
	}
	for _, x := range p.Ratings {
		text := []string{views.RatingWayWord(ctx, x.Way), views.ScoreWord(ctx, x.Score), x.Comment, x.NextStep}
		if x.Solved != "" {
			text = append(text, views.SolvedWord(ctx, x.Solved))
		}
		add(lang.T(ctx, "满意度评价"), views.RatingKindWord(ctx, x.Kind), strings.Join(slices.DeleteFunc(text, func(s string) bool { return s == "" }), lang.T(ctx, "；")), x.Day)
	}
	for _, x := range p.Forms {
		for _, answer := range x.Answers {
			add(lang.T(ctx, "客户信息反馈表"), views.FormWord(ctx, answer.Label), views.AnswerText(ctx, answer), x.Day)
		}
		for _, n := range x.Notes {
			add(lang.T(ctx, "客户信息反馈表"), lang.T(ctx, "答复"), n.Text, db.Day(time.UnixMilli(n.At)))
		}
	}
	names, _, err := h.ownNames(ctx)
	if err != nil {
		return nil, err
	}
	for _, g := range p.Greetings {
		how := views.GreetingStateWord(ctx, g.State)
		if g.State == db.GreetingDone {
			how = views.MeansWord(ctx, g.DoneBy)
		}
		text := []string{how, g.Gift, g.Offer, g.Result}
		if g.ClosedWhy != "" {
			text = append(text, views.GreetingReasonWord(ctx, g.ClosedWhy))
		}
		if g.Photo != "" {
			text = append(text, lang.T(ctx, "有一张凭证照片"))
		}
		add(lang.T(ctx, "节日慰问"), views.OccasionWord(ctx, g.Occasion, names), strings.Join(slices.DeleteFunc(text, func(s string) bool { return s == "" }), lang.T(ctx, "；")), g.Day)
	}
	copyCases(ctx, p, add)
	for _, x := range p.Archived {
		for _, text := range x.Texts {
			add(lang.T(ctx, "归档"), views.KeptKindWord(ctx, string(x.Kind))+" "+views.ArchivedWord(ctx, text.Part, text.Column), text.Text, x.Day)
		}
	}
	for _, l := range p.Letters {
		add(lang.T(ctx, "消息"), views.LetterStateWord(ctx, l.State), strings.TrimSpace(l.Subject+" "+l.Body), db.Day(time.UnixMilli(l.CreatedAt)))
	}
	for _, x := range p.Alerts {
		answer := ""
		if x.Response != "" {
			answer = views.RadarReasonWord(ctx, x.Reason) + lang.T(ctx, "，") + views.RadarResponseWord(ctx, x.Response)
		}
		add(lang.T(ctx, "件量雷达"), views.RadarKindWord(ctx, x.Kind), strings.TrimSpace(strings.Join([]string{views.RadarSentence(ctx, x.Detail), answer, x.Note, x.Result, views.RadarEnd(ctx, x.Ended)}, " ")), x.Day)
	}
	if p.Why != nil {
		for _, l := range labelLines(ctx, h.db.BranchName, c.Customer, *p.Why) {
			add(lang.T(ctx, "分级和标签"), l[0], l[1], "")
		}
		for _, e := range p.Why.Events {
			add(lang.T(ctx, "标签变动"), views.LabelKindWord(ctx, e.Kind), views.LabelWord(ctx, e.Kind, e.Old)+" → "+views.LabelWord(ctx, e.Kind, e.New), e.Day)
		}
	}
	for _, x := range p.Changes {
		text := []string{views.LabelWord(ctx, x.Kind, x.Old) + " → " + views.LabelWord(ctx, x.Kind, x.New), views.ChangeStateWord(ctx, x.State)}
		for _, w := range []string{x.Said, x.Reason} {
			if w != "" {
				text = append(text, w)
			}
		}
		add(lang.T(ctx, "标签变动"), views.LabelKindWord(ctx, x.Kind), strings.Join(text, lang.T(ctx, "；")), db.Day(time.UnixMilli(x.MadeAt)))
	}
	for _, o := range p.Optional {
		of := lang.T(ctx, "客户")
		if i := slices.IndexFunc(p.Contacts, func(k db.Contact) bool { return k.ID == o.ContactID }); i >= 0 {
			of = lang.T(ctx, "联系人 %s", p.Contacts[i].Name)
		}
		text := o.Value
		if o.Lost {
			text = lang.T(ctx, "有，但没有密钥文件，打不开")
		}
		add(of, views.OptionalWord(ctx, o.Field), text, "")
	}
	add(lang.T(ctx, "使用"), lang.T(ctx, "被查看"), lang.T(ctx, "%d 人查看过 %d 次", int(p.Lookers), int(p.Looks)), "")
	return out, nil
}

func numbersShown(list []string) string {
	out := make([]string, len(list))
	for i, n := range list {
		out[i] = phone.Display(n)
	}
	return strings.Join(out, " ")
}
