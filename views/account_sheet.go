package views

import (
	"context"

	"yike/views/ui"
)

// AccountSheet is a client's account over one month, to be agreed on with it.
type AccountSheet struct {
	Name, Href, Printed, Month string // Month is YYYY-MM
	Prev, Next                 string // addresses of the months beside it, "" = none
	Print                      string // address that notes a print
	XLSX                       string // address of the file, "" without the right
	Facts                      []Fact
	Figures                    []ui.StatProps
	Opening, Closing           string
	Charged, Paid              string
	Lines                      []SheetDocument
	Parcels                    []SheetParcels
	ParcelsSum                 SheetParcels
	Notes                      []string // what the month comes to, in sentences
	NewStatement               string   // address of a form for the month's statement, "" = none is missing
	ShowParcels                bool
	Seller                     string // the branch, as it signs
}

// SheetDocument is one document of the month.
type SheetDocument struct{ Day, What, Number, Charged, Paid, Balance string }

// SheetParcels are parcels of one way of payment.
type SheetParcels struct{ What, Href, Waybills, Pieces, Money string }

func sheetHeads(ctx context.Context) []ui.Column {
	return []ui.Column{{Label: t(ctx, "日期")}, {Label: t(ctx, "项目")}, {Label: t(ctx, "单据号")}, {Label: t(ctx, "应收"), Right: true}, {Label: t(ctx, "实收"), Right: true}, {Label: t(ctx, "余额"), Right: true}}
}

func parcelHeads(ctx context.Context) []ui.Column {
	return []ui.Column{{Label: t(ctx, "付款")}, {Label: t(ctx, "票数"), Right: true}, {Label: t(ctx, "件数"), Right: true}, {Label: t(ctx, "运费"), Right: true}}
}
