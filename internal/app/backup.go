package app

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"yike/db"
	"yike/internal/backup"
	"yike/internal/jobs"
	"yike/policy"
)

// main is the SQLite main file, "" on PostgreSQL.
func (c Config) main() (string, error) {
	if dsn := c.DSN(); !strings.Contains(dsn, "://") {
		return filepath.Abs(dsn)
	}
	return "", nil
}

// makeCurrent carries out what stands decided about a SQLite database and
// brings one of an older program to this one's schema, on a copy that takes its
// place when it is good.
func makeCurrent(ctx context.Context, cfg Config) error {
	main, err := cfg.main()
	if main == "" || err != nil {
		return err
	}
	if err := carryOut(ctx, cfg, main); err != nil {
		return err
	}
	if info, err := os.Stat(main); err == nil && info.Mode().IsRegular() && info.Size() == 0 {
		return fmt.Errorf("%w: the file is empty", db.ErrForeign)
	} else if err == nil && info.IsDir() {
		return fmt.Errorf("%w: it is a folder", db.ErrForeign)
	}
	was, err := backup.Pending(ctx, main)
	if err != nil || was == 0 {
		return err
	}
	cfg.say("数据库是旧版本的，正在备份并升级，请等一会儿 (making a copy and upgrading it)\n")
	if err := backup.Upgrade(ctx, main, was, cfg.keys); err != nil {
		if backup.Code(err) == backup.Busy {
			return fmt.Errorf("数据库要升级，但旧的驿客还在运行；请先停止它再启动 (stop the former program first): %w", err)
		}
		if errors.Is(err, db.ErrForeign) || errors.Is(err, db.ErrNewer) {
			return err
		}
		return fmt.Errorf("升级没有成功（%s），数据没有改动，还是升级以前的样子，可以先用原来的程序 (the upgrade failed, the data are as they were, go on with the former program): %w", faultWords[backup.Code(err)], err)
	}
	return carryOut(ctx, cfg, main)
}

func carryOut(ctx context.Context, cfg Config, main string) error {
	done, err := backup.Finish(ctx, main)
	if backup.Code(err) == backup.Busy {
		return fmt.Errorf("%s，请先停止它 (stop the program first): %w", faultWords[backup.Busy], err)
	}
	if err != nil {
		return fmt.Errorf("恢复或升级还差最后一步，没有做成（%s）；数据都在，处理好再启动一次就会接着做 (start again to go on): %w", faultWords[backup.Code(err)], err)
	}
	switch done.Say {
	case "restore":
		cfg.say("已恢复 (restored): %s。原来的数据另存为 (the former data): %s\n备份的设置和加密口令也回到了那时候：口令后来换过的，请再换一次 (settings and passphrase of back-ups are those of that day).\n", main, done.Aside)
	case "upgrade":
		cfg.say("已升级到本程序的版本，检查过，是完好的；升级以前的数据另存为 (upgraded and checked, the former data): %s\n", done.Aside)
	}
	return nil
}

func (c Config) say(format string, args ...any) {
	if c.Out != nil {
		_, _ = fmt.Fprintf(c.Out, format, args...)
	}
}

// faultWords say on the console why a copy or a restore came to nothing.
var faultWords = map[string]string{
	backup.Full: "磁盘满了 the disk is full", backup.Denied: "没有写入的权限 may not write there", backup.Missing: "没有这个文件或文件夹 no such file or folder",
	backup.Phrase: "口令不对，或没有给口令 the passphrase is wrong or missing", backup.Damaged: "备份文件已损坏 the back-up is damaged",
	backup.Foreign: "这不是驿客的备份 not a back-up of this program", backup.Newer: "备份是更新版本的驿客做的，请换用新程序 the back-up is newer than this program",
	backup.Key: "没有密钥文件，口令读不出来 the passphrase cannot be read without the key file", backup.Busy: "驿客正在运行 the program is running",
	backup.Decided: "另一次恢复已经定下 another restore is decided for", backup.Tools: "找不到 pg_dump no pg_dump", backup.Other: "见后面的原因 see the cause",
}

// backupFault is the one sentence about a copy that came to nothing.
func backupFault(err error) error {
	return fmt.Errorf("备份没有完成：%s (the back-up failed): %w", faultWords[backup.Code(err)], err)
}

// store is the copies of an open database.
func (c Config) store(d *db.DB) *backup.Store {
	dir := filepath.Join(c.Data, "backup")
	if d.Path() != "" {
		dir = backup.Dir(d.Path())
	}
	keyFile := ""
	if name, err := d.Installation(context.Background()); err == nil && c.Key == nil {
		keyFile, _ = c.KeyPath(name)
	}
	return backup.New(backup.Config{DB: d, Dir: dir, Phrase: c.BackupPhrase, Program: c.Version, Key: c.keys, KeyFile: keyFile})
}

// takeCopy is "yike backup": a copy into the folder of copies, with a file name
// one into that file, or the list of those that are there.
func takeCopy(ctx context.Context, c *call) error {
	words, err := c.parse(0, 1)
	if err != nil {
		return err
	}
	if strings.Contains(c.cfg.DSN(), "://") {
		return errors.New("PostgreSQL 请用 pg_dump 备份 (back up PostgreSQL with pg_dump --format=custom)")
	}
	if err := exists(c.cfg); err != nil {
		return err
	}
	d, err := OpenDB(ctx, c.cfg)
	if err != nil {
		return err
	}
	defer d.Close()
	s := c.cfg.store(d)
	switch {
	case len(words) == 0:
		made, err := s.Take(ctx, "manual", nil)
		if err != nil {
			return backupFault(err)
		}
		_, _ = fmt.Fprintf(c.out, "已备份，读回来核对过 (backed up and read back): %s\n", filepath.Join(s.Folder(), made.Name))
		if f, err := d.BackupFault(ctx); err == nil && f.Code != "" {
			_, _ = fmt.Fprintf(c.out, "第二个文件夹没有存成 (not in the second folder): %s %s\n", faultWords[strings.TrimPrefix(f.Code, "second-")], f.Detail)
		}
	case words[0] == "list":
		return listCopies(ctx, c, s)
	default:
		to, err := filepath.Abs(words[0])
		if err != nil {
			return err
		}
		if _, err := os.Stat(to); err == nil {
			return fmt.Errorf("%s 已存在，请换一个文件名 (the file exists)", to)
		}
		if err := s.WriteTo(ctx, to); err != nil {
			return backupFault(err)
		}
		_, _ = fmt.Fprintf(c.out, "已备份，读回来核对过 (backed up and read back): %s\n", to)
	}
	_, _ = fmt.Fprintf(c.out, "密钥文件不在备份里，请另外保存 (the key file is not in it, keep it apart): %s\n", s.KeyFile())
	return nil
}

func listCopies(ctx context.Context, c *call, s *backup.Store) error {
	list, err := s.List(ctx)
	if err != nil {
		return backupFault(err)
	}
	for _, x := range list {
		state := "没有核对 not checked"
		if x.Good {
			state = "核对过 checked"
		}
		if x.Sealed {
			state += "，加密 locked"
		}
		_, _ = fmt.Fprintf(c.out, "%s\t%.1f MB\t%s\n", filepath.Join(s.Folder(), x.Name), float64(x.Size)/1e6, state)
	}
	if len(list) == 0 {
		_, _ = fmt.Fprintf(c.out, "还没有备份 (no copies yet): %s\n", s.Folder())
	}
	return nil
}

// restore puts a copy in the place of the present data, which are set aside,
// never overwritten. FILE is what backup wrote, locked or not, or a bare
// database such as one that was set aside. It is made ready and checked before
// anything gets another name.
func restore(ctx context.Context, c *call) error {
	words, err := c.parse(1, 1)
	if err != nil {
		return err
	}
	main, err := c.cfg.main()
	if err != nil {
		return err
	}
	if main == "" {
		return errors.New("PostgreSQL 请用 pg_restore 恢复 (restore PostgreSQL with pg_restore)")
	}
	if err := os.MkdirAll(filepath.Dir(main), 0o700); err != nil {
		return folderFault(filepath.Dir(main), err)
	}
	if err := carryOut(ctx, c.cfg, main); err != nil {
		return err
	}
	for _, path := range []string{main, db.FilesPath(main)} {
		if used, err := db.InUse(ctx, path); err != nil || used {
			return errors.Join(errors.New("驿客正在运行，请先停止它再恢复 (stop the program first)"), err)
		}
	}
	r, err := c.stage(ctx, main, words[0])
	if err != nil {
		return restoreFault(words[0], err)
	}
	if err := r.Commit(); err != nil {
		return restoreFault(words[0], errors.Join(err, r.Drop()))
	}
	if err := carryOut(ctx, c.cfg, main); err != nil {
		return err
	}
	return c.eraseAgain(ctx, db.ErasuresPath(main))
}

// stage makes a copy ready; for a locked one the passphrase comes from the
// environment or is asked for.
func (c *call) stage(ctx context.Context, main, from string) (*backup.Ready, error) {
	by := policy.SystemActor("yike restore")
	r, err := backup.Stage(ctx, main, from, c.cfg.BackupPhrase, c.cfg.keys, by, nil)
	if backup.Code(err) != backup.Phrase || c.cfg.BackupPhrase != "" {
		return r, err
	}
	_, _ = fmt.Fprint(c.out, "备份是加密的，请输入口令 (the back-up is locked, its passphrase): ")
	line, readErr := bufio.NewReader(c.in).ReadString('\n')
	if readErr != nil && line == "" {
		return nil, err
	}
	return backup.Stage(ctx, main, from, strings.TrimRight(line, "\r\n"), c.cfg.keys, by, nil)
}

func restoreFault(from string, err error) error {
	switch code := backup.Code(err); code {
	case backup.Missing:
		return fmt.Errorf("读不了备份文件 %s (cannot read the back-up): %w", from, err)
	case backup.Foreign:
		return fmt.Errorf("%s 不是驿客的备份，或已损坏，没有恢复，数据没有改动 (not a back-up of this program): %w", from, err)
	default:
		return fmt.Errorf("备份文件 %s 没有恢复，数据没有改动：%s (not restored): %w", from, faultWords[code], err)
	}
}

// eraseAgain opens what was restored once, so that whoever asked to be erased
// since that back-up is erased again before anybody reads it.
func (c *call) eraseAgain(ctx context.Context, noted string) error {
	if info, err := os.Stat(noted); err != nil || info.Size() == 0 {
		_, _ = fmt.Fprintf(c.out, "这个数据文件夹没有删除记录；换了电脑恢复的，请把原来的 %s 拷到这里再启动 (copy this file from the former data folder: it says who was erased)\n", noted)
		return nil
	}
	d, err := OpenDB(ctx, c.cfg)
	if err != nil {
		return fmt.Errorf("已恢复，但按要求删除过的信息没能再删一次，请先不要使用 (erasing again failed): %w", err)
	}
	_, _ = fmt.Fprintln(c.out, "按要求删除过的个人信息已再删一次 (who was erased was erased again).")
	return d.Close()
}

// copies takes the copies of a SQLite database into the work of the program.
func (a *App) copies(ctx context.Context) *backup.Store {
	s := a.cfg.store(a.DB)
	if a.DB.Path() == "" {
		return s
	}
	if err := backup.SweepStages(a.DB.Path()); err != nil {
		a.cfg.Log.Warn("clear up after a restore", "err", err)
	}
	if err := s.Look(ctx); err != nil {
		a.cfg.Log.Error("look at the back-ups", "err", err)
	}
	a.runner.Jobs = append(a.runner.Jobs, jobs.Backup(a.DB, s), jobs.LookAtBackups(s))
	a.runner.Tasks[jobs.BackupTask] = jobs.TakeBackup(s)
	a.runner.Tasks[jobs.RestoreTask] = jobs.RestoreBackup(a.DB, s, func() { a.restart.Do(func() { close(a.again) }) })
	return s
}

// runAgain serves, and starts anew each time data were brought back.
func runAgain(ctx context.Context, a *App) error {
	for {
		err := a.Run(ctx)
		if !errors.Is(err, errAgain) {
			return err
		}
		cfg := a.cfg
		cfg.Addr = a.in.main.Addr().String()
		if a.in.rates != nil {
			cfg.RateAddr = a.in.rates.Addr().String()
		}
		if a, err = New(ctx, cfg); err != nil {
			return err
		}
	}
}
