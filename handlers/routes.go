package handlers

import (
	"net/http"

	"yike/policy"
)

// handler is a request's answer; its error becomes a page in one place (fail).
type handler func(w http.ResponseWriter, r *http.Request) error

// route is a line of the map. It is written without keys, so that a line
// without a permission does not compile.
type route struct {
	pattern    string
	permission policy.Permission
	handle     handler
}

// routes is the map of the product, by area, in the order list, show, new,
// create, edit, update, remove.
func (h *Handlers) routes() []route {
	return []route{
		// sign-in, set-up and one's own account
		{"GET /login", policy.Public, h.loginForm},
		{"POST /login", policy.Public, h.login},
		{"GET /login/code", policy.Public, h.codeForm},
		{"POST /login/code", policy.Public, h.code},
		{"POST /logout", policy.Public, h.logout},
		{"GET /setup", policy.Public, h.setupForm},
		{"POST /setup", policy.Public, h.setup},
		{"GET /{$}", policy.SignedIn, h.home},
		{"GET /account", policy.SignedIn, h.account},
		{"GET /account/password", policy.SignedIn, h.passwordForm},
		{"POST /account/password", policy.SignedIn, h.passwordChange},
		{"POST /account/language", policy.SignedIn, h.languageChange},
		{"POST /account/sessions/end", policy.SignedIn, h.sessionsEnd},
		{"POST /account/sessions/{id}/end", policy.SignedIn, h.sessionEnd},
		{"POST /account/hints", policy.SignedIn, h.hintAway},
		{"GET /help", policy.SignedIn, h.help},
		{"GET /account/two-step", policy.SignedIn, h.twoStep},
		{"POST /account/two-step", policy.SignedIn, h.twoStepConfirm},
		{"POST /account/two-step/begin", policy.SignedIn, h.twoStepBegin},
		{"POST /account/two-step/codes", policy.SignedIn, h.twoStepCodes},
		{"POST /account/two-step/off", policy.SignedIn, h.twoStepEnd},
		{"GET /rules/signin", policy.SigninEdit, h.signinRuleForm},
		{"POST /rules/signin", policy.SigninEdit, h.signinRuleSave},

		// branches and people
		{"GET /branches", policy.BranchRead, h.branchList},
		{"GET /branches/new", policy.BranchEdit, h.branchNew},
		{"POST /branches", policy.BranchEdit, h.branchCreate},
		{"GET /branches/{id}", policy.BranchRead, h.branchShow},
		{"GET /branches/{id}/edit", policy.BranchEdit, h.branchEdit},
		{"POST /branches/{id}", policy.BranchEdit, h.branchUpdate},
		{"GET /branches/{id}/move", policy.BranchEdit, h.branchMove},
		{"POST /branches/{id}/move", policy.BranchEdit, h.branchMoveSave},
		{"POST /branches/{id}/move/undo", policy.BranchEdit, h.branchMoveUndo},
		{"GET /branches/{id}/close", policy.BranchEdit, h.branchClose},
		{"POST /branches/{id}/close", policy.BranchEdit, h.branchCloseSave},
		{"POST /branches/{id}/reopen", policy.BranchEdit, h.branchReopen},
		{"GET /branches/{id}/duties", policy.BranchEdit, h.branchDuties},
		{"POST /branches/{id}/duties", policy.BranchEdit, h.branchDutiesSave},
		{"GET /late", policy.CustomerRead, h.lateList},
		{"GET /tags", policy.TagEdit, h.tagList},
		{"POST /tags", policy.TagEdit, h.tagCreate},
		{"GET /tags/{id}", policy.TagEdit, h.tagEdit},
		{"POST /tags/{id}", policy.TagEdit, h.tagSave},
		{"POST /tags/{id}/remove", policy.TagEdit, h.tagRemove},
		{"GET /rules/audit", policy.PrivacyEdit, h.auditRuleForm},
		{"POST /rules/audit", policy.PrivacyEdit, h.auditRuleSave},
		{"GET /rules/recipients", policy.PrivacyEdit, h.recipientRuleForm},
		{"POST /rules/recipients", policy.PrivacyEdit, h.recipientRuleSave},
		{"GET /rules/standard", policy.CustomerRead, h.standardForm},
		{"POST /rules/standard", policy.StandardEdit, h.standardSave},
		{"GET /gaps", policy.CustomerRead, h.gapList},
		{"GET /settings", policy.CadenceRead, h.settingList},
		{"POST /settings/{key}/lock", policy.CadenceEdit, h.settingLock},
		{"GET /users", policy.UserRead, h.userList},
		{"GET /users/new", policy.UserEdit, h.userNew},
		{"GET /users/export", policy.UserRead, h.userExport},
		{"POST /users", policy.UserEdit, h.userCreate},
		{"GET /users/{id}/edit", policy.UserEdit, h.userEdit},
		{"POST /users/{id}", policy.UserEdit, h.userUpdate},
		{"POST /users/{id}/unlock", policy.UserEdit, h.userUnlock},
		{"POST /users/{id}/two-step", policy.UserEdit, h.userTwoStepReset},
		{"POST /users/{id}/reset", policy.UserEdit, h.userReset},
		{"GET /users/{id}/handover", policy.CustomerAssign, h.handoverNew},
		{"POST /users/{id}/handover", policy.CustomerAssign, h.handoverPlan},
		{"GET /handovers", policy.CustomerAssign, h.handoverList},
		{"GET /handovers/received", policy.VisitLog, h.handoverReceived},
		{"POST /handovers/received", policy.VisitLog, h.handoverSeen},
		{"GET /handovers/{id}", policy.CustomerAssign, h.handoverShow},
		{"POST /handovers/{id}/assign", policy.CustomerAssign, h.handoverAssign},
		{"POST /handovers/{id}/apply", policy.CustomerAssign, h.handoverApply},
		{"POST /handovers/{id}/undo", policy.CustomerAssign, h.handoverUndo},
		{"POST /handovers/{id}/drop", policy.CustomerAssign, h.handoverDrop},
		{"GET /handovers/{id}/sheet", policy.CustomerAssign, h.handoverSheet},
		{"GET /handovers/{id}/sheet.xlsx", policy.CustomerAssign, h.handoverBook},
		{"GET /join", policy.Public, h.joinForm},
		{"POST /join", policy.Public, h.join},

		// roles and what they may do
		{"GET /roles", policy.RoleRead, h.roleList},
		{"GET /roles/{role}", policy.RoleRead, h.roleShow},
		{"GET /roles/{role}/copy", policy.RoleEdit, h.roleCopy},
		{"POST /roles", policy.RoleEdit, h.roleCreate},
		{"GET /roles/{role}/edit", policy.RoleEdit, h.roleEdit},
		{"POST /roles/{role}/check", policy.RoleEdit, h.roleCheck},
		{"POST /roles/{role}", policy.RoleEdit, h.roleUpdate},
		{"POST /roles/{role}/aside", policy.RoleEdit, h.roleAside},
		{"POST /roles/{role}/remove", policy.RoleEdit, h.roleRemove},

		// the customer list and search
		{"GET /customers", policy.CustomerRead, h.customerList},
		{"GET /customers/count", policy.CustomerRead, h.customerCount},
		{"GET /customers/filter", policy.CustomerRead, h.customerFilter},
		{"GET /customers/columns", policy.CustomerRead, h.customerColumns},
		{"POST /customers/columns", policy.CustomerRead, h.columnsSave},
		{"POST /customers/views", policy.CustomerRead, h.viewSave},
		{"POST /customers/views/remove", policy.CustomerRead, h.viewRemove},
		{"GET /customers/export", policy.CustomerExport, h.customerExport},
		{"GET /exports/{id}", policy.CustomerExport, h.exportShow},
		{"GET /exports/{id}/file", policy.CustomerExport, h.exportFile},
		{"POST /exports/{id}/cancel", policy.CustomerExport, h.exportCancel},
		{"POST /customers/bulk/choose", policy.CustomerEdit, h.bulkChoose},
		{"POST /customers/bulk", policy.CustomerEdit, h.bulkApply},
		{"POST /customers/bulk/undo", policy.CustomerEdit, h.bulkUndo},
		{"GET /customers/review", policy.CustomerReview, h.reviewList},
		{"POST /customers/review", policy.CustomerReview, h.reviewApply},
		{"GET /customers/bin", policy.CustomerDelete, h.customerBin},
		{"GET /search", policy.CustomerRead, h.search},
		{"GET /people/find", policy.CustomerRead, h.findPeople},

		// customer files and contacts
		{"GET /customers/new", policy.CustomerCreate, h.customerNew},
		{"POST /customers", policy.CustomerCreate, h.customerCreate},
		{"POST /customers/paste", policy.CustomerCreate, h.customerPaste},
		{"GET /customers/duplicates", policy.CustomerCreate, h.customerDuplicates},
		{"GET /customers/place", policy.CustomerCreate, h.customerPlace},
		{"GET /customers/{id}", policy.CustomerRead, h.customerShow},
		{"GET /customers/{id}/previous", policy.CustomerRead, h.customerPrevious},
		{"GET /customers/{id}/next", policy.CustomerRead, h.customerNext},
		{"GET /customers/{id}/timeline", policy.CustomerRead, h.customerTimeline},
		{"GET /customers/{id}/history", policy.CustomerHistory, h.customerHistory},
		{"GET /customers/{id}/looks", policy.CustomerHistory, h.customerLooks},
		{"POST /customers/{id}/print", policy.CustomerRead, h.customerPrint},
		{"GET /customers/{id}/reveal", policy.CustomerReveal, h.revealForm},
		{"POST /customers/{id}/reveal", policy.CustomerReveal, h.revealShow},
		{"GET /customers/{id}/masked", policy.CustomerReveal, h.revealHide},
		{"GET /customers/{id}/sensitive", policy.SensitiveRead, h.optionalShow},
		{"POST /customers/{id}/sensitive", policy.SensitiveEdit, h.optionalSave},
		{"GET /customers/{id}/sensitive/reveal", policy.SensitiveRead, h.revealForm},
		{"POST /customers/{id}/sensitive/reveal", policy.SensitiveRead, h.revealShow},
		{"GET /customers/{id}/sensitive/masked", policy.SensitiveRead, h.revealHide},
		{"GET /customers/{id}/edit", policy.CustomerEdit, h.customerEdit},
		{"POST /customers/{id}", policy.CustomerEdit, h.customerUpdate},
		{"POST /customers/{id}/class", policy.CustomerClass, h.customerClassify},
		{"POST /customers/{id}/state", policy.CustomerReview, h.customerReview},
		{"POST /customers/{id}/delete", policy.CustomerDelete, h.customerDelete},
		{"POST /customers/{id}/restore", policy.CustomerDelete, h.customerRestore},
		{"GET /customers/{id}/contacts", policy.CustomerRead, h.contactList},
		{"GET /customers/{id}/contacts/new", policy.CustomerEdit, h.contactNew},
		{"POST /customers/{id}/contacts", policy.CustomerEdit, h.contactCreate},
		{"GET /customers/{id}/contacts/{contact}/edit", policy.CustomerEdit, h.contactEdit},
		{"POST /customers/{id}/contacts/{contact}", policy.CustomerEdit, h.contactUpdate},
		{"POST /customers/{id}/contacts/{contact}/remove", policy.CustomerEdit, h.contactRemove},

		// visits, who is due, and how often
		{"GET /visits", policy.VisitRead, h.visitList},
		{"GET /visits/export", policy.CustomerExport, h.visitExport},
		{"GET /visits/due", policy.CadenceRead, h.dueList},
		{"GET /visits/customers", policy.VisitLog, h.visitCustomers},
		{"GET /visits/new", policy.VisitLog, h.visitNew},
		{"POST /visits", policy.VisitLog, h.visitCreate},
		{"GET /visits/{id}", policy.VisitRead, h.visitShow},
		{"GET /visits/{id}/edit", policy.VisitLog, h.visitEdit},
		{"POST /visits/{id}", policy.VisitLog, h.visitUpdate},
		{"POST /visits/{id}/cancel", policy.VisitLog, h.visitCancel},
		{"POST /visits/{id}/reopen", policy.VisitLog, h.visitReopen},
		{"POST /visits/{id}/delete", policy.VisitLog, h.visitDelete},
		{"POST /visits/{id}/restore", policy.VisitLog, h.visitRestore},
		{"GET /visits/{id}/photos/{hash}", policy.VisitRead, h.visitPhoto},
		{"GET /rules/cadence", policy.CadenceRead, h.cadenceForm},
		{"POST /rules/cadence", policy.CadenceEdit, h.cadenceSave},

		// what clients are called by the rules, and changes of classes
		{"GET /classes", policy.CustomerRead, h.classGroups},
		{"GET /classes/changes", policy.CustomerClass, h.classChanges},
		{"POST /classes/changes", policy.CustomerClass, h.classDecide},
		{"POST /classes/run", policy.CustomerClass, h.classRun},
		{"GET /customers/{id}/why", policy.CustomerRead, h.customerWhy},
		{"POST /customers/{id}/contest", policy.CustomerEdit, h.customerContest},
		{"GET /rules/classes", policy.CadenceRead, h.classesForm},
		{"POST /rules/classes", policy.CadenceEdit, h.classesSave},
		{"POST /rules/classes/extend", policy.CadenceEdit, h.classesExtend},
		{"GET /rules/rfm", policy.CadenceRead, h.classesForm},
		{"POST /rules/rfm", policy.CadenceEdit, h.classesSave},
		{"POST /rules/rfm/extend", policy.CadenceEdit, h.classesExtend},
		{"GET /rules/tags", policy.CadenceRead, h.classesForm},
		{"POST /rules/tags", policy.CadenceEdit, h.classesSave},
		{"POST /rules/tags/extend", policy.CadenceEdit, h.classesExtend},

		// parcels, and who sends them
		{"GET /waybills", policy.WaybillRead, h.waybillList},
		{"GET /waybills/export", policy.CustomerExport, h.waybillExport},
		{"GET /waybills/tracking", policy.WaybillEdit, h.trackForm},
		{"POST /waybills/tracking", policy.WaybillEdit, h.trackRead},
		{"GET /rules/tracking", policy.TrackingEdit, h.trackingForm},
		{"POST /rules/tracking", policy.TrackingEdit, h.trackingSave},
		{"GET /waybills/senders", policy.WaybillEdit, h.senderList},
		{"GET /waybills/senders/{id}", policy.WaybillEdit, h.senderShow},
		{"POST /waybills/senders/{id}/attach", policy.WaybillEdit, h.senderAttach},
		{"POST /waybills/senders/{id}/detach", policy.WaybillEdit, h.senderDetach},
		{"GET /waybills/{id}", policy.WaybillRead, h.waybillShow},
		{"GET /customers/{id}/waybills", policy.WaybillRead, h.customerWaybills},
		{"GET /customers/{id}/shipping", policy.WaybillRead, h.customerShipping},
		{"POST /customers/{id}/time", policy.CustomerEdit, h.customerTime},

		// who ships less than usual
		{"GET /radar", policy.RadarRead, h.radarList},
		{"GET /radar/export", policy.CustomerExport, h.radarExport},
		{"GET /radar/{id}", policy.RadarRead, h.radarShow},
		{"POST /radar/{id}", policy.RadarEdit, h.radarAnswer},
		{"POST /radar/{id}/close", policy.RadarEdit, h.radarClose},
		{"POST /radar/{id}/reopen", policy.RadarEdit, h.radarReopen},
		{"GET /rules/radar", policy.RadarRead, h.radarRuleForm},
		{"POST /rules/radar", policy.RadarRule, h.radarRuleSave},

		// what the rules ask somebody to do
		{"GET /todos", policy.TodoRead, h.todoList},
		{"GET /todos/{id}", policy.TodoRead, h.todoShow},
		{"POST /todos/{id}/do", policy.TodoEdit, h.todoDo},
		{"POST /todos/{id}/drop", policy.TodoEdit, h.todoDrop},
		{"POST /todos/{id}/reopen", policy.TodoEdit, h.todoReopen},
		{"POST /todos/{id}/pass", policy.TodoEdit, h.todoPass},
		{"POST /todos/{id}/back", policy.TodoEdit, h.todoPassBack},

		// what clients owe
		{"GET /receivables", policy.AccountRead, h.receivableList},
		{"GET /receivables/export", policy.CustomerExport, h.receivableExport},
		{"GET /receivables/{id}/edit", policy.AccountEdit, h.entryEdit},
		{"POST /receivables/{id}", policy.AccountEdit, h.entryUpdate},
		{"POST /receivables/{id}/void", policy.AccountEdit, h.entryVoid},
		{"POST /receivables/{id}/restore", policy.AccountEdit, h.entryRestore},
		{"GET /customers/{id}/account", policy.AccountRead, h.accountShow},
		{"GET /customers/{id}/account/new", policy.AccountEdit, h.entryNew},
		{"GET /customers/{id}/account/sheet", policy.AccountRead, h.accountSheet},
		{"GET /customers/{id}/account/sheet/export", policy.CustomerExport, h.accountSheetExport},
		{"POST /customers/{id}/account", policy.AccountEdit, h.entryCreate},
		{"POST /customers/{id}/account/redate", policy.AccountEdit, h.accountRedate},
		{"GET /rules/receivables", policy.AccountRead, h.accountRuleForm},
		{"POST /rules/receivables", policy.AccountEdit, h.accountRuleSave},

		// looking at personal data: caps and watermark, alerts of unusual looking
		{"GET /rules/privacy", policy.PrivacyEdit, h.privacyForm},
		{"POST /rules/privacy", policy.PrivacyEdit, h.privacySave},
		{"GET /rules/consent", policy.PrivacyEdit, h.consentRuleForm},
		{"POST /rules/consent", policy.PrivacyEdit, h.consentRuleSave},
		{"GET /rules/sensitive", policy.PrivacyEdit, h.sensitiveForm},
		{"POST /rules/sensitive", policy.PrivacyEdit, h.sensitiveSave},
		{"POST /rules/sensitive/destroy", policy.PrivacyEdit, h.sensitiveDestroy},
		{"GET /alerts", policy.AlertRead, h.alertList},
		{"POST /alerts/{id}", policy.AlertRead, h.alertSeen},

		// the audit
		{"GET /audit", policy.AuditRead, h.auditList},
		{"GET /audit/export", policy.AuditRead, h.auditExport},
		{"POST /audit/check", policy.AuditRead, h.auditCheck},

		// what persons agreed to, and what they ask of their data
		{"GET /consents", policy.ConsentEdit, h.consentList},
		{"GET /customers/{id}/contacts/{contact}/consent", policy.ConsentEdit, h.consentForm},
		{"POST /customers/{id}/contacts/{contact}/consent", policy.ConsentEdit, h.consentSave},
		{"GET /consents/export", policy.CustomerExport, h.consentExport},
		{"GET /requests/export", policy.CustomerRights, h.requestExport},
		{"GET /customers/{id}/data", policy.CustomerRights, h.dataUse},
		{"GET /customers/{id}/data.xlsx", policy.CustomerRights, h.dataUseBook},
		{"GET /breaches", policy.AuditRead, h.breachList},
		{"POST /breaches", policy.PrivacyEdit, h.breachCreate},
		{"POST /breaches/contacts", policy.PrivacyEdit, h.breachContactsSave},
		{"GET /breaches/{id}", policy.AuditRead, h.breachShow},
		{"GET /breaches/{id}/exposed.xlsx", policy.AuditRead, h.breachBook},
		{"POST /breaches/{id}/print", policy.AuditRead, h.breachPrint},
		{"POST /breaches/{id}/step", policy.PrivacyEdit, h.breachStep},
		{"POST /breaches/{id}/close", policy.PrivacyEdit, h.breachClose},
		{"GET /requests", policy.CustomerRights, h.requestList},
		{"GET /requests/new", policy.CustomerRights, h.requestNew},
		{"POST /requests", policy.CustomerRights, h.requestCreate},
		{"GET /requests/{id}", policy.CustomerRights, h.requestShow},
		{"POST /requests/{id}/answer", policy.CustomerRights, h.requestAnswer},
		{"POST /requests/{id}/propose", policy.CustomerRights, h.requestPropose},
		{"POST /requests/{id}/confirm", policy.CustomerRights, h.requestConfirm},
		{"POST /requests/{id}/copy", policy.CustomerRights, h.requestCopy},

		// imports
		{"GET /imports", policy.ImportRun, h.importList},
		{"GET /imports/new", policy.ImportRun, h.importNew},
		{"GET /imports/template", policy.ImportRun, h.importTemplate},
		{"POST /imports", policy.ImportRun, h.importCreate},
		{"GET /imports/{id}", policy.ImportRun, h.importShow},
		{"GET /imports/{id}/progress", policy.ImportRun, h.importProgress},
		{"GET /imports/{id}/failed.xlsx", policy.ImportRun, h.importFailed},
		{"POST /imports/{id}/mapping", policy.ImportRun, h.importRemap},
		{"POST /imports/{id}/apply", policy.ImportRun, h.importApply},
		{"POST /imports/{id}/cancel", policy.ImportRun, h.importCancel},
		{"POST /imports/{id}/undo", policy.ImportUndo, h.importUndo},
	}
}

// Routes lists pattern and permission of every route, for the golden file of
// roles × routes.
func (h *Handlers) Routes() [][2]string {
	var out [][2]string
	for _, rt := range h.routes() {
		out = append(out, [2]string{rt.pattern, string(rt.permission)})
	}
	return out
}
