package backup

import (
	"errors"
	"io/fs"

	"yike/db"
)

// Why a copy or a restore came to nothing. Views and commands put these into
// words.
const (
	Full    = "full"    // no room on the disk
	Denied  = "denied"  // may not write there
	Missing = "missing" // no such file or folder
	Phrase  = "phrase"  // the passphrase is wrong or missing
	Damaged = "damaged"
	Foreign = "foreign" // no copy of this program
	Newer   = "newer"   // of a newer program
	Key     = "key"     // the passphrase cannot be read without the key file
	Busy    = "busy"    // the program is running
	Decided = "decided" // another restore is to be carried out first
	Tools   = "tools"   // PostgreSQL's own programs are not here
	Other   = "other"
)

// Fault is an error with its reason.
type Fault struct {
	Code string
	Err  error
}

func (f *Fault) Error() string { return f.Code + ": " + f.Err.Error() }

// Unwrap returns the cause.
func (f *Fault) Unwrap() error { return f.Err }

// Code names the reason of an error, "" for none.
func Code(err error) string {
	var f *Fault
	switch {
	case err == nil:
		return ""
	case errors.As(err, &f):
		return f.Code
	case db.DiskFault(err) == "full":
		return Full
	case errors.Is(err, fs.ErrPermission), db.DiskFault(err) == "readonly":
		return Denied
	case errors.Is(err, db.ErrNewer):
		return Newer
	case errors.Is(err, db.ErrForeign):
		return Foreign
	case errors.Is(err, db.ErrNoKey), errors.Is(err, db.ErrSealed):
		return Key
	case errors.Is(err, fs.ErrNotExist):
		return Missing
	}
	return Other
}
