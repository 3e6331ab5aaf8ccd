//go:build unix

package pgtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// watch runs the server and outlives the test process by a moment. Its standard input is
// a pipe whose other end only the test process holds, so that read returns when that
// process is gone, be it by a panic or by SIGKILL; then the server is stopped without
// ceremony and the folder removed. $1 is postgres, $2 the folder.
const watch = `
"$1" -D "$2/data" >"$2/log" 2>&1 </dev/null &
pid=$!
read -r _
kill -QUIT $pid 2>/dev/null
wait $pid 2>/dev/null
cd / && rm -rf "$2"
`

// settings make a server whose data nobody will miss fast, and keep it off the network.
const settings = `
listen_addresses = ''
unix_socket_directories = '.'
max_connections = 200
shared_buffers = 32MB
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
autovacuum = off
jit = off
logging_collector = off
`

// lifeline is the test process's end of the pipe that watch reads. It is a package
// variable so that the garbage collector never closes it.
var lifeline *os.File

func startPrivate() (string, error) {
	bin, err := programs()
	if err != nil {
		return "", err
	}
	who, err := account()
	if err != nil {
		return "", err
	}
	// A short path: a unix socket's address holds about a hundred bytes.
	dir, err := os.MkdirTemp("", "yikepg")
	if err != nil {
		return "", err
	}
	if who != nil {
		err = os.Chown(dir, int(who.Uid), int(who.Gid))
	}
	if err == nil {
		err = initialise(bin, dir, who)
	}
	if err == nil {
		err = launch(bin, dir, who)
	}
	if err != nil {
		os.RemoveAll(dir)
		return "", err
	}
	query := url.Values{"host": {filepath.Join(dir, "data")}, "user": {"yike"}, "sslmode": {"disable"}}
	dsn := "postgres:///postgres?" + query.Encode()
	if err := await(dsn); err != nil {
		log, _ := os.ReadFile(filepath.Join(dir, "log"))
		lifeline.Close()
		return "", fmt.Errorf("the private PostgreSQL did not answer: %w\n%s", err, log)
	}
	return dsn, nil
}

// programs returns the folder that holds initdb and postgres: that of PATH, else the
// newest that Debian's packages put beside it.
func programs() (string, error) {
	candidates, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	version := func(dir string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(dir)))
		return n
	}
	sort.Slice(candidates, func(i, j int) bool { return version(candidates[i]) > version(candidates[j]) })
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			candidates = append([]string{filepath.Dir(path)}, candidates...)
		}
	}
	for _, dir := range candidates {
		if executable(filepath.Join(dir, "initdb")) && executable(filepath.Join(dir, "postgres")) {
			return dir, nil
		}
	}
	return "", ErrMissing
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir() && info.Mode()&0o111 != 0
}

// account names who runs the server: nil for the current user; for root, whom PostgreSQL
// refuses, the postgres account or else nobody.
func account() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(err1, err2); err != nil {
			return nil, fmt.Errorf("account %s: %w", name, err)
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, fmt.Errorf("PostgreSQL does not run as root, and there is neither an account postgres nor nobody to run it as")
}

func command(dir string, who *syscall.Credential, name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC", "HOME=" + dir}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: who, Setpgid: true}
	return cmd
}

// initialise makes the cluster. Where the server can (version 15 and later, built with
// ICU) its default order is Chinese and not by bytes, as on many a real server: a query
// that forgot its COLLATE "C" then shows in the tests.
func initialise(bin, dir string, who *syscall.Credential) error {
	data := filepath.Join(dir, "data")
	base := []string{"-D", data, "-U", "yike", "-A", "trust", "-E", "UTF8", "--no-sync", "--no-instructions"}
	var out []byte
	var err error
	for _, locale := range [][]string{{"--locale=C", "--locale-provider=icu", "--icu-locale=zh"}, {"--locale=C"}} {
		if out, err = command(dir, who, filepath.Join(bin, "initdb"), append(base, locale...)...).CombinedOutput(); err == nil {
			break
		}
		os.RemoveAll(data)
	}
	if err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, bytes.TrimSpace(out))
	}
	f, err := os.OpenFile(filepath.Join(data, "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = strings.NewReader(settings).WriteTo(f)
	return errors.Join(err, f.Close())
}

func launch(bin, dir string, who *syscall.Credential) error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	cmd := command(dir, who, "/bin/sh", "-c", watch, "sh", filepath.Join(bin, "postgres"), dir)
	cmd.Stdin = r
	err = cmd.Start()
	r.Close()
	if err != nil {
		w.Close()
		return err
	}
	lifeline = w
	go cmd.Wait()
	return nil
}

func await(dsn string) error {
	deadline := time.Now().Add(patience)
	for {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		conn, err := pgx.Connect(ctx, dsn)
		if err == nil {
			err = conn.Close(ctx)
		}
		cancel()
		if err == nil || time.Now().After(deadline) {
			return err
		}
		time.Sleep(30 * time.Millisecond)
	}
}
