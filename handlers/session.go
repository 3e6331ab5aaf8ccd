package handlers

import (
	"crypto/subtle"
	"errors"
	"math"
	"net/http"
	"net/netip"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/alexedwards/scs/v2"

	"yike/db"
	"yike/policy"
	"yike/policy/signin"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// newSessions configures scs: tokens are stored hashed, a session lasts seven
// days at most and twelve hours without a request (see identify).
func newSessions(d *db.DB, secure bool) *scs.SessionManager {
	m := scs.New()
	m.Lifetime = 7 * 24 * time.Hour
	m.HashTokenInStore = true
	m.Cookie.Name = "yike_session"
	m.Cookie.HttpOnly = true
	m.Cookie.SameSite = http.SameSiteLaxMode
	m.Cookie.Secure = secure
	m.Cookie.Path = "/"
	m.Store = d.Sessions(func(data []byte) int64 {
		_, values, err := m.Codec.Decode(data)
		if err != nil {
			return 0
		}
		user, _ := values["user"].(int64)
		return user
	})
	return m
}

func (h *Handlers) loginForm(w http.ResponseWriter, r *http.Request) error {
	if signedIn(r).User.ID != 0 {
		h.redirect(w, r, signin.NextURL(query(r, "next")))
		return nil
	}
	if empty, err := h.db.Empty(r.Context()); err != nil {
		return err
	} else if empty {
		http.Redirect(w, r, "/setup", http.StatusSeeOther)
		return nil
	}
	f := views.LoginForm{Next: query(r, "next")}
	if query(r, "out") == "1" {
		f.Notice = lang.T(r.Context(), "已退出登录")
	}
	return h.showLogin(w, r, http.StatusOK, f)
}

func (h *Handlers) showLogin(w http.ResponseWriter, r *http.Request, status int, f views.LoginForm) error {
	return h.render(w, r, status, page{title: lang.T(r.Context(), "登录"), body: views.Login(f), bare: true})
}

// login answers a wrong name and a wrong password with the same words after
// the same work.
func (h *Handlers) login(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	username, password := field(r, "username"), r.PostFormValue("password")
	f := views.LoginForm{Username: username, Next: field(r, "next")}
	if username == "" || password == "" {
		f.Error = lang.T(ctx, "请填写账号和密码")
		return h.showLogin(w, r, http.StatusUnprocessableEntity, f)
	}
	nameKey, addressKey := "name:"+signin.NameKey(username), "addr:"+signin.AddressKey(peer(r))
	wait, err := h.db.TrySignIn(ctx, nameKey, addressKey)
	if err != nil {
		return err
	}
	if wait > 0 {
		f.WaitSeconds = int(math.Ceil(wait.Seconds()))
		f.Error = lang.T(ctx, "密码错的次数太多，请稍等再试")
		return h.showLogin(w, r, http.StatusTooManyRequests, f)
	}
	account, err := h.db.Credentials(ctx, username)
	hash := account.PasswordHash
	if errors.Is(err, db.ErrNotFound) {
		hash = h.decoy
	} else if err != nil {
		return err
	}
	tooLong := utf8.RuneCountInString(password) > signin.MaxPassword
	if tooLong {
		password = ""
	}
	ok, err := h.matches(ctx, password, hash)
	if err != nil {
		return err
	}
	if !ok || tooLong || account.ID == 0 || account.Disabled {
		h.log.Info("sign-in refused", "request", requestID(ctx), "address", clientAddress(r))
		f.Error = lang.T(ctx, "账号或密码不对")
		return h.showLogin(w, r, http.StatusUnprocessableEntity, f)
	}
	by := policy.Actor{UserID: account.ID, Name: account.Name, Branch: account.BranchID, RequestID: requestID(ctx), Address: clientAddress(r)}
	if err := h.db.SignInSucceeded(ctx, by, nameKey, addressKey); err != nil {
		return err
	}
	if err := h.begin(r, account.ID); err != nil {
		return err
	}
	http.Redirect(w, r, signin.NextURL(f.Next), http.StatusSeeOther)
	return nil
}

// begin starts a session under a new token.
func (h *Handlers) begin(r *http.Request, user int64) error {
	ctx := r.Context()
	if err := h.sessions.RenewToken(ctx); err != nil {
		return err
	}
	h.sessions.Put(ctx, "user", user)
	h.sessions.Put(ctx, "seen", h.db.Now().UnixMilli())
	return nil
}

func peer(r *http.Request) netip.Addr {
	a, _ := netip.ParseAddr(clientAddress(r))
	return a
}

func (h *Handlers) logout(w http.ResponseWriter, r *http.Request) error {
	if s := signedIn(r); s.User.ID != 0 {
		if err := h.db.NoteAct(r.Context(), s.Actor, "session.end", s.User.BranchID, s.User.ID, 0, nil); err != nil {
			return err
		}
	}
	if err := h.sessions.Destroy(r.Context()); err != nil {
		return err
	}
	w.Header().Set("Clear-Site-Data", `"cache"`)
	http.Redirect(w, r, "/login?out=1", http.StatusSeeOther)
	return nil
}

func (h *Handlers) setupForm(w http.ResponseWriter, r *http.Request) error {
	if empty, err := h.db.Empty(r.Context()); err != nil {
		return err
	} else if !empty {
		http.Redirect(w, r, "/login", http.StatusSeeOther)
		return nil
	}
	return h.showSetup(w, r, http.StatusOK, views.SetupForm{Token: query(r, "token"), Errors: ui.Errors{}})
}

func (h *Handlers) showSetup(w http.ResponseWriter, r *http.Request, status int, f views.SetupForm) error {
	return h.render(w, r, status, page{title: lang.T(r.Context(), "首次设置"), body: views.Setup(f), bare: true})
}

// setup makes the company and its first administrator; only who holds the
// one-time token of the link may, and only while there is nobody.
func (h *Handlers) setup(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	if empty, err := h.db.Empty(ctx); err != nil {
		return err
	} else if !empty {
		return db.ErrNotFound
	}
	token, err := h.db.SetUpToken(ctx)
	if err != nil {
		return err
	}
	f := views.SetupForm{Token: field(r, "token"), Company: field(r, "company"), HeadOffice: field(r, "head_office"),
		Branch: field(r, "branch"), BranchCode: strings.ToUpper(field(r, "branch_code")), AreaCode: field(r, "area_code"), Name: field(r, "name"),
		Username: db.FoldUsername(field(r, "username")), Errors: ui.Errors{}}
	if subtle.ConstantTimeCompare([]byte(f.Token), []byte(token)) != 1 {
		f.Errors.Add("token", lang.T(ctx, "设置链接不对。请用程序启动时显示的那一条。"))
	}
	for name, value := range map[string]string{"company": f.Company, "head_office": f.HeadOffice, "branch": f.Branch, "name": f.Name} {
		checkText(ctx, f.Errors, name, value, 60)
	}
	if !branchCode.MatchString(f.BranchCode) {
		f.Errors.Add("branch_code", lang.T(ctx, "用 2 到 8 个字母或数字，例如 HZ01"))
	}
	if !areaCode.MatchString(f.AreaCode) {
		f.Errors.Add("area_code", lang.T(ctx, "区号是 0 开头的 3 到 4 位数字，例如 0571"))
	}
	if !usernamePattern.MatchString(f.Username) {
		f.Errors.Add("username", lang.T(ctx, "用 2 到 32 个小写字母、数字、点或横线"))
	}
	password := r.PostFormValue("password")
	h.checkNewPassword(ctx, f.Errors, password, r.PostFormValue("password2"),
		signin.Owner{Username: f.Username, Names: spelled(f.Name), Firms: spelled(f.Company, f.HeadOffice, f.Branch, f.BranchCode)})
	if f.Errors.Any() {
		return h.showSetup(w, r, http.StatusUnprocessableEntity, f)
	}
	hash, err := h.hash(ctx, password)
	if err != nil {
		return err
	}
	by := policy.Actor{Name: f.Name, RequestID: requestID(ctx), Address: clientAddress(r)}
	user, err := h.db.SetUpCompany(ctx, by, db.SetUp{Company: f.Company, HeadOffice: f.HeadOffice, Branch: f.Branch,
		BranchCode: f.BranchCode, AreaCode: f.AreaCode, Admin: db.UserInput{Username: f.Username, Name: f.Name, PasswordHash: hash}})
	if err != nil {
		return err
	}
	if err := h.begin(r, user); err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "设置好了。先导入客户台账，或添加同事。"), Href: "/imports/new", LinkText: lang.T(ctx, "导入客户台账")})
	http.Redirect(w, r, "/", http.StatusSeeOther)
	return nil
}

// home sends each person to the page where their day begins.
func (h *Handlers) home(w http.ResponseWriter, r *http.Request) error {
	to, a := "/account/password", actorOf(r)
	switch {
	case a.Can(policy.VisitLog) && (a.Holds(policy.SalesRep) || a.Holds(policy.AccountManager)):
		to = "/visits/due"
	case a.Can(policy.CustomerRead):
		to = "/customers"
	case a.Can(policy.UserRead):
		to = "/users"
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

func (h *Handlers) passwordForm(w http.ResponseWriter, r *http.Request) error {
	return h.showPassword(w, r, http.StatusOK, views.PasswordForm{First: signedIn(r).User.MustChange, Errors: ui.Errors{}})
}

func (h *Handlers) showPassword(w http.ResponseWriter, r *http.Request, status int, f views.PasswordForm) error {
	return h.render(w, r, status, page{title: lang.T(r.Context(), "改密码"), body: views.Password(f), bare: f.First, active: "/account/password"})
}

// passwordChange also ends every other session of the person.
func (h *Handlers) passwordChange(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, s := r.Context(), signedIn(r)
	f := views.PasswordForm{First: s.User.MustChange, Errors: ui.Errors{}}
	account, err := h.db.Account(ctx, s.Actor)
	if err != nil {
		return err
	}
	nameKey, addressKey := "name:"+signin.NameKey(account.Username), "addr:"+signin.AddressKey(peer(r))
	wait, err := h.db.TrySignIn(ctx, nameKey, addressKey)
	if err != nil {
		return err
	}
	if wait > 0 {
		f.Errors.Add("current", lang.T(ctx, "密码错的次数太多，请稍等再试"))
		return h.showPassword(w, r, http.StatusTooManyRequests, f)
	}
	current, password := r.PostFormValue("current"), r.PostFormValue("password")
	ok, err := h.matches(ctx, current, account.PasswordHash)
	if err != nil {
		return err
	}
	company, err := h.db.Company(ctx)
	if err != nil {
		return err
	}
	if !ok {
		f.Errors.Add("current", lang.T(ctx, "现在的密码不对"))
	}
	h.checkNewPassword(ctx, f.Errors, password, r.PostFormValue("password2"), signin.Owner{Username: account.Username,
		Names: spelled(account.Name), Phones: []string{account.Phone}, Firms: spelled(company, h.db.BranchName(account.BranchID))})
	if ok && current == password {
		f.Errors.Add("password", lang.T(ctx, "新密码不能和现在的一样"))
	}
	if f.Errors.Any() {
		return h.showPassword(w, r, http.StatusUnprocessableEntity, f)
	}
	hash, err := h.hash(ctx, password)
	if err != nil {
		return err
	}
	if err := h.db.SetPassword(ctx, s.Actor, hash); err != nil {
		return err
	}
	if err := h.db.SignInSucceeded(ctx, s.Actor, nameKey, addressKey); err != nil {
		return err
	}
	if err := h.begin(r, s.User.ID); err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "密码已改，其他设备上的登录都已退出")})
	http.Redirect(w, r, "/", http.StatusSeeOther)
	return nil
}

func (h *Handlers) languageChange(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	tag := "zh-CN"
	if field(r, "lang") == "en" {
		tag = "en"
	}
	if err := h.db.SetLang(r.Context(), actorOf(r), tag); err != nil {
		return err
	}
	http.SetCookie(w, &http.Cookie{Name: "yike-lang", Value: tag, Path: "/", MaxAge: 365 * 86400, HttpOnly: true, Secure: h.secure, SameSite: http.SameSiteLaxMode})
	back := signin.Home
	if from, ok := sameOriginPath(r); ok {
		back = signin.NextURL(from)
	}
	http.Redirect(w, r, back, http.StatusSeeOther)
	return nil
}
