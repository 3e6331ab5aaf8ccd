//go:build linux

package app

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// disk stands between the engine and the system for the files in one folder: it
// knows what was brought to the platters and what was only written, and refuses
// what it is told to. Everything else of the engine is the engine's own.
type disk struct {
	folder string
	mu     sync.Mutex
	files  map[string]*platter

	left    int   // so many writes and syncs go well yet
	code    int32 // what comes after them, 0 = all goes well
	once    bool  // it happens once only
	refused int   // so often it happened
	done    int   // writes and syncs that went well
	syncs   int
}

// platter is one file: what a power cut leaves of it, and what it need not leave.
type platter struct {
	synced  []byte
	pending []pendingWrite
}

// pendingWrite is a write, or with data nil a file made so long.
type pendingWrite struct {
	at   int64
	data []byte
}

// Result codes of the engine.
const (
	diskFull     = sqlite3.SQLITE_FULL
	diskIOWrite  = sqlite3.SQLITE_IOERR_WRITE
	diskIOSync   = sqlite3.SQLITE_IOERR_FSYNC
	diskReadonly = sqlite3.SQLITE_READONLY
)

var shim struct {
	once    sync.Once
	mu      sync.RWMutex
	disks   map[string]*disk     // by folder
	open    map[uintptr]openFile // by the engine's file
	methods map[uintptr]*sqlite3.Tsqlite3_io_methods
	base    sqlite3.Tsqlite3_vfs
	own     *sqlite3.Tsqlite3_vfs
}

type openFile struct {
	disk *disk
	path string
	base *sqlite3.Tsqlite3_io_methods
}

// at is the engine's memory at an address.
func at[T any](p uintptr) *T { return *(**T)(unsafe.Pointer(&p)) }

// native is a function of the engine by its address, entry the other way round.
func native[F any](p uintptr) F {
	f := &struct{ uintptr }{p}
	return *(*F)(unsafe.Pointer(f))
}

func entry[F any](f F) uintptr { return *(*uintptr)(unsafe.Pointer(&f)) }

type (
	openCall     = func(*libc.TLS, uintptr, uintptr, uintptr, int32, uintptr) int32
	closeCall    = func(*libc.TLS, uintptr) int32
	writeCall    = func(*libc.TLS, uintptr, uintptr, int32, int64) int32
	truncateCall = func(*libc.TLS, uintptr, int64) int32
	syncCall     = func(*libc.TLS, uintptr, int32) int32
	deleteCall   = func(*libc.TLS, uintptr, uintptr, int32) int32
)

// diskAt puts a disk under a folder, for the files that are opened from now on.
func diskAt(t testing.TB, folder string) *disk {
	t.Helper()
	shim.once.Do(layShim)
	d := &disk{folder: folder, files: map[string]*platter{}}
	shim.mu.Lock()
	defer shim.mu.Unlock()
	shim.disks[folder] = d
	t.Cleanup(func() {
		shim.mu.Lock()
		defer shim.mu.Unlock()
		delete(shim.disks, folder)
	})
	return d
}

// layShim makes our way to the files the engine's usual one.
func layShim() {
	shim.disks, shim.open, shim.methods = map[string]*disk{}, map[uintptr]openFile{}, map[uintptr]*sqlite3.Tsqlite3_io_methods{}
	tls := libc.NewTLS()
	sqlite3.Xsqlite3_initialize(tls)
	shim.base = *at[sqlite3.Tsqlite3_vfs](sqlite3.Xsqlite3_vfs_find(tls, 0))
	own := shim.base
	name, err := libc.CString("yike-disk")
	if err != nil {
		panic(err)
	}
	own.FzName, own.FpNext = name, 0
	own.FxOpen, own.FxDelete = entry[openCall](shimOpen), entry[deleteCall](shimDelete)
	shim.own = &own
	if code := sqlite3.Xsqlite3_vfs_register(tls, uintptr(unsafe.Pointer(shim.own)), 1); code != 0 {
		panic(fmt.Sprintf("register a way to files: %d", code))
	}
}

// diskOf finds the disk that a path lies on.
func diskOf(path string) *disk {
	shim.mu.RLock()
	defer shim.mu.RUnlock()
	return shim.disks[filepath.Dir(path)]
}

func shimOpen(tls *libc.TLS, vfs, name, file uintptr, flags int32, out uintptr) int32 {
	code := native[openCall](shim.base.FxOpen)(tls, vfs, name, file, flags, out)
	if code != 0 || name == 0 {
		return code
	}
	path := libc.GoString(name)
	d := diskOf(path)
	if d == nil || strings.HasSuffix(path, "-shm") {
		return code
	}
	methods := at[sqlite3.Tsqlite3_file](file)
	base := at[sqlite3.Tsqlite3_io_methods](methods.FpMethods)
	shim.mu.Lock()
	ours := shim.methods[methods.FpMethods]
	if ours == nil {
		c := *base
		c.FxClose, c.FxWrite, c.FxTruncate, c.FxSync = entry[closeCall](shimClose), entry[writeCall](shimWrite), entry[truncateCall](shimTruncate), entry[syncCall](shimSync)
		ours = &c
		shim.methods[methods.FpMethods] = ours
	}
	shim.open[file] = openFile{d, path, base}
	shim.mu.Unlock()
	methods.FpMethods = uintptr(unsafe.Pointer(ours))
	d.found(path)
	return code
}

func opened(file uintptr) openFile {
	shim.mu.RLock()
	defer shim.mu.RUnlock()
	return shim.open[file]
}

func shimClose(tls *libc.TLS, file uintptr) int32 {
	f := opened(file)
	shim.mu.Lock()
	delete(shim.open, file)
	shim.mu.Unlock()
	return native[closeCall](f.base.FxClose)(tls, file)
}

func shimWrite(tls *libc.TLS, file, from uintptr, n int32, offset int64) int32 {
	f := opened(file)
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if code := f.disk.refuses(); code != 0 {
		return code
	}
	code := native[writeCall](f.base.FxWrite)(tls, file, from, n, offset)
	if code == 0 {
		p := f.disk.files[f.path]
		p.pending = append(p.pending, pendingWrite{offset, slices.Clone(unsafe.Slice(at[byte](from), n))})
	}
	return code
}

func shimTruncate(tls *libc.TLS, file uintptr, size int64) int32 {
	f := opened(file)
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	code := native[truncateCall](f.base.FxTruncate)(tls, file, size)
	if code == 0 {
		p := f.disk.files[f.path]
		p.pending = append(p.pending, pendingWrite{at: size})
	}
	return code
}

func shimSync(tls *libc.TLS, file uintptr, flags int32) int32 {
	f := opened(file)
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if code := f.disk.refuses(); code != 0 {
		if code == diskIOWrite {
			code = diskIOSync
		}
		return code
	}
	code := native[syncCall](f.base.FxSync)(tls, file, flags)
	if code == 0 {
		f.disk.syncs++
		p := f.disk.files[f.path]
		for _, w := range p.pending {
			p.synced = w.onto(p.synced)
		}
		p.pending = nil
	}
	return code
}

func shimDelete(tls *libc.TLS, vfs, name uintptr, sync int32) int32 {
	code := native[deleteCall](shim.base.FxDelete)(tls, vfs, name, sync)
	path := libc.GoString(name)
	if d := diskOf(path); d != nil && code == 0 {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.files, path)
	}
	return code
}

// onto does a write to what is there.
func (w pendingWrite) onto(b []byte) []byte {
	if w.data == nil {
		if int64(len(b)) > w.at {
			return b[:w.at]
		}
		return append(b, make([]byte, w.at-int64(len(b)))...)
	}
	if end := w.at + int64(len(w.data)); int64(len(b)) < end {
		b = append(b, make([]byte, end-int64(len(b)))...)
	}
	copy(b[w.at:], w.data)
	return b
}

// found takes a file in that is opened for the first time, as it stands.
func (d *disk) found(path string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.files[path] == nil {
		b, _ := os.ReadFile(path)
		d.files[path] = &platter{synced: b}
	}
}

// refuses counts a write or a sync and says how it ends.
func (d *disk) refuses() int32 {
	if d.code != 0 && d.left == 0 && !(d.once && d.refused > 0) {
		d.refused++
		return d.code
	}
	d.left = max(d.left-1, 0)
	d.done++
	return 0
}

// fail lets so many writes and syncs go well and then refuses them, once or
// until heal.
func (d *disk) fail(after int, code int32, once bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.left, d.code, d.once, d.refused = after, code, once, 0
}

// heal lets everything go well again and says how often it did not.
func (d *disk) heal() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := d.refused
	d.code, d.refused = 0, 0
	return n
}

func (d *disk) hit() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.refused
}

func (d *disk) count() (writes, syncs int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.done, d.syncs
}

// cut writes into a folder what stands on the platters if the power goes now:
// what was synced, and of what was only written a part, by the dice; none of it
// without dice.
func (d *disk) cut(t testing.TB, to string, dice *rand.Rand) {
	t.Helper()
	d.mu.Lock()
	left := map[string][]byte{}
	for path, p := range d.files {
		b := slices.Clone(p.synced)
		for _, w := range p.pending {
			if dice == nil || dice.IntN(2) == 0 {
				continue
			}
			if len(w.data) > 512 && dice.IntN(4) == 0 { // torn within a page
				w.data = w.data[:512*(1+dice.IntN(len(w.data)/512))]
			}
			b = w.onto(b)
		}
		left[path] = b
	}
	d.mu.Unlock()
	for path, b := range left {
		if err := os.WriteFile(filepath.Join(to, filepath.Base(path)), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
