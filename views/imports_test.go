package views_test

import (
	"context"
	"testing"

	"yike/views"
)

func TestAFieldIsNamedAsItsKindOfFileMeansIt(t *testing.T) {
	for _, c := range []struct{ kind, field, want string }{
		{"visits", "day", "日期"}, {"waybills", "day", "寄件日期"}, {"customers", "name", "客户名称"}, {"waybills", "name", "寄件客户"}, {"waybills", "freight", "运费"},
	} {
		if got := views.ImportFieldOf(context.Background(), c.kind, c.field); got != c.want {
			t.Errorf("%s of %s is called %q, want %q", c.field, c.kind, got, c.want)
		}
	}
}
