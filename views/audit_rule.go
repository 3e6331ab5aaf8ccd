package views

import "yike/views/ui"

// AuditRuleForm is the page of how long audit records are kept. Confirm, when
// set, says what a shorter time would destroy; sent again it is done.
type AuditRuleForm struct {
	Days, ValidFrom, MinDay, Reason, Read, InForce, Said, Least, Confirm string
	CanEdit                                                              bool
	Versions                                                             []PrivacyVersion
	Errors                                                               ui.Errors
}
