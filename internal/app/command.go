package app

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/debug"
	"slices"
	"strings"
)

// command is a word after "yike".
type command struct {
	name, use, does string
	run             func(ctx context.Context, c *call) error
}

// call is one command with its flags and the world around it.
type call struct {
	args     []string // after the command's name
	flags    *flag.FlagSet
	cfg      Config
	in       io.Reader
	out, err io.Writer
}

func commands() []command {
	return []command{
		{"serve", "yike [serve] [--addr] [--data] [--db] [--lan] [--open] [--tls-self]", "启动服务 serve the product", serve},
		{"demo", "yike demo [--addr] [--lan] [--data] [--accounts 文件] [--today 日期]", "用生成的数据演示 serve generated demo data", runDemo},
		{"seed", "yike seed [--branches] [--customers] [--visits] [--waybills] [--seed] [--today]", "往空数据库填入生成的数据 fill an empty database with generated data", seed},
		{"migrate", "yike migrate", "把数据库升级到本程序的版本，升级前自动备份 bring the database to this program's schema", migrate},
		{"check", "yike check", "检查数据库是否完好 check the database", check},
		{"backup", "yike backup [文件|list]", "备份到数据文件夹或指定文件，列出备份 back up, list the back-ups", takeCopy},
		{"restore", "yike restore 文件", "从备份恢复，现有数据先另存 restore, the present data set aside first", restore},
		{"import", "yike import customers|visits|waybills|payments 文件 --branch 代码", "导入一个表格，错误行另存 import a spreadsheet, failed rows into a report", importFile},
		{"user", "yike user list|add|passwd|unlock|two-step-off [账号]", "列出、添加人员，重设密码；解除暂停登录；手机丢了关闭两步验证 list, add, set a password, let in again after wrong passwords, turn the second step off", user},
		{"diagnose", "yike diagnose [文件]", "做一份不含客户信息的诊断，发给帮忙的人 a bundle for whoever helps, without anybody's data", diagnose},
		{"service", "yike service install|start|stop|remove|status", "开机自动运行 run with the machine", service},
		{"key", "yike key show|rotate", "密钥文件在哪里；换一把新密钥 where the key file is, a new key", key},
		{"version", "yike version", "程序版本 the program's version", version},
	}
}

// errUsage is a command line that cannot be understood; its text says why.
type errUsage struct{ text string }

func (e errUsage) Error() string { return e.text }

// Main runs one command line and returns the exit code: 0 done, 1 failed (one
// sentence on stderr), 2 not understood.
func Main(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	name := "serve"
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		name, args = args[0], args[1:]
	}
	if name == "help" || slices.Contains([]string{"-h", "--help", "-help"}, firstOf(args)) && name == "serve" {
		usage(out)
		return 0
	}
	list := commands()
	i := slices.IndexFunc(list, func(c command) bool { return c.name == name })
	if i < 0 {
		_, _ = fmt.Fprintf(errOut, "没有 %q 这个命令 (no such command)。yike help 列出全部命令。\n", name)
		return 2
	}
	c := &call{args: args, in: in, out: out, err: errOut, flags: flag.NewFlagSet(name, flag.ContinueOnError)}
	c.flags.SetOutput(io.Discard)
	c.flags.StringVar(&c.cfg.Addr, "addr", env("YIKE_ADDR", "127.0.0.1:8080"), "listen on host:port")
	c.flags.StringVar(&c.cfg.Data, "data", env("YIKE_DATA", "./data"), "folder of all data")
	c.flags.StringVar(&c.cfg.DB, "db", env("YIKE_DB", ""), "SQLite file or postgres:// address")
	c.flags.StringVar(&c.cfg.KeyFile, "key-file", env("YIKE_KEY_FILE", ""), "key file (default beside the program's settings)")
	c.flags.StringVar(&c.cfg.RateAddr, "rate-addr", env("YIKE_RATE_ADDR", ""), "where clients with a link answer how it was, host:port (default off)")
	c.flags.StringVar(&c.cfg.RateURL, "rate-url", env("YIKE_RATE_URL", ""), "address that such links begin with (default what --rate-addr comes to)")
	c.flags.StringVar(&c.cfg.RateProxy, "rate-proxy", env("YIKE_RATE_PROXY", ""), "proxies before --rate-addr, addresses or networks with a comma between (default none)")
	c.flags.StringVar(&c.cfg.MetricsAddr, "metrics-addr", env("YIKE_METRICS_ADDR", ""), "where a monitor reads /metrics, host:port (default off; beyond this machine with YIKE_METRICS_TOKEN)")
	c.flags.BoolVar(&c.cfg.TLSSelf, "tls-self", env("YIKE_TLS_SELF", "") == "1", "serve by TLS with a certificate of the program's own, kept and renewed in the data folder")
	c.flags.StringVar(&c.cfg.TLSCert, "tls-cert", env("YIKE_TLS_CERT", ""), "certificate to serve by TLS with (PEM), read again when it changes")
	c.flags.StringVar(&c.cfg.TLSKey, "tls-key", env("YIKE_TLS_KEY", ""), "its key (PEM)")
	c.cfg.MetricsToken = os.Getenv("YIKE_METRICS_TOKEN")
	c.cfg.Out, c.cfg.Version = out, Version()
	c.cfg.BackupPhrase = os.Getenv("YIKE_BACKUP_PASSPHRASE") // no flag: the list of processes shows those to everybody
	c.cfg.Log = slog.New(clean{slog.NewTextHandler(errOut, &slog.HandlerOptions{Level: slog.LevelWarn})})
	err := list[i].run(ctx, c)
	var wrong errUsage
	switch {
	case err == nil:
		return 0
	case errors.Is(err, flag.ErrHelp):
		_, _ = fmt.Fprintf(out, "%s\n    %s\n", list[i].use, list[i].does)
		c.flags.SetOutput(out)
		c.flags.PrintDefaults()
		return 0
	case errors.As(err, &wrong):
		_, _ = fmt.Fprintf(errOut, "%s\n用法 (usage): %s\n", wrong.text, list[i].use)
		return 2
	}
	_, _ = fmt.Fprintln(errOut, err)
	return 1
}

func firstOf(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}

func usage(out io.Writer) {
	_, _ = fmt.Fprintln(out, "驿客 Yike "+Version())
	for _, c := range commands() {
		_, _ = fmt.Fprintf(out, "  %-42s %s\n", c.use, c.does)
	}
	_, _ = fmt.Fprintln(out, "每个命令都认 (every command takes) --data 文件夹、--db 数据库 和 --key-file 密钥文件；也可写在 YIKE_ADDR、YIKE_DATA、YIKE_DB、YIKE_KEY_FILE。")
}

func env(name, fallback string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return fallback
}

// parse reads the flags; flags may stand before and behind other words, which
// it returns: at least min of them, at most max.
func (c *call) parse(min, max int) ([]string, error) {
	var words []string
	args := c.args
	for {
		if err := c.flags.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return nil, err
			}
			return nil, errUsage{"看不懂参数 (wrong flag): " + err.Error()}
		}
		if c.flags.NArg() == 0 {
			break
		}
		words = append(words, c.flags.Arg(0))
		args = c.flags.Args()[1:]
	}
	switch {
	case len(words) < min:
		return nil, errUsage{"少了参数 (an argument is missing)。"}
	case len(words) > max:
		return nil, errUsage{fmt.Sprintf("多了参数 %q (an argument too many)。", words[max])}
	}
	return words, nil
}

// released names the version in a program that internal/release built.
var released string

// Version names the build.
func Version() string {
	if released != "" {
		return released
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 && (v == "" || v == "(devel)") {
			v = s.Value[:12]
		}
	}
	if v == "" {
		v = "(devel)"
	}
	return v
}

func version(_ context.Context, c *call) error {
	if _, err := c.parse(0, 0); err != nil {
		return err
	}
	_, err := fmt.Fprintln(c.out, "yike "+Version())
	return err
}

// serve runs the product until the process is told to stop.
func serve(ctx context.Context, c *call) error {
	lan := c.flags.Bool("lan", false, "listen on the local network, print addresses and a QR code")
	verbose := c.flags.Bool("verbose", false, "log every job and refusal")
	c.flags.BoolVar(&c.cfg.ClockIsRight, "clock-is-right", false, "do nightly work although the clock is more than a year past the last")
	open := c.flags.Bool("open", false, "show the product in this machine's browser")
	if _, err := c.parse(0, 0); err != nil {
		return err
	}
	defer c.logTo(*verbose)()
	if *lan {
		c.cfg.Addr = onLAN(c.cfg.Addr)
	}
	return asService(ctx, c, func(ctx context.Context) error { return c.serveNow(ctx, *lan, *open) })
}

// serveNow opens everything, says on the console where, and serves.
func (c *call) serveNow(ctx context.Context, lan, open bool) error {
	a, err := New(ctx, c.cfg)
	if err != nil {
		return err
	}
	link, err := a.SetUpLink(ctx)
	if err != nil {
		return errors.Join(err, a.Close())
	}
	at := a.URL()
	if link != "" {
		at = link
		_, _ = fmt.Fprintf(c.out, "驿客还没有设置。用浏览器打开下面的链接（只能用一次）：\nNot set up yet. Open this one-time link:\n\n  %s\n\n", link)
	} else {
		_, _ = fmt.Fprintf(c.out, "驿客已启动 (serving): %s\n", a.URL())
	}
	if a.cert != nil {
		_, _ = fmt.Fprintf(c.out, "证书指纹 (fingerprint, SHA-256): %s\n", a.cert.fingerprint())
	}
	if lan {
		printLAN(c.out, a.scheme(), a.in.main.Addr())
	}
	if a.in.rateURL != "" {
		_, _ = fmt.Fprintf(c.out, "客户评价页 (clients rate at): %s/r/…\n", a.in.rateURL)
	}
	if open {
		name, args := browserCommand(at)
		if err := startCommand(name, args...); err != nil {
			_, _ = fmt.Fprintf(c.err, "没能打开浏览器，请自己打开上面的地址 (cannot open the browser): %v\n", err)
		}
	}
	return runAgain(ctx, a)
}
