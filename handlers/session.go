package handlers

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"log/slog"
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
	"yike/policy/totp"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// What a session holds. Between the password and the second step it holds who
// is about to come in, and is nobody's yet.
const (
	keyUser    = "user"    // int64, who is signed in
	keyPending = "pending" // int64, whose password was right, before the second step
	keySince   = "since"   // int64, unix milliseconds, of signing in or of the password
	keyStamp   = "stamp"   // db.PasswordStamp of the password it was begun under
	keyAddress = "address"
	keyAgent   = "agent"
	keyNext    = "next"
)

// newSessions configures scs: tokens are stored hashed; how long a session
// lasts is the person's own limit (identify), the lifetime here only the most
// that can be set.
func newSessions(d *db.DB, secure bool, log *slog.Logger) *scs.SessionManager {
	m := scs.New()
	m.Codec = sessionCodec{}
	m.Lifetime = signin.MaxAbsolute * time.Hour
	m.HashTokenInStore = true
	m.Cookie.Name = cookieName(secure, "yike_session")
	m.Cookie.HttpOnly = true
	m.Cookie.SameSite = http.SameSiteLaxMode
	m.Cookie.Secure = secure
	m.Cookie.Path = "/"
	store := d.Sessions(func(data []byte) db.SessionAbout {
		_, values, err := m.Codec.Decode(data)
		if err != nil {
			return db.SessionAbout{}
		}
		var a db.SessionAbout
		a.Address, _ = values[keyAddress].(string)
		a.Agent, _ = values[keyAgent].(string)
		if a.User, _ = values[keyUser].(int64); a.User != 0 {
			a.Since, _ = values[keySince].(int64)
		} else {
			a.User, _ = values[keyPending].(int64)
		}
		return a
	})
	store.Unkept = func(err error) { log.Error("the next page says nothing of what was done", "err", err) }
	m.Store = store
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
	switch {
	case query(r, "out") == "1":
		f.Notice = lang.T(r.Context(), "已退出登录")
	case query(r, "ended") == string(signin.Idle):
		f.Notice = lang.T(r.Context(), "太久没有操作，已自动退出。没保存的内容还在，登录后接着填。")
	case query(r, "ended") == string(signin.Old):
		f.Notice = lang.T(r.Context(), "这次登录到期了，请再登录一次。没保存的内容还在，登录后接着填。")
	}
	return h.showLogin(w, r, http.StatusOK, f)
}

func (h *Handlers) showLogin(w http.ResponseWriter, r *http.Request, status int, f views.LoginForm) error {
	return h.render(w, r, status, page{title: lang.T(r.Context(), "登录"), body: views.Login(f), bare: true})
}

// counters returns under which keys the tries for a user name are counted. In
// a browser where that name has signed in before they are counted apart: a
// stranger's guesses hold neither it up nor, by the address, the branch that
// sits behind it.
func (h *Handlers) counters(r *http.Request, username string) (db.Entry, error) {
	in := db.Entry{DeviceName: signin.NameKey(username)}
	in.NameKey, in.AddressKey = "name:"+in.DeviceName, "addr:"+signin.AddressKey(peer(r))
	device := h.deviceOf(r)
	if device == "" {
		return in, nil
	}
	known, err := h.db.KnownDevice(r.Context(), device, in.DeviceName)
	if known {
		in.NameKey, in.AddressKey = in.NameKey+"@"+device, ""
	}
	return in, err
}

// deviceCookie names the browser to us for as long as it is known. It opens
// nothing: it only proves an earlier sign-in.
const deviceCookie = "yike_device"

// deviceOf returns the hash of the browser's cookie, "" when it has none of ours.
func (h *Handlers) deviceOf(r *http.Request) string {
	c, err := r.Cookie(cookieName(h.secure, deviceCookie))
	if err != nil || len(c.Value) < 26 || len(c.Value) > 64 {
		return ""
	}
	sum := sha256.Sum256([]byte("device:" + c.Value))
	return hex.EncodeToString(sum[:16])
}

// nameDevice gives the browser its cookie, or the one it has for longer, and
// returns its hash.
func (h *Handlers) nameDevice(w http.ResponseWriter, r *http.Request) string {
	value := rand.Text()
	if c, err := r.Cookie(cookieName(h.secure, deviceCookie)); err == nil && h.deviceOf(r) != "" {
		value = c.Value
	}
	http.SetCookie(w, &http.Cookie{Name: cookieName(h.secure, deviceCookie), Value: value, Path: "/", MaxAge: int(db.KnownFor / time.Second),
		HttpOnly: true, Secure: h.secure, SameSite: http.SameSiteLaxMode})
	sum := sha256.Sum256([]byte("device:" + value))
	return hex.EncodeToString(sum[:16])
}

// opens puts into the form when the name may be tried again; the same for a
// name that does not exist. known is a browser that has counters of its own.
func (h *Handlers) opens(ctx context.Context, f *views.LoginForm, wait time.Duration, known bool) {
	f.WaitSeconds = int(math.Ceil(wait.Seconds()))
	f.Opens = h.db.Now().Add(wait).Format("15:04")
	f.Elsewhere = !known
	f.Error = lang.T(ctx, "密码错的次数太多，请稍等再试")
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
	in, err := h.counters(r, username)
	if err != nil {
		return err
	}
	try, err := h.db.TrySignIn(ctx, in.NameKey, in.AddressKey)
	if err != nil {
		return err
	}
	if try.Wait > 0 {
		h.opens(ctx, &f, try.Wait, in.AddressKey == "")
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
		reason := "password"
		if ok && account.Disabled {
			reason = "disabled"
		}
		if err := h.refused(r, account.User, reason, try.Locks); err != nil {
			return err
		}
		if try.Locks > 0 {
			h.opens(ctx, &f, try.Locks, in.AddressKey == "")
		}
		f.Error = lang.T(ctx, "账号或密码不对")
		return h.showLogin(w, r, http.StatusUnprocessableEntity, f)
	}
	in.PasswordHash = account.PasswordHash
	second, err := h.db.RecoverySalt(ctx, account.ID)
	if err != nil {
		return err
	}
	if second == "" {
		return h.enter(w, r, account.User, in, signin.NextURL(f.Next))
	}
	if err := h.db.GiveBack(ctx, in.NameKey, in.AddressKey); err != nil {
		return err
	}
	if err := h.sessions.RenewToken(ctx); err != nil {
		return err
	}
	h.sessions.Put(ctx, keyPending, account.ID)
	h.sessions.Put(ctx, keySince, h.db.Now().UnixMilli())
	h.sessions.Put(ctx, keyStamp, db.PasswordStamp(account.PasswordHash))
	h.sessions.Put(ctx, keyNext, signin.NextURL(f.Next))
	http.Redirect(w, r, "/login/code", http.StatusSeeOther)
	return nil
}

// refused leaves a failed sign-in in the log and in the audit.
func (h *Handlers) refused(r *http.Request, u db.User, reason string, locks time.Duration) error {
	ctx := r.Context()
	h.log.Info("sign-in refused", "request", requestID(ctx), "address", clientAddress(r), "reason", reason)
	nobody := policy.Actor{RequestID: requestID(ctx), Address: clientAddress(r)}
	return h.db.SignInRefused(ctx, nobody, db.Refusal{User: u.ID, Branch: u.BranchID, Reason: reason, Locks: locks})
}

// asking is the account as an actor without rights: who asks to come in.
func (h *Handlers) asking(r *http.Request, u db.User) policy.Actor {
	return policy.Actor{UserID: u.ID, Name: u.Name, Branch: u.BranchID, RequestID: requestID(r.Context()), Address: clientAddress(r)}
}

// enter lets somebody in who has proved who they are.
func (h *Handlers) enter(w http.ResponseWriter, r *http.Request, u db.User, in db.Entry, next string) error {
	in.Device = h.nameDevice(w, r)
	err := h.db.SignInSucceeded(r.Context(), h.asking(r, u), in)
	if errors.Is(err, db.ErrRefused) { // disabled, or another password, a moment ago
		f := views.LoginForm{Username: u.Username, Next: next, Error: lang.T(r.Context(), "账号或密码不对")}
		return h.showLogin(w, r, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	if err := h.begin(r, u.ID, in.PasswordHash); err != nil {
		return err
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
	return nil
}

// begin starts a session under a new token.
func (h *Handlers) begin(r *http.Request, user int64, passwordHash string) error {
	ctx := r.Context()
	if err := h.sessions.RenewToken(ctx); err != nil {
		return err
	}
	h.sessions.Remove(ctx, keyPending)
	h.sessions.Remove(ctx, keyNext)
	agent := strings.ToValidUTF8(r.UserAgent(), "")
	h.sessions.Put(ctx, keyUser, user)
	h.sessions.Put(ctx, keySince, h.db.Now().UnixMilli())
	h.sessions.Put(ctx, keyStamp, db.PasswordStamp(passwordHash))
	h.sessions.Put(ctx, keyAddress, clientAddress(r))
	h.sessions.Put(ctx, keyAgent, strings.ToValidUTF8(agent[:min(len(agent), 300)], ""))
	return nil
}

// secondStepFor is how long the second step waits for its code.
const secondStepFor = 5 * time.Minute

// pending returns whose password was right a moment ago, under which hash and
// where they want to go; false when there is nobody, it took too long, or the
// account has changed since.
func (h *Handlers) pending(r *http.Request) (db.Credentials, string, bool, error) {
	ctx := r.Context()
	id := h.sessions.GetInt64(ctx, keyPending)
	if id == 0 {
		return db.Credentials{}, "", false, nil
	}
	age := h.db.Now().Sub(time.UnixMilli(h.sessions.GetInt64(ctx, keySince)))
	account, err := h.db.Account(ctx, policy.Actor{UserID: id})
	if err != nil {
		return account, "", false, err
	}
	ok := age <= secondStepFor && age > -secondStepFor && !account.Disabled && h.sessions.GetString(ctx, keyStamp) == db.PasswordStamp(account.PasswordHash)
	return account, signin.NextURL(h.sessions.GetString(ctx, keyNext)), ok, nil
}

// codeForm asks for the second step.
func (h *Handlers) codeForm(w http.ResponseWriter, r *http.Request) error {
	_, _, ok, err := h.pending(r)
	if err != nil {
		return err
	}
	if !ok {
		http.Redirect(w, r, "/login", http.StatusSeeOther)
		return nil
	}
	return h.showCode(w, r, http.StatusOK, views.CodeForm{})
}

func (h *Handlers) showCode(w http.ResponseWriter, r *http.Request, status int, f views.CodeForm) error {
	return h.render(w, r, status, page{title: lang.T(r.Context(), "两步验证"), body: views.LoginCode(f), bare: true})
}

// code takes the second step: a code of the phone or a recovery code, counted
// like passwords.
func (h *Handlers) code(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	account, next, ok, err := h.pending(r)
	if err != nil {
		return err
	}
	if !ok {
		h.sessions.Remove(ctx, keyPending)
		http.Redirect(w, r, "/login", http.StatusSeeOther)
		return nil
	}
	typed := field(r, "code")
	if typed == "" {
		return h.showCode(w, r, http.StatusUnprocessableEntity, views.CodeForm{Error: lang.T(ctx, "请填手机上显示的 6 位验证码")})
	}
	in, err := h.counters(r, account.Username)
	if err != nil {
		return err
	}
	try, err := h.db.TrySignIn(ctx, in.NameKey, in.AddressKey)
	if err != nil {
		return err
	}
	if try.Wait > 0 {
		return h.showCode(w, r, http.StatusTooManyRequests, views.CodeForm{Error: h.waitWord(ctx, try.Wait)})
	}
	second, left, err := h.second(ctx, account.ID, typed)
	switch {
	case errors.Is(err, db.ErrNoKey), errors.Is(err, db.ErrSealed):
		h.log.Error("second step", "request", requestID(ctx), "err", err)
		return h.showCode(w, r, http.StatusUnprocessableEntity, views.CodeForm{Error: lang.T(ctx, "服务器的密钥文件不在，现在核对不了手机验证码。请填一个恢复码，或找管理员")})
	case err != nil:
		return err
	case second == "":
		if err := h.refused(r, account.User, "code", try.Locks); err != nil {
			return err
		}
		f := views.CodeForm{Error: lang.T(ctx, "验证码不对，或已经用过。等下一个出现再填")}
		if try.Locks > 0 {
			f.Error = lang.T(ctx, "验证码不对，或已经用过。") + h.waitWord(ctx, try.Locks)
		}
		return h.showCode(w, r, http.StatusUnprocessableEntity, f)
	}
	in.PasswordHash, in.Second = account.PasswordHash, second
	if second == secondRecovery {
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "用掉了一个恢复码，还剩 %d 个", left), Href: "/account/two-step", LinkText: lang.T(ctx, "两步验证")})
	}
	return h.enter(w, r, account.User, in, next)
}

// waitWord says when the next try is looked at.
func (h *Handlers) waitWord(ctx context.Context, wait time.Duration) string {
	return lang.T(ctx, "错的次数太多，%s 以后可以再试", h.db.Now().Add(wait).Add(59*time.Second).Format("15:04"))
}

const (
	secondCode     = "code"
	secondRecovery = "recovery"
)

// second checks what was typed for the second step and uses it up: secondCode,
// secondRecovery, or "" when it is wrong. left is how many recovery codes remain.
func (h *Handlers) second(ctx context.Context, user int64, typed string) (kind string, left int, err error) {
	if totp.IsCode(typed) {
		ok, err := h.db.UseCode(ctx, user, typed)
		if ok {
			kind = secondCode
		}
		return kind, 0, err
	}
	if len(totp.FoldRecovery(typed)) != totp.RecoveryBytes {
		return "", 0, nil // no recovery code: nothing to hash
	}
	salt, err := h.db.RecoverySalt(ctx, user)
	if err != nil || salt == "" {
		return "", 0, err
	}
	hash, err := h.hashRecovery(ctx, typed, salt)
	if err != nil {
		return "", 0, err
	}
	ok, left, err := h.db.UseRecovery(ctx, user, hash)
	if ok {
		kind = secondRecovery
	}
	return kind, left, err
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
		signin.Owner{Username: f.Username, Names: namesOf(f.Name), Firms: firmsOf(f.Company, f.HeadOffice, f.Branch, f.BranchCode)})
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
	if err := h.begin(r, user, hash); err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "设置好了。先导入客户台账，或添加同事。"), Href: "/imports/new", LinkText: lang.T(ctx, "导入客户台账")})
	http.Redirect(w, r, "/", http.StatusSeeOther)
	return nil
}

// home sends each person to the page where their day begins.
func (h *Handlers) home(w http.ResponseWriter, r *http.Request) error {
	to, a := "/account", actorOf(r)
	switch {
	case todayFor(a):
		to = "/today"
	case a.Can(policy.CustomerRead):
		to = "/customers"
	case a.Can(policy.UserRead):
		to = "/users"
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}
