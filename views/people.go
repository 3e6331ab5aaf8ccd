package views

import (
	"context"

	"yike/policy/people"
	"yike/views/lang"
)

var peopleWords = map[string][2]string{
	people.Signed:     {lang.N("签收率"), lang.N("业务员：现在名下的客户寄的运单，交接过来的客户连以前几个月的也算在现在这位头上；快递员：现在这个网点的账单上写着他揽收的运单，调来以前别的网点的不算。已签收的 ÷ 全部，最近寄出的还没签收，会低一些。")},
	people.Praise:     {lang.N("好评率"), lang.N("说的是这个人的评价里，4 分和 5 分占几成；不满 5 份的不算。")},
	people.Complaints: {lang.N("每万件投诉"), lang.N("业务员：现在名下的客户的投诉，交接过来的客户连以前的也算；快递员：现在这个网点写着他揽收的运单的投诉。÷ 运单数 × 10,000，不满 100 票的不算。")},
	people.Visits:     {lang.N("做过的拜访"), lang.N("日期在这几个月、本人已经做了的拜访。")},
	people.Forms:      {lang.N("反馈表"), lang.N("这几个月本人发出去的反馈表，草稿不算。")},
	people.Greetings:  {lang.N("做了的慰问"), lang.N("日子在这几个月、本人做了的节日慰问。")},
	people.Cases:      {lang.N("经手的工单"), lang.N("这几个月登记、归本人办的工单，并到别件的不算。")},
	people.Answered:   {lang.N("按时答复"), lang.N("经手的工单里，在答应的时间以内答复的，除以已经见分晓的。")},
	people.Solved:     {lang.N("按时解决"), lang.N("经手的工单里，在答应的时间以内解决的，除以已经见分晓的。")},
	people.Days:       {lang.N("用系统的天数"), lang.N("审计里有本人记录的日子有几天。只数记了、改了、登录了什么，不数看了什么。")},
	people.Acts:       {lang.N("记录条数"), lang.N("审计里本人的记录：登录、记、改、导出，一次一条。看页面不算，也不看写了什么。")},
}

// PeopleWord is a measure of a person's work, PeopleMeaning how it is counted.
func PeopleWord(ctx context.Context, code string) string { return t(ctx, peopleWords[code][0]) }

// PeopleMeaning see PeopleWord.
func PeopleMeaning(ctx context.Context, code string) string { return t(ctx, peopleWords[code][1]) }

// PeopleGroupWord names a group of people.
func PeopleGroupWord(ctx context.Context, group string) string {
	switch group {
	case people.Rep:
		return lang.T(ctx, "业务员")
	case people.Clerk:
		return lang.T(ctx, "客服")
	case people.Courier:
		return lang.T(ctx, "快递员")
	}
	return ""
}
