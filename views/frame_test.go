package views

import (
	"bytes"
	"context"
	"fmt"
	"reflect"
	"testing"

	"github.com/a-h/templ"

	"yike/views/lang"
)

// A page in a kept frame is the page that Layout draws, whatever is changed in
// its props: a field that the key forgot would show the frame of another page.
func TestAKeptFrameIsTheLayout(t *testing.T) {
	var frames Frames
	content := templ.Raw(`<p>content</p>`)
	check := func(name string, ctx context.Context, p Page) {
		t.Helper()
		var want, got bytes.Buffer
		if err := Layout(p).Render(templ.WithChildren(ctx, content), &want); err != nil {
			t.Fatal(err)
		}
		for range 2 { // drawn, then kept
			got.Reset()
			if err := frames.Layout(p, content).Render(ctx, &got); err != nil {
				t.Fatal(err)
			}
			if got.String() != want.String() {
				t.Errorf("%s: a kept frame differs from the layout", name)
			}
		}
	}
	fresh := func() Page {
		return Page{Title: "客户 <A&B>", Theme: "dark", User: &PageUser{"陈立舟", "网点经理", "陈", "7"},
			Nav:   []NavGroup{{"每天", []NavItem{{Label: "拜访", Href: "/visits", Icon: "users", Count: "3"}}, nil}, {"数据", []NavItem{{Label: "导入", Href: "/imports", Icon: "users"}}, []NavItem{{Label: "理赔", Href: "/claims", Icon: "cash"}}}},
			Tabs:  []NavItem{{Label: "拜访", Href: "/visits", Icon: "users", Count: "2"}},
			New:   []NavItem{{Label: "新建", Href: "/customers/new", Icon: "plus"}, {Label: "记拜访", Href: "/visits/new", Icon: "pencil"}},
			Flash: []Flash{{Kind: "ok", Text: "存好了", UndoURL: "/undo"}}, Banner: &Banner{"over", "损坏", "/x", "看看"}, Foot: "良渚", Mark: "陈立舟 <9:41>", Scripts: []string{"customers.js"}}
	}
	ctx := context.Background()
	check("Chinese", ctx, fresh())
	check("English", lang.With(ctx, lang.English), fresh())
	bare := fresh()
	bare.User = nil
	check("signed out", ctx, bare)
	for _, title := range []string{"", "另一页", `"quoted" <b>`} {
		p := fresh()
		p.Title = title
		check(fmt.Sprintf("title %q", title), ctx, p)
	}
	// Every field in turn, however deep.
	n := len(leaves(reflect.ValueOf(ptr(fresh())).Elem()))
	if n < 40 {
		t.Fatalf("only %d fields of a page found", n)
	}
	for i := range n {
		p := fresh()
		leaf := leaves(reflect.ValueOf(&p).Elem())[i]
		if leaf.Kind() == reflect.Bool {
			leaf.SetBool(!leaf.Bool())
		} else {
			leaf.SetString(leaf.String() + "2")
		}
		check(fmt.Sprintf("field %d", i), ctx, p)
	}
	for i := range maxFrames + 1 {
		p := fresh()
		p.Foot = fmt.Sprint(i)
		check("many", ctx, p)
	}
	if len(frames.kept) > maxFrames {
		t.Errorf("%d frames are kept", len(frames.kept))
	}
}

func ptr[T any](v T) *T { return &v }

// leaves are the texts and switches inside a value.
func leaves(v reflect.Value) []reflect.Value {
	var out []reflect.Value
	switch v.Kind() {
	case reflect.Pointer:
		out = leaves(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			out = append(out, leaves(v.Field(i))...)
		}
	case reflect.Slice:
		for i := range v.Len() {
			out = append(out, leaves(v.Index(i))...)
		}
	case reflect.String, reflect.Bool:
		out = []reflect.Value{v}
	}
	return out
}
