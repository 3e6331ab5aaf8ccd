package views

// KeepRuleForm is the page of how long something is kept: audit records, what
// parcels say of persons. Later says what becomes of what is older; Confirm,
// when set, what a shorter time would destroy: sent again it is done.
type KeepRuleForm struct {
	RuleFrame
	Title, Path, Later         string
	Days, Said, Least, Confirm string
}
