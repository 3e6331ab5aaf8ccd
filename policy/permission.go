package policy

import "fmt"

// Permission is one thing a person may do: an object and an act on it, written
// "customers.read". The zero Permission is granted to nobody.
type Permission string

// The permissions of the product. A new one is added here, to grants.csv and
// to at least one route or command; a test holds the three together.
const (
	CustomerRead    Permission = "customers.read"
	CustomerCreate  Permission = "customers.create"
	CustomerEdit    Permission = "customers.edit"
	CustomerAssign  Permission = "customers.assign"  // owner rep, service clerk, branch
	CustomerClass   Permission = "customers.class"   // class and stage by hand
	CustomerReview  Permission = "customers.review"  // draft → reviewed → archived
	CustomerDelete  Permission = "customers.delete"  // into the recycle bin and back
	CustomerExport  Permission = "customers.export"  // xlsx and CSV of a list
	CustomerUnmask  Permission = "customers.unmask"  // sees phones, WeChat, e-mail, address in full
	CustomerReveal  Permission = "customers.reveal"  // asks for one masked field at a time, with a purpose, on record
	CustomerHistory Permission = "customers.history" // reads who changed what
	TagEdit         Permission = "tags.edit"
	ImportRun       Permission = "imports.run"
	ImportUndo      Permission = "imports.undo"
	VisitRead       Permission = "visits.read"
	VisitLog        Permission = "visits.log"
	VisitEdit       Permission = "visits.edit"      // others' visits too, within reach
	FormRead        Permission = "forms.read"       // what was told the marketing department of clients, and what it answered
	FormFill        Permission = "forms.fill"       // tells it
	FormAnswer      Permission = "forms.answer"     // is the marketing department
	FormRule        Permission = "forms.rule"       // what a form asks, how many a branch owes
	NoticeSend      Permission = "notices.send"     // tells and asks other offices
	InquiryAnswer   Permission = "inquiries.answer" // answers for a branch what is asked of its clients
	CaseRead        Permission = "cases.read"
	CaseOpen        Permission = "cases.open"      // registers a complaint, a question, a suggestion
	CaseEdit        Permission = "cases.edit"      // works on one
	CaseAssign      Permission = "cases.assign"    // gives it to others, merges
	CaseAccept      Permission = "cases.accept"    // closes without satisfaction, approves
	ClaimRead       Permission = "claims.read"     // what is asked, agreed and paid for parcels
	ClaimEdit       Permission = "claims.edit"     // writes claims down, proposes, pays
	ClaimApprove    Permission = "claims.approve"  // approves up to the leader's limit
	ClaimRelease    Permission = "claims.release"  // approves any amount
	MeasureRead     Permission = "measures.read"   // what is to become better, and what came of it
	MeasureEdit     Permission = "measures.edit"   // writes measures down, works on them, looks at what came of them
	ActivityRead    Permission = "activities.read" // meetings with clients, trainings
	ActivityEdit    Permission = "activities.edit" // plans them, notes who came and what was said
	CaseRule        Permission = "cases.rule"      // clocks, ladder, causes, who is given what
	HoursRule       Permission = "hours.rule"      // when a branch works
	ReportIssue     Permission = "reports.issue"   // the monthly report, with its figures, for good
	PeopleRead      Permission = "people.read"     // sees what people's work comes to: one's own, or that of one's people
	PeopleRule      Permission = "people.rule"     // sets what people's work is to come to, and whether they are put in order
	PeopleScore     Permission = "people.score"    // draws score sheets up, answers objections, approves
	PeoplePay       Permission = "people.pay"      // takes approved scores out for payroll
	WaybillRead     Permission = "waybills.read"
	WaybillEdit     Permission = "waybills.edit" // says whose a sender's parcels are
	AccountRead     Permission = "receivables.read"
	AccountEdit     Permission = "receivables.edit"
	AccountRule     Permission = "receivables.rule" // sets terms and what owing means
	TodoRead        Permission = "todos.read"
	TodoEdit        Permission = "todos.edit"   // does, drops and passes them on
	TodoMake        Permission = "todos.make"   // makes them for a group's list of clients
	ClassRule       Permission = "classes.rule" // by what clients are classed and labelled, and what is asked for each group
	CadenceRead     Permission = "cadence.read"
	CadenceEdit     Permission = "cadence.edit"
	UserRead        Permission = "users.read"
	UserEdit        Permission = "users.edit"
	AbsenceEdit     Permission = "absences.edit" // writes down when others are away
	RoleRead        Permission = "roles.read"    // what each role may do
	RoleEdit        Permission = "roles.edit"    // roles are the company's: only with a reach over all of it
	BranchRead      Permission = "branches.read"
	BranchEdit      Permission = "branches.edit"
	TrackingEdit    Permission = "tracking.edit" // when a parcel counts as stuck, off its track …
	AuditRead       Permission = "audit.read"
	PrivacyEdit     Permission = "privacy.edit"    // sets caps, watermark and what counts as unusual
	ArchiveRead     Permission = "archive.read"    // looks at what was taken out of use, one at a time, on record
	ArchiveRestore  Permission = "archive.restore" // brings it back into use
	AlertRead       Permission = "alerts.read"     // is told of unusual looking at clients' data
	StandardEdit    Permission = "standard.edit"   // what a client's file must hold
	SigninEdit      Permission = "signin.edit"     // how long sessions last, who needs a second step
	ConsentEdit     Permission = "consents.edit"   // writes down what a person agreed to
	SensitiveRead   Permission = "sensitive.read"  // asks for an optional field (ID number …), one at a time, on record
	SensitiveEdit   Permission = "sensitive.edit"  // writes optional fields
	RadarRead       Permission = "radar.read"      // sees which clients ship less than their habit
	RadarEdit       Permission = "radar.edit"      // answers it: reason, response, result
	RadarRule       Permission = "radar.rule"      // sets when the radar raises
	GreetingRead    Permission = "greetings.read"
	GreetingDo      Permission = "greetings.do"     // does, skips, puts off and passes on a greeting
	GreetingPlan    Permission = "greetings.plan"   // sets which occasions are kept, for whom and with what
	RatingRead      Permission = "ratings.read"     // sees what clients think of us
	RatingAsk       Permission = "ratings.ask"      // asks them: a link, one's own device, a call
	RatingRule      Permission = "ratings.rule"     // sets from how many answers there is a figure, who is unhappy
	TemplateRead    Permission = "templates.read"   // reads the wordings of messages
	TemplateEdit    Permission = "templates.edit"   // writes them for a branch, or the company
	ChannelEdit     Permission = "channels.edit"    // sets up and switches on what messages leave by
	BackupEdit      Permission = "backups.edit"     // takes copies of everything, fetches them, brings one back
	SystemRead      Permission = "system.read"      // sees how the program runs, and takes the diagnosis out
	OutboxRead      Permission = "outbox.read"      // sees what was sent to whom
	OutboxEdit      Permission = "outbox.edit"      // decides about what failed
	CustomerRights  Permission = "customers.rights" // copies, corrections and erasures that persons ask for
)

// Two words that a route may carry in place of a permission.
const (
	// Public routes answer strangers: sign-in, set-up, static files, health.
	Public Permission = "public"
	// SignedIn routes answer everyone who is signed in: own account, start page.
	SignedIn Permission = "signed-in"
)

// Permissions lists every permission in the order of the table above.
var Permissions = []Permission{
	CustomerRead, CustomerCreate, CustomerEdit, CustomerAssign, CustomerClass, CustomerReview,
	CustomerDelete, CustomerExport, CustomerUnmask, CustomerReveal, CustomerHistory, TagEdit,
	ImportRun, ImportUndo, VisitRead, VisitLog, VisitEdit, FormRead, FormFill, FormAnswer, FormRule, NoticeSend, InquiryAnswer, CaseRead, CaseOpen, CaseEdit, CaseAssign, CaseAccept, CaseRule, HoursRule, ClaimRead, ClaimEdit, ClaimApprove, ClaimRelease, MeasureRead, MeasureEdit, ActivityRead, ActivityEdit, WaybillRead, WaybillEdit, AccountRead, AccountEdit, AccountRule, TodoRead, TodoEdit, TodoMake, GreetingRead, GreetingDo, GreetingPlan, RatingRead, RatingAsk, RatingRule, ReportIssue, PeopleRead, PeopleRule, PeopleScore, PeoplePay, RadarRead, RadarEdit, RadarRule, TrackingEdit, CadenceRead, CadenceEdit, ClassRule,
	UserRead, UserEdit, AbsenceEdit, RoleRead, RoleEdit, BranchRead, BranchEdit, AuditRead, PrivacyEdit, ArchiveRead, ArchiveRestore, AlertRead, SigninEdit, StandardEdit,
	ConsentEdit, CustomerRights, SensitiveRead, SensitiveEdit, TemplateRead, TemplateEdit, ChannelEdit, OutboxRead, OutboxEdit, BackupEdit, SystemRead,
}

// Role is a bundle of permissions with a fixed word; people hold roles at
// branches (R18, R164, R243).
type Role string

const (
	Administrator   Role = "administrator"
	HeadOffice      Role = "head_office"
	RegionalManager Role = "regional_manager"
	BranchManager   Role = "branch_manager"
	AccountManager  Role = "account_manager"
	SalesRep        Role = "sales_rep"
	ServiceClerk    Role = "service_clerk"
	ServiceLead     Role = "service_supervisor"
	Courier         Role = "courier"
	Analyst         Role = "analyst"
	Auditor         Role = "auditor"
)

// Roles lists every role, the most powerful first.
var Roles = []Role{
	Administrator, HeadOffice, RegionalManager, BranchManager, AccountManager,
	SalesRep, ServiceClerk, ServiceLead, Courier, Analyst, Auditor,
}

// ParseRole returns the role of that word.
func ParseRole(s string) (Role, error) {
	for _, r := range Roles {
		if string(r) == s {
			return r, nil
		}
	}
	return "", fmt.Errorf("unknown role %q", s)
}
