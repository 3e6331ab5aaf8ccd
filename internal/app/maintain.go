package app

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"yike/db"
	"yike/handlers"
	"yike/policy"
	"yike/policy/signin"
)

func migrate(ctx context.Context, c *call) error {
	if _, err := c.parse(0, 0); err != nil {
		return err
	}
	d, err := OpenDB(ctx, c.cfg)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintln(c.out, "数据库已是本程序的版本 (the schema is current).")
	return d.Close()
}

// check asks the engine whether the database is whole; what is not ends with a
// non-zero exit code.
func check(ctx context.Context, c *call) error {
	if _, err := c.parse(0, 0); err != nil {
		return err
	}
	if err := exists(c.cfg); err != nil {
		return err
	}
	d, err := OpenDB(ctx, c.cfg)
	if err != nil {
		return err
	}
	defer d.Close()
	found, err := d.Check(ctx)
	if err != nil {
		return fmt.Errorf("数据库读不完整，可能已损坏；可用 yike restore 备份文件 恢复 (damaged): %w", err)
	}
	if len(found) > 0 {
		return fmt.Errorf("数据库有 %d 处问题，请用 yike restore 备份文件 恢复 (damaged):\n%s", len(found), strings.Join(found, "\n"))
	}
	_, _ = fmt.Fprintln(c.out, "数据库完好 (the database is whole).")
	return checkChain(ctx, c, d)
}

// chainWords say what is wrong with a place of the audit chain.
var chainWords = map[string]string{
	db.FaultRecord: "这条记录或它的变更被改过 (the record was altered)", db.FaultGone: "这条记录不见了 (the record is gone)",
	db.FaultLink: "这一环被改过 (the link was altered)", db.FaultMissing: "这一环之前缺了记录 (links are missing before this one)",
	db.FaultBegin: "开头的记录被去掉了 (the beginning was taken away)", db.FaultEnd: "末尾的记录被去掉或换过 (the end was taken away or exchanged)",
	db.FaultHead: "末尾的签名不对 (the signature of the end is wrong)", db.FaultUnlinked: "这条记录是后来塞进来的 (the record was put in)",
	db.FaultOrphan: "这条变更不属于任何记录 (the change belongs to no record)",
}

// checkChain says whether the audit records are as they were written, and
// where not.
func checkChain(ctx context.Context, c *call, d *db.DB) error {
	r, err := d.CheckChain(ctx)
	if err != nil {
		return fmt.Errorf("审计记录读不完整 (the audit records cannot be read): %w", err)
	}
	if !r.Whole() {
		var lines []string
		for _, f := range r.Faults {
			line := chainWords[f.What]
			if f.Audit != 0 {
				line = fmt.Sprintf("记录 (record) %d：%s", f.Audit, line)
			}
			if f.Seq != 0 {
				line = fmt.Sprintf("第 %d 环 (link)，%s", f.Seq, line)
			}
			lines = append(lines, line)
		}
		if r.More > 0 {
			lines = append(lines, fmt.Sprintf("还有 %d 处 (more)", r.More))
		}
		return fmt.Errorf("审计记录有 %d 处和写下时不一样，有人动过数据库 (the audit records were tampered with):\n%s", len(r.Faults)+r.More, strings.Join(lines, "\n"))
	}
	_, _ = fmt.Fprintf(c.out, "审计记录完整，共 %d 条 (the audit records are whole).\n", r.Links)
	if !r.Signed {
		_, _ = fmt.Fprintln(c.out, "没有密钥文件，末尾的签名没有核对 (without the key file the signature was not checked).")
	}
	for _, span := range r.Unsigned {
		_, _ = fmt.Fprintf(c.out, "第 %d 至 %d 条是在没有密钥文件时写下的，没有签名 (written without the key file, not signed).\n", span[0], span[1])
	}
	return nil
}

// exists refuses to make an empty database where one is asked about.
func exists(cfg Config) error {
	dsn := cfg.DSN()
	if strings.Contains(dsn, "://") {
		return nil
	}
	if _, err := os.Stat(dsn); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("没有数据库 %s，请检查 --data 和 --db (no such database)", dsn)
	}
	return nil
}

// user lists people, adds one, sets a password, lets somebody in again after
// wrong passwords or without their phone, for when nobody can sign in.
// The password is read from the standard input and must be changed at the
// first sign-in.
func user(ctx context.Context, c *call) error {
	name := c.flags.String("name", "", "full name (add)")
	role := c.flags.String("role", "branch_manager", "role (add): "+strings.Join(roleWords(), ", ")+", or one of the company's own")
	branch := c.flags.String("branch", "", "code of the branch (add)")
	words, err := c.parse(1, 2)
	if err != nil {
		return err
	}
	d, err := OpenDB(ctx, c.cfg)
	if err != nil {
		return err
	}
	defer d.Close()
	system := policy.SystemActor("yike user")
	switch {
	case words[0] == "list" && len(words) == 1:
		return listUsers(ctx, c, d, system)
	case words[0] == "add" && len(words) == 2:
		access, err := d.Access(ctx)
		if err != nil {
			return err
		}
		r := policy.Role(*role)
		for _, info := range access.Roles() {
			if info.Title == *role {
				r = info.Role // the company's own word for it
			}
		}
		if info, ok := access.Role(r); !ok || info.Disabled {
			var words []string
			for _, info := range access.Roles() {
				word := string(info.Role)
				if info.Title != "" {
					word += " (" + info.Title + ")"
				}
				if !info.Disabled {
					words = append(words, word)
				}
			}
			return errUsage{"没有这个角色 (no such role): " + *role + "; " + strings.Join(words, ", ")}
		}
		at := int64(0)
		for _, b := range d.Branches(ctx, system.Scope(policy.BranchRead)) {
			if b.Code == strings.ToUpper(*branch) {
				at = b.ID
			}
		}
		if at == 0 {
			return errUsage{"没有这个网点代码 (no such branch code): " + *branch}
		}
		if *name == "" {
			*name = words[1]
		}
		hash, err := c.password(ctx, d, words[1], *name, "", at)
		if err != nil {
			return err
		}
		_, err = d.CreateUser(ctx, system, db.UserInput{Username: words[1], Name: *name, BranchID: at,
			Grants: []policy.Grant{{Role: r, Branch: at}}, PasswordHash: hash, MustChange: true, JoinedOn: db.Day(d.Now())})
		if errors.Is(err, db.ErrTaken) {
			return fmt.Errorf("账号 %s 已有人用 (user name in use)", words[1])
		}
		if err == nil {
			_, _ = fmt.Fprintf(c.out, "已添加 (added): %s\n", words[1])
		}
		return err
	case words[0] == "passwd" && len(words) == 2:
		u, err := accountNamed(ctx, d, words[1])
		if err != nil {
			return err
		}
		hash, err := c.password(ctx, d, u.Username, u.Name, u.Phone, u.BranchID)
		if err != nil {
			return err
		}
		full, err := d.User(ctx, system.Scope(policy.UserRead), u.ID)
		if err != nil {
			return err
		}
		err = d.UpdateUser(ctx, system, u.ID, u.Version, db.UserInput{Username: u.Username, Name: u.Name, Phone: u.Phone,
			BranchID: u.BranchID, JoinedOn: u.JoinedOn, Grants: full.Grants, PasswordHash: hash, MustChange: true})
		if err == nil {
			_, _ = fmt.Fprintf(c.out, "已重设密码 (password set): %s\n", words[1])
		}
		return err
	case words[0] == "unlock" && len(words) == 2:
		u, err := accountNamed(ctx, d, words[1])
		if err != nil {
			return err
		}
		if err = d.UnlockUser(ctx, system, u.ID, "name:"+signin.NameKey(u.Username)); err == nil {
			_, _ = fmt.Fprintf(c.out, "现在可以登录了 (may sign in again): %s\n", u.Username)
		}
		return err
	case words[0] == "two-step-off" && len(words) == 2:
		u, err := accountNamed(ctx, d, words[1])
		if err != nil {
			return err
		}
		err = d.ResetTwoStep(ctx, system, u.ID)
		if errors.Is(err, db.ErrNotFound) {
			return fmt.Errorf("%s 没有开启两步验证 (has no second step)", u.Username)
		}
		if err == nil {
			_, _ = fmt.Fprintf(c.out, "两步验证已关闭，登录都已退出 (second step off, sessions ended): %s\n", u.Username)
		}
		return err
	}
	return errUsage{"看不懂 (not understood): " + strings.Join(words, " ")}
}

// accountNamed finds the account of a user name.
func accountNamed(ctx context.Context, d *db.DB, name string) (db.Credentials, error) {
	u, err := d.Credentials(ctx, name)
	if errors.Is(err, db.ErrNotFound) {
		return u, fmt.Errorf("没有账号 %s (no such user)", name)
	}
	return u, err
}

func roleWords() []string {
	var out []string
	for _, r := range policy.Roles {
		out = append(out, string(r))
	}
	return out
}

func listUsers(ctx context.Context, c *call, d *db.DB, system policy.Actor) error {
	list, err := d.Users(ctx, system.Scope(policy.UserRead), false)
	if err != nil {
		return err
	}
	for _, u := range list {
		var roles []string
		for _, g := range u.Grants {
			roles = append(roles, string(g.Role)+"@"+d.BranchName(g.Branch))
		}
		state := ""
		if u.Disabled {
			state = " (停用 disabled)"
		}
		_, _ = fmt.Fprintf(c.out, "%s\t%s\t%s\t%s%s\n", u.Username, u.Name, d.BranchName(u.BranchID), strings.Join(roles, " "), state)
	}
	return nil
}

// password reads one line from the standard input and hashes it.
func (c *call) password(ctx context.Context, d *db.DB, username, name, phone string, branch int64) (string, error) {
	_, _ = fmt.Fprint(c.out, "新密码 (new password): ")
	line, err := bufio.NewReader(c.in).ReadString('\n')
	if err != nil && line == "" {
		return "", errors.New("没有读到密码 (no password on the standard input)")
	}
	line = strings.TrimRight(line, "\r\n")
	company, err := d.Company(ctx)
	if err != nil {
		return "", err
	}
	faults := handlers.PasswordFaults(ctx, line, signin.Owner{Username: username, Names: []string{name},
		Phones: []string{phone}, Firms: []string{company, d.BranchName(branch)}})
	if len(faults) > 0 {
		return "", errors.New(strings.Join(faults, "；") + " (too easy to guess, or not 8 to 128 characters)")
	}
	return handlers.HashPassword(line)
}
