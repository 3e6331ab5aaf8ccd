package lang

var cases = map[string]string{

	"看工单": "See cases", "投诉、咨询和建议：登记了什么，办到哪一步。自己登记的和自己处理的总能看。": "Complaints, questions and suggestions: what was registered and how far it is. What one registered or handles oneself is always seen.",
	"登记工单": "Register cases", "接到投诉、咨询、建议，登记下来。": "Writes down a complaint, a question or a suggestion.",
	"处理工单": "Work on cases", "更正内容，一步一步办到结案。": "Corrects one and takes it step by step to its closing.",
	"分派工单": "Assign cases", "把工单交给别人，合并同一件事的工单。": "Gives a case to somebody else, merges cases about one thing.",
	"批准结案": "Approve closing", "客户不满意也准结案，批准理赔。": "Lets a case be closed though the client is not satisfied, approves claims.",
	"定工单规则": "Set case rules", "多久要答复和解决，超时找谁，原因有哪些，派给谁。": "How soon an answer and a solution are due, who is told when late, which causes there are, who is given what.",
}
