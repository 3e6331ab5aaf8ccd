package clients

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"yike/internal/e2e"
)

// ledger is the client workbook as the branch keeps it: 260 customers in 284 rows, 18 of
// them written down twice, and 6 rows that cannot be taken as they are.
const ledger = "../../sheet/testdata/samples/客户台账_杭州城西网点.xlsx"

// bring uploads a file and waits until it has been judged.
func bring(c *e2e.Company, b *e2e.Browser, path string) {
	b.T.Helper()
	b.Go(c.URL + "/imports/new")
	b.Fill("kind", "customers")
	b.Upload("file", path)
	b.ClickAndLoad(`form[action="/imports"] button[type="submit"]`)
	b.WaitFor(".actbar, main .note-over")
}

// verdicts are the counts of the preview's tabs, as shown.
func verdicts(b *e2e.Browser) string {
	b.T.Helper()
	var counts []string
	b.Eval(`[...document.querySelectorAll(".vtabs a")].map(a => a.innerText.replace(/\s+/g, ""))`, &counts)
	return strings.Join(counts, " ")
}

func TestAWorkbookIsImportedItsErrorsMendedAndAllTakenBack(t *testing.T) {
	e2e.BothScreens(t, func(t *testing.T, view e2e.Viewport) {
		c := e2e.NewCompany(t)
		b := c.Window(t, "boss", view, e2e.Light)
		b.Go(c.URL + "/imports")
		b.Look("imports empty")
		b.Go(c.URL + "/imports/new")
		b.Look("import new")
		b.ClickAndLoad(`form[action="/imports"] button[type="submit"]`)
		if b.Status() != http.StatusUnprocessableEntity {
			t.Errorf("no file answers %d, want 422", b.Status())
		}
		b.Look("import no file")

		bring(c, b, ledger)
		if got := verdicts(b); !strings.Contains(got, "新建260") || !strings.Contains(got, "错误6") {
			t.Fatalf("the ledger is judged %q, want 260 new and 6 faulty", got)
		}
		b.Look("import preview")
		b.ClickAndLoad(`.vtabs a[href*="v=error"]`)
		b.WaitText("#rows", "澄澜丰")
		b.Look("import errors")
		b.ClickAndLoad(`form[action$="/apply"] button[type="submit"]`)
		b.WaitText("main", "撤销这次导入")
		b.Look("import done")
		first := b.URL()

		// The failed rows come back as a workbook, with the reason beside each row. One
		// is mended with what the clerk knows, and the file is brought again.
		status, file := c.Client("boss").Get(strings.TrimPrefix(first[:strings.IndexAny(first+"?", "?")], c.URL) + "/failed.xlsx")
		if status != http.StatusOK {
			t.Fatalf("the failed rows answer %d", status)
		}
		mended := mend(t, file, "澄澜丰", "1.38E+10", "13800009911")
		bring(c, b, mended)
		if got := verdicts(b); !strings.Contains(got, "新建1") || !strings.Contains(got, "错误5") {
			t.Fatalf("the mended file is judged %q, want 1 new and 5 faulty", got)
		}
		b.ClickAndLoad(`form[action$="/apply"] button[type="submit"]`)
		b.WaitText("main", "撤销这次导入")

		// Brought once more by mistake, the ledger changes nothing but what it says anew.
		b.Go(c.URL + "/imports")
		b.Look("imports")
		b.Go(first)
		b.ClickAndLoad(`form[action$="/undo"] button[type="submit"]`)
		b.WaitText("main", "已还原")
		b.Look("import undone")
		if text := b.Text(".figs, .stats, main"); !strings.Contains(text, "260") {
			t.Errorf("the page does not say that 260 were taken back:\n%s", text)
		}
	})
}

func TestAFileThatIsNoWorkbookIsRefusedInWords(t *testing.T) {
	c := e2e.NewCompany(t)
	b := c.Window(t, "boss", e2e.Desktop, e2e.Light)
	full, err := os.ReadFile(ledger)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		name    string
		content []byte
	}{
		{"空的.xlsx", nil},
		{"截断的.xlsx", full[:len(full)/2]},
		{"照片.xlsx", []byte("\x89PNG\r\n\x1a\n this is no workbook")},
	} {
		path := filepath.Join(t.TempDir(), x.name)
		if err := os.WriteFile(path, x.content, 0o600); err != nil {
			t.Fatal(err)
		}
		bring(c, b, path)
		if text := b.Text("main"); strings.Contains(text, "导入 ") && strings.Contains(text, "新建 ") {
			t.Errorf("%s is taken as a workbook:\n%s", x.name, text)
		}
		b.Look("import refused " + strings.TrimSuffix(x.name, ".xlsx"))
	}
}

// mend replaces a cell of the row that names somebody in a workbook of failed rows and
// returns the path of the result.
func mend(t *testing.T, file, who, wrong, right string) string {
	t.Helper()
	book, err := excelize.OpenReader(bytes.NewReader([]byte(file)))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	done := 0
	for _, sheet := range book.GetSheetList() {
		rows, err := book.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		for y, row := range rows {
			if !strings.Contains(strings.Join(row, "|"), who) {
				continue
			}
			for x, cell := range row {
				if strings.TrimSpace(cell) != wrong {
					continue
				}
				at, err := excelize.CoordinatesToCellName(x+1, y+1)
				if err != nil {
					t.Fatal(err)
				}
				if err := book.SetCellStr(sheet, at, right); err != nil {
					t.Fatal(err)
				}
				done++
			}
		}
	}
	if done != 1 {
		t.Fatalf("%d cells of %s hold %q in the workbook of failed rows, want 1", done, who, wrong)
	}
	path := filepath.Join(t.TempDir(), fmt.Sprintf("改好的 %s.xlsx", who))
	if err := book.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	return path
}
