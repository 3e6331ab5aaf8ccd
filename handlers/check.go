package handlers

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"unicode/utf8"

	"yike/policy/pinyin"
	"yike/policy/signin"
	"yike/views/lang"
	"yike/views/ui"
)

var (
	branchCode      = regexp.MustCompile(`^[A-Z0-9]{2,8}$`)
	usernamePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{1,31}$`)
)

// checkText asks for a text of at most n characters.
func checkText(ctx context.Context, errs ui.Errors, name, value string, n int) {
	if value == "" {
		errs.Add(name, lang.T(ctx, "请填写"))
	}
	checkLength(ctx, errs, name, value, n)
}

// checkLength is checkText for a text that may be left out.
func checkLength(ctx context.Context, errs ui.Errors, name, value string, n int) {
	if utf8.RuneCountInString(value) > n {
		errs.Add(name, lang.T(ctx, "最多 %d 个字", n))
	}
}

// PasswordFaults says in words, in the language of ctx, what is wrong with a
// new password for the owner; none for a good one. The command line asks it too.
func PasswordFaults(ctx context.Context, password string, owner signin.Owner) []string {
	var names []string
	for _, n := range owner.Names {
		names = append(names, namesOf(n)...)
	}
	owner.Names, owner.Firms = names, firmsOf(owner.Firms...)
	var out []string
	for _, f := range signin.Faults(password, owner) {
		out = append(out, passwordWord(ctx, f))
	}
	return out
}

// checkNewPassword asks for a good password, typed twice alike.
func (h *Handlers) checkNewPassword(ctx context.Context, errs ui.Errors, password, again string, owner signin.Owner) {
	for _, f := range signin.Faults(password, owner) {
		errs.Add("password", passwordWord(ctx, f))
	}
	if password != again {
		errs.Add("password2", lang.T(ctx, "两次输入的不一样"))
	}
}

func passwordWord(ctx context.Context, f signin.Fault) string {
	switch f.Code {
	case signin.TooShort:
		return lang.T(ctx, "密码至少 %d 位", f.Arg)
	case signin.TooLong:
		return lang.T(ctx, "密码最多 %d 位", f.Arg)
	case signin.Unreadable:
		return lang.T(ctx, "密码里有打不出来的字符")
	case signin.Common:
		return lang.T(ctx, "这个密码太常见，别人最先试的就是它。换成几个不相干的词连在一起")
	case signin.Repeated:
		return lang.T(ctx, "密码不能是同一段重复。换成几个不相干的词连在一起")
	case signin.Sequence:
		return lang.T(ctx, "密码不能是键盘或数字上连着的一串。换成几个不相干的词连在一起")
	case signin.LikeName:
		return lang.T(ctx, "密码不能和姓名或账号相近，认识你的人会先试。换成别的词")
	case signin.LikeFirm:
		return lang.T(ctx, "密码不能和公司或网点的名字相近，外人也会先试。换成别的词")
	case signin.LikePhone:
		return lang.T(ctx, "密码不能是电话号码，很多人知道它。换成几个不相干的词连在一起")
	}
	return lang.T(ctx, "请换一个密码")
}

// namesOf are the words of a person's name, also in pinyin.
func namesOf(person string) []string { return spelled(signin.PersonWords(person)...) }

// firmsOf are the words of companies and branches, also in pinyin.
func firmsOf(names ...string) []string {
	var out []string
	for _, n := range names {
		out = append(out, signin.FirmWords(n)...)
	}
	return spelled(out...)
}

// spelled adds to names how they are spelled in pinyin, whole and by initials.
func spelled(names ...string) []string {
	out := names
	for _, n := range names {
		for _, r := range pinyin.Readings(n) {
			out = append(out, r.Full, r.Initials)
		}
	}
	return out
}

// sameOriginPath returns the path and query of the page that sent a form.
func sameOriginPath(r *http.Request) (string, bool) {
	u, err := url.Parse(r.Referer())
	if err != nil || u.Host != r.Host {
		return "", false
	}
	return u.RequestURI(), true
}
