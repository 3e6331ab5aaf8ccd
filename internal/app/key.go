package app

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"yike/db"
	"yike/policy"
)

// The key file opens what is sealed in the database: before-images of personal
// values, optional sensitive fields, secrets. It stands outside the data
// folder, so that who gets hold of a data folder or of a back-up has not got
// it, and is called after the installation, so that two data folders on one
// machine never share one by accident.

// keyMark begins the line of a key file that holds the key.
const keyMark = "yike-key-1 "

// nextKey is beside the key file while a rotation is under way.
const nextKey = ".next"

// KeyPath returns where the key file of an installation stands.
func (c Config) KeyPath(installation string) (string, error) {
	if c.KeyFile != "" {
		return filepath.Abs(c.KeyFile)
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("不知道密钥文件该放在哪里，请用 --key-file 指定 (no place for the key file, name one with --key-file): %w", err)
	}
	return filepath.Join(dir, "yike", installation+".key"), nil
}

// keys reads the key file, or makes it for a database that never had one.
func (c Config) keys(installation string, used bool) ([][]byte, error) {
	if c.Key != nil {
		return [][]byte{c.Key}, nil
	}
	path, err := c.KeyPath(installation)
	if err != nil {
		return nil, err
	}
	key, err := readKey(path)
	if errors.Is(err, fs.ErrNotExist) && !used {
		if key, err = makeKey(path, installation); err == nil && c.Out != nil {
			_, _ = fmt.Fprintf(c.Out, "已建密钥文件 (made the key file): %s\n请另外保存一份；备份里没有它，丢了它，加密保存的内容就再也读不出来，其余数据不受影响。\nKeep a copy: no back-up holds it, and without it what is sealed stays unreadable; everything else stays.\n", path)
		}
	}
	next, nextErr := readKey(path + nextKey)
	switch {
	case err == nil && nextErr == nil:
		return [][]byte{key, next}, nil
	case err == nil:
		return [][]byte{key}, nil
	case nextErr == nil:
		return [][]byte{next}, nil
	}
	return nil, err
}

func readKey(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	for line := range bytes.Lines(text) {
		if rest, ok := bytes.CutPrefix(bytes.TrimSpace(line), []byte(keyMark)); ok {
			key, err := base64.RawURLEncoding.DecodeString(string(rest))
			if err == nil && len(key) == db.KeySize {
				return key, nil
			}
		}
	}
	return nil, fmt.Errorf("%s 不是驿客的密钥文件 (not a key file)", path)
}

// makeKey writes a new key that only its owner may read, whole or not at all,
// and never over another.
func makeKey(path, installation string) ([]byte, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	key := db.NewKey()
	text := "# 驿客密钥文件 Yike key file, installation " + installation + "\n" +
		"# 请另外保存，不要放进数据文件夹或备份。Keep a copy, outside the data folder and its back-ups.\n" +
		keyMark + base64.RawURLEncoding.EncodeToString(key) + "\n"
	part, err := os.CreateTemp(filepath.Dir(path), ".key-*") // 0600
	if err != nil {
		return nil, err
	}
	defer os.Remove(part.Name()) //nolint:errcheck // linked to its place, or of no use
	_, err = part.WriteString(text)
	if err == nil {
		err = part.Sync()
	}
	if err = errors.Join(err, part.Close()); err != nil {
		return nil, err
	}
	if err = os.Link(part.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		// A file system without hard links: nobody else is likely to be here.
		if _, there := os.Stat(path); there == nil {
			err = fs.ErrExist
		} else {
			err = os.Rename(part.Name(), path)
		}
	}
	if errors.Is(err, fs.ErrExist) {
		return readKey(path) // another process was faster
	}
	return key, err
}

// keySentence is what the console and the log say about a key that is not
// good; "" when it is.
func (c Config) keySentence(ctx context.Context, d *db.DB) string {
	state, fault := d.KeyState()
	if state == db.KeyGood {
		return ""
	}
	at := ""
	if name, err := d.Installation(ctx); err == nil {
		at, _ = c.KeyPath(name)
	}
	if state == db.KeyWrong {
		return fmt.Sprintf("密钥文件 %s 不是这个数据库的，加密保存的内容暂时读不出来；请放回原来的密钥文件再启动 (the key file is another database's: sealed values cannot be read)", at)
	}
	why := ""
	if fault != nil && !errors.Is(fault, fs.ErrNotExist) {
		why = " " + fault.Error()
	}
	return fmt.Sprintf("没有密钥文件 %s，加密保存的内容暂时读不出来；请把它放回去再启动 (the key file is missing: sealed values cannot be read)%s", at, why)
}

// key is "yike key": where the key file is, and a new one in its place.
func key(ctx context.Context, c *call) error {
	words, err := c.parse(1, 1)
	if err != nil {
		return err
	}
	if words[0] != "show" && words[0] != "rotate" {
		return errUsage{"看不懂 (not understood): " + words[0]}
	}
	if err := exists(c.cfg); err != nil {
		return err
	}
	d, err := OpenDB(ctx, c.cfg)
	if err != nil {
		return err
	}
	defer d.Close()
	name, err := d.Installation(ctx)
	if err != nil {
		return err
	}
	path, err := c.cfg.KeyPath(name)
	if err != nil {
		return err
	}
	if sentence := c.cfg.keySentence(ctx, d); sentence != "" {
		return errors.New(sentence)
	}
	if words[0] == "show" {
		_, _ = fmt.Fprintf(c.out, "密钥文件 (key file): %s\n", path)
		return nil
	}
	if err := rotateKey(ctx, d, path, name); err != nil {
		return fmt.Errorf("密钥没有换 (the key was not changed): %w", err)
	}
	_, _ = fmt.Fprintf(c.out, "密钥已换，请重新保存一份 (the key is new, keep a copy again): %s\n旧备份要用旧密钥才读得出加密内容 (back-ups made before need the former key).\n", path)
	return nil
}

// rotateKey puts a new key in the place of the one in use. At each moment one
// of the two files opens the database: the new one is written beside the old,
// the database is sealed with it, then it takes the old one's place, which is
// kept as .old.
func rotateKey(ctx context.Context, d *db.DB, path, installation string) error {
	if d.KeyUsed() == 1 { // an earlier rotation was cut off before its last step
		return os.Rename(path+nextKey, path)
	}
	was, err := readKey(path)
	if err != nil {
		return err
	}
	if err := os.Remove(path + nextKey); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err // left by a rotation that never reached the database
	}
	now, err := makeKey(path+nextKey, installation)
	if err != nil {
		return err
	}
	if err := d.RotateKey(ctx, policy.SystemActor("yike key"), was, now); err != nil {
		return err
	}
	if err := os.Rename(path, path+".old"); err != nil {
		return err
	}
	return os.Rename(path+nextKey, path)
}
