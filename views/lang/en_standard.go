package lang

// English of closed branches, the data-entry standard, its gaps, who is
// responsible for what, and what is late.
var standard = map[string]string{
	"这个网点已停用": "This branch is closed",
	"停用的网点里不能再放客户、人员、角色、拜访和导入。请换一个在用的网点，或先重新启用它。": "No clients, people, roles, visits or imports can be put into a closed branch. Choose one that is open, or reopen it first.",
	"这个网点已停用，请换一个在用的": "This branch is closed. Choose one that is open",
}
