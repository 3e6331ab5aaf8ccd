package intake

// Severity says what a problem does to its row.
type Severity uint8

// The severities, mildest first.
const (
	Notice   Severity = iota // taken, and told
	Question                 // taken as the file's answer says
	Fault                    // the row is not taken
)

// Code names a problem or a reason; views put it into words.
type Code string

// The codes. N and Text of the Problem are the arguments named here.
const (
	// of a whole row
	BadBytes       Code = "bad_bytes"       // bytes that are no character
	OpenQuote      Code = "open_quote"      // a quote that nothing closes
	ColumnsShifted Code = "columns_shifted" // more cells than headings (N = cells), or values in each other's columns: a comma without quotes
	ExtraCells     Code = "extra_cells"     // N cells beyond the headings, not read
	NoName         Code = "no_name"
	CellError      Code = "cell_error"     // Text = #REF!, #N/A …
	KeptInRemark   Code = "kept_in_remark" // what could not be read stands in the remark

	// of a phone (from policy/phone)
	MobileShort Code = "mobile_short" // N digits missing
	MobileLong  Code = "mobile_long"  // N digits too many
	DigitsLost  Code = "digits_lost"  // scientific notation dropped digits; also of waybill and account numbers
	NoAreaCode  Code = "no_area_code" // as Question: the file's answer was taken
	NotAPhone   Code = "not_a_phone"

	// of a day
	NoYear         Code = "no_year"         // as Question: the file's year was taken
	ImpossibleDate Code = "impossible_date" // 2023年2月30日
	DateIncomplete Code = "date_incomplete" // 2024年3月
	DateOrder      Code = "date_order"      // 3/5/24
	NotADate       Code = "not_a_date"
	DateRange      Code = "date_out_of_range"

	// of money and numbers
	DecimalComma Code = "decimal_comma" // 12,50
	NotMoney     Code = "not_money"
	NotANumber   Code = "not_a_number"
	NumberRange  Code = "number_range" // 100-200
	UnitUnclear  Code = "unit_unclear" // 30件/天
	Rounded      Code = "rounded"      // more than two decimals

	// of words
	VIPMeans     Code = "vip_means"
	ClassUnknown Code = "class_unknown"
	KindUnknown  Code = "kind_unknown"
	ModeUnknown  Code = "mode_unknown"
	WordUnknown  Code = "word_unknown" // not one of the field's words
	NoMode       Code = "no_mode"      // a visit that does not say how; the file's answer was taken
	NotYesNo     Code = "not_yes_no"
	CreditWrong  Code = "credit_code_wrong"
	EmailWrong   Code = "email_wrong"
	WaysOfNobody Code = "ways_of_nobody"     // ways to reach somebody, and no contact is named
	DueByPerson  Code = "due_left_to_person" // a next step in words that name no day

	// of a row beside others
	DuplicateOfRow    Code = "duplicate_of_row"       // N = the earlier row
	AccountOfAnother  Code = "account_of_another"     // N = the row that has it, 0 = on record
	CodeOfAnother     Code = "code_of_another"        // the same of the customer code
	CreditOfAnother   Code = "credit_code_of_another" // the same of the credit code
	NothingNew        Code = "nothing_new"            // on record, and every filled cell says the same
	MatchedBy         Code = "matched_by"             // Text = the key
	CodeKept          Code = "code_kept"              // on record under another code, which stays
	SameNameOtherwise Code = "same_name"              // N = a row of the same name and other phones, 0 = on record
	SamePhone         Code = "same_phone"             // N = a row of the same phone and another name, 0 = on record
	Ambiguous         Code = "ambiguous"              // N customers fit
	UnknownCustomer   Code = "unknown_customer"       // a visit to somebody not on record
	NoCustomer        Code = "no_customer"            // a visit without a customer
	NoDay             Code = "no_day"                 // a visit without a day
	NoWaybill         Code = "no_waybill"

	// of a parcel
	NotWaybill       Code = "not_waybill"       // Text is no waybill number
	Negative         Code = "negative"          // a freight below zero
	FutureDay        Code = "future_day"        // a day that has not come
	BeforeSent       Code = "before_sent"       // signed for before it was sent
	WordStrange      Code = "word_strange"      // Text is none of the field's words, and the row needs one
	ProductOther     Code = "product_other"     // an unknown product: other, the word is kept in the remark
	PlaceUnknown     Code = "place_unknown"     // no province is known in Text
	NotMeasure       Code = "not_measure"       // Text is no weight or volume
	DuplicateDiffers Code = "duplicate_differs" // row N has the same number and says otherwise
	SenderSeveral    Code = "sender_several"    // N clients may be the sender: bound to none
	// of a document of an account
	NoDocument  Code = "no_document"
	BothAmounts Code = "both_amounts" // charged and paid in one row
	NoAmount    Code = "no_amount"
	WrongAmount Code = "wrong_amount" // a statement that pays, a payment that charges
	BelowZero   Code = "below_zero"   // a statement or payment below zero, Text = yuan
	NotAPeriod  Code = "not_a_period" // Text names no months
	PeriodTaken Code = "period_taken" // Text is the month that was taken for a statement that names none
	DueBefore   Code = "due_before"   // Text is a due day before the document's own

	NoSender Code = "no_sender" // neither name nor number nor account of the sender
)

// Problem is one thing to say about a row: what, how bad, in which column and
// field (Column -1: the whole row), with its arguments.
type Problem struct {
	Code     Code
	Severity Severity
	Column   int
	Field    string
	N        int
	Text     string
}
