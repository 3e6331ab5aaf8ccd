package clients

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"yike/db"
	"yike/internal/e2e"
)

// A manager brings the carrier's bill: the totals row agrees, the client's
// months fill, a stranger becomes a client's, and all of it is taken back.
func TestABillIsImportedItsStrangerAttachedAndAllTakenBack(t *testing.T) {
	c := e2e.NewCompany(t)
	client, err := c.CreateCustomer(context.Background(), c.As(t, c.BossWest), db.Submission{}, db.Customer{BranchID: c.West, Name: "松果文具有限公司", AccountNo: "5712000999"})
	if err != nil {
		t.Fatal(err)
	}
	text := "\ufeff运单号,寄件日期,寄件客户,月结账号,寄件电话,收件人,收件电话,目的地,重量(kg),运费,产品,付款方式,运单状态\n"
	for i := range 12 {
		text += fmt.Sprintf("30261000000000%d,2026-10-%02d %02d:15:20,松果文具有限公司,5712000999,13812341054,林小满,13900007777,浙江省杭州市,1.2,12.50,标快,月结,已签收\n", i+10, i+2, 9+i%8)
	}
	text += "302610000000098,2026-10-20,晚风工作室,,13666660001,郑好,13900006666,上海市,1,10,特惠,寄付,派送中\n302610000000099,2026-10-21,晚风工作室,,13666660001,郑好,13900006666,上海市,1,10,特惠,寄付,飘在空中\n合计,,,,,,,,,170.00,,,\n"
	file := filepath.Join(t.TempDir(), "10月账单.csv")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	b := c.Window(t, "boss", e2e.Desktop, e2e.Light)
	b.Go(c.URL + "/imports/new")
	b.Fill("kind", "waybills")
	b.Upload("file", file)
	b.ClickAndLoad(`form[action="/imports"] button[type="submit"]`)
	b.WaitFor(".actbar")
	if got := verdicts(b); !strings.Contains(got, "新建13") || !strings.Contains(got, "错误1") {
		t.Fatalf("the bill is judged %q, want 13 new and 1 faulty", got)
	}
	b.WaitText("main", "170")
	b.Look("bill preview")
	b.ClickAndLoad(`form[action$="/apply"] button[type="submit"]`)
	b.WaitText("main", "撤销这次导入")
	done := b.URL()

	b.Go(c.URL + "/customers/" + fmt.Sprint(client) + "/waybills")
	b.WaitText("main", "150")
	b.Look("bill client's months")

	b.Go(c.URL + "/waybills/senders")
	b.WaitText("main", "晚风工作室")
	b.ClickAndLoad(`#senders a[href^="/waybills/senders/"]`)
	b.Go(b.URL() + "?q=松果")
	b.ClickAndLoad(`form[action$="/attach"] button[type="submit"]`)
	b.WaitText("body", "1 票已归到这位客户")

	b.Go(done)
	b.ClickAndLoad(`form[action$="/undo"] button[type="submit"]`)
	b.WaitText("main", "已还原")
	b.Look("bill undone")
	b.Go(c.URL + "/waybills")
	b.WaitText("main", "还没有运单")
	if found, err := c.CheckWaybillSums(context.Background()); err != nil || len(found) > 0 {
		t.Errorf("the sums: %v %v", found, err)
	}
}
