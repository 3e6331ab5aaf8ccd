package db

import (
	"encoding/json"
	"strings"
	"sync/atomic"
	"time"

	"yike/policy/intake"
)

// Kinds of import, and the kinds of task that work on one.
const (
	ImportCustomers = "customers"
	ImportVisits    = "visits"

	TaskJudge = "import.judge"
	TaskApply = "import.apply"
	TaskUndo  = "import.undo"
)

// UndoImportFor is how long an import can be taken back.
const UndoImportFor = 30 * 24 * time.Hour

// Import is a file that somebody brought and what became of it. Its states:
// judging → judged → applying → applied → undoing → undone; judged → cancelled;
// judging → failed when the file cannot be read.
type Import struct {
	ID, UserID, BranchID int64
	UserName             string
	Kind                 string
	FileName, FileHash   string
	State                string
	Options              ImportOptions
	Found                ImportFound
	Creates, Updates     int64 // rows by verdict
	Skips, Faults        int64
	Undo                 ImportUndo
	TaskID, ApplyAudit   int64
	Version              int64
	CreatedAt, UpdatedAt int64
	AppliedAt            int64
	TaskState, TaskError string
	Done, Total          int64 // progress of the task in hand, in rows
	run                  importRun
	runDone              int64
}

// Busy says whether a task works on the import.
func (m Import) Busy() bool {
	return (m.State == "judging" || m.State == "applying" || m.State == "undoing") &&
		(m.TaskState == "queued" || m.TaskState == "running")
}

// Stuck says whether the task that should work on the import has ended without
// finishing it: failed, cancelled, or died too often.
func (m Import) Stuck() bool {
	return (m.State == "judging" || m.State == "applying" || m.State == "undoing") && !m.Busy()
}

// Rows is how many rows of data the file has.
func (m Import) Rows() int64 { return m.Creates + m.Updates + m.Skips + m.Faults }

// ImportOptions is what the person chose; zero values leave it to the program.
type ImportOptions struct {
	Sheets   []string            `json:"sheets,omitempty"`  // those to read
	Mapping  map[string][]string `json:"mapping,omitempty"` // of each sheet, field by column
	Key      string              `json:"key,omitempty"`
	Year     int                 `json:"year,omitempty"`
	AreaCode string              `json:"area,omitempty"`
	Order    string              `json:"order,omitempty"`
	Comma    bool                `json:"comma,omitempty"`
	VIP      string              `json:"vip,omitempty"`
	Unread   string              `json:"unread,omitempty"`  // of cells that cannot be read: "" refuses the row, "remark"
	Unknown  string              `json:"unknown,omitempty"` // of visits: "" refuses, "create" opens files
	Owner    int64               `json:"owner,omitempty"`   // of rows that name no rep of the branch
	FillOnly bool                `json:"fill,omitempty"`
	NoResult string              `json:"no_result,omitempty"` // of a register's rows that do not say whether they are closed
	Straight bool                `json:"straight,omitempty"`  // of a large bill on SQLite: taken while it is judged, see TakeBill
}

// ImportFound is what the file turned out to be.
type ImportFound struct {
	Format    string          `json:"format"`
	Encoding  string          `json:"encoding,omitempty"`
	Mode      string          `json:"mode"` // customers, senders, messages, visits, waybills
	Sheets    []ImportSheet   `json:"sheets"`
	NotData   []ImportNotData `json:"not_data,omitempty"` // the first of them
	NotCount  map[string]int  `json:"not_count,omitempty"`
	Questions []intake.Asked  `json:"questions,omitempty"`
	Reps      []ImportName    `json:"reps,omitempty"`   // named, but nobody's name in the branch
	Names     []ImportName    `json:"names,omitempty"`  // visited, but on no file
	Faults    []ImportCount   `json:"faults,omitempty"` // reasons of the rows that fail
	Parcels   int             `json:"parcels,omitempty"`
	Totals    []ImportTotal   `json:"totals,omitempty"`  // of a bill
	Beyond    int             `json:"beyond,omitempty"`  // rows past the limit of one import
	Notice    string          `json:"notice,omitempty"`  // changed: judged again, others wrote meanwhile
	Fault     string          `json:"fault,omitempty"`   // code of why the file cannot be read
	Mark      int64           `json:"mark,string"`       // the newest change when it was judged
	Short     int             `json:"short,omitempty"`   // new files that lack what the data-entry standard says must be there
	Lacking   []ImportCount   `json:"lacking,omitempty"` // … by field
}

// ImportSheet is a sheet of the file. The slices run by column.
type ImportSheet struct {
	Name       string    `json:"name"`
	Hidden     bool      `json:"hidden,omitempty"`
	Used       bool      `json:"used,omitempty"`
	Rows       int       `json:"rows"`
	HeaderRows []int     `json:"header,omitempty"`
	Headings   []string  `json:"headings,omitempty"`
	Groups     []string  `json:"groups,omitempty"`
	Samples    []string  `json:"samples,omitempty"`
	Fields     []string  `json:"fields,omitempty"`
	Sure       []float64 `json:"sure,omitempty"`
	Key        string    `json:"key,omitempty"` // of the set of headings
	Remembered bool      `json:"remembered,omitempty"`
}

// ImportNotData is a row that is none, and why.
type ImportNotData struct {
	Sheet string `json:"sheet"`
	Row   int    `json:"row"`
	Why   string `json:"why"`
	Text  string `json:"text,omitempty"`
}

// ImportName is a name of the file with the number of rows that have it.
type ImportName struct {
	Name string `json:"name"`
	Rows int    `json:"rows"`
}

// ImportCount is a reason and its number of rows.
type ImportCount struct {
	Code string `json:"code"`
	Rows int    `json:"rows"`
}

// ImportUndo says what became of an undo.
type ImportUndo struct {
	Reversed int            `json:"reversed"`
	Kept     int            `json:"kept"`
	Failed   int            `json:"failed"`
	Rows     []ImportUndone `json:"rows,omitempty"` // the first of each
	At       *undoAt        `json:"at,omitempty"`   // how far it is, until it is done
}

// ImportUndone is one row of an undo.
type ImportUndone struct {
	How   string `json:"how"` // reversed, kept, failed
	Why   string `json:"why"` // created, updated; edited, visited, contacts, fields; a fault
	ID    int64  `json:"id,string"`
	Name  string `json:"name"`
	Field string `json:"field,omitempty"`
}

// ImportRow is one staged row.
type ImportRow struct {
	N       int64
	Sheet   string
	Row     int
	Verdict string // create, update, skip, error
	Reasons []intake.Problem
	Record  ImportRecord
	Target  int64 // the row it changes, or was made
	Cells   []string
	SortKey string // of a new file's name
}

// ImportRecord is a row as it was understood. V is by field of policy/intake.
type ImportRecord struct {
	V       map[string]string `json:"v,omitempty"`
	Phones  []string          `json:"p,omitempty"`
	Tags    []string          `json:"t,omitempty"`
	Extra   []string          `json:"x,omitempty"` // numbers that a repeated row adds
	Of      int               `json:"of,omitempty"`
	OfSheet string            `json:"ofs,omitempty"` // when the row stands on another sheet
	Owner   int64             `json:"o,omitempty,string"`
	Clerk   int64             `json:"c,omitempty,string"`
	Branch  int64             `json:"b,omitempty,string"`
	// Of a parcel: the client it is bound to, and by what.
	Customer int64  `json:"k,omitempty,string"`
	By       string `json:"kb,omitempty"`

	Due     string         `json:"due,omitempty"` // a next step in words that name no day
	Changes []ImportChange `json:"ch,omitempty"`
	Version int64          `json:"ver,omitempty"` // of the file on record that was compared

	from intake.Record // instead of V; see Take
}

// ImportChange is a field that an update writes.
type ImportChange struct {
	Field string `json:"f"`
	Old   string `json:"a,omitempty"`
	New   string `json:"b,omitempty"`
}

func fromJSON(text string, into any) error {
	if text == "" {
		return nil
	}
	return json.Unmarshal([]byte(text), into)
}

func toJSON(v any) (string, error) {
	b, err := json.Marshal(v)
	return strings.ReplaceAll(string(b), `\u0000`, ""), err // PostgreSQL keeps no NUL
}

// importProgress is how far an apply is. It lives in memory, so that telling it
// costs no write.
type importProgress struct {
	done, total atomic.Int64
	cancel      atomic.Bool
}
