package lang

var classes = map[string]string{
	"夜里按规则贴了标签": "labelled by the rules at night", "按规则复评了分级": "re-evaluated classes by the rules", "批了分级变动": "decided on changes of class", "对标签提了异议": "contested a label",
	"异议": "Objection",
}
