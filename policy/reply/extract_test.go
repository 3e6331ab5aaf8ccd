package reply_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"yike/policy/reply"
)

func TestWhatAPastedTextSays(t *testing.T) {
	for _, x := range []struct {
		name, text                                     string
		by, who, phones, mails, waybills, said, quoted string
	}{
		{name: "An e-mail with its head and the letter that it answers",
			text: "发件人: 王芳 <Wang.Fang@liangzhu-home.example>\n发送时间: 2026年11月20日 9:12\n收件人: kefu@yike.example\n主题: 302601000625492 到现在没收到\n\n你们好，\n302601000625492 显示已签收，但是我没有收到。请打 138 0000 1598。\n王芳\n\n-----原始邮件-----\n发件人: 客服 <kefu@yike.example>\n主题: 您的运单 302601000999999\n您好，已发出。",
			by:   "email", who: "王芳", phones: "13800001598", mails: "wang.fang@liangzhu-home.example", waybills: "302601000625492",
			said: "你们好，\n302601000625492 显示已签收，但是我没有收到。请打 138 0000 1598。\n王芳", quoted: "-----原始邮件-----\n发件人: 客服 <kefu@yike.example>\n主题: 您的运单 302601000999999\n您好，已发出。"},
		{name: "English heads, quoted with angles",
			text: "From: li@shop.example\nSubject: broken\n\nThe cup is broken, waybill YT3026010006254.\n\nOn Fri, 20 Nov 2026 kefu wrote:\n> your parcel 302601000625492 left\n> today",
			by:   "email", mails: "li@shop.example", waybills: "YT3026010006254", said: "The cup is broken, waybill YT3026010006254.", quoted: "On Fri, 20 Nov 2026 kefu wrote:\n> your parcel 302601000625492 left\n> today"},
		{name: "A second head without a line before it",
			text: "发件人：赵敏\n主题：催件\n还没到\n发件人：客服\n主题：回复\n您好",
			by:   "email", who: "赵敏", said: "还没到", quoted: "发件人：客服\n主题：回复\n您好"},
		{name: "A chat, copied from the window of a program",
			text: "桂子书店-小李 2026/11/20 10:32\n在吗\n桂子书店-小李 10:33\n单号302601000625492，箱子湿透了",
			by:   "wechat", who: "桂子书店-小李", waybills: "302601000625492", said: "桂子书店-小李 2026/11/20 10:32\n在吗\n桂子书店-小李 10:33\n单号302601000625492，箱子湿透了"},
		{name: "A plain message with a name in it",
			text: "件丢了，联系人：欧阳静，电话0571-86001234 转 8 或 +86 13912345678", who: "欧阳静", phones: "13912345678 0571-86001234", said: "件丢了，联系人：欧阳静，电话0571-86001234 转 8 或 +86 13912345678"},
		{name: "Numbers that are no parcel: identity card, bank card, order, day",
			text: "身份证 330106199003071234，卡 6222021234567890128，订单号：2026112012345678，日期 20261120，单号 302601000625492", waybills: "302601000625492",
			said: "身份证 330106199003071234，卡 6222021234567890128，订单号：2026112012345678，日期 20261120，单号 302601000625492"},
		{name: "An address line is no head of a letter",
			text: "收件人：王芳\n电话：13800001598\n地址：良渚街道 8 号\n东西坏了", who: "王芳", phones: "13800001598", said: "收件人：王芳\n电话：13800001598\n地址：良渚街道 8 号\n东西坏了"},
		{name: "What the telephone adds goes with the quoted", text: "催一下\n\n发自我的iPhone", said: "催一下", quoted: "发自我的iPhone"},
		{name: "Full width", text: "单号３０２６０１０００６２５４９２，手机１３８００００１５９８", phones: "13800001598", waybills: "302601000625492", said: "单号３０２６０１０００６２５４９２，手机１３８００００１５９８"},
		{name: "Nothing"},
	} {
		e := reply.Extract(x.text, "0571")
		for _, f := range []struct{ what, got, want string }{
			{"channel", e.Channel, x.by}, {"name", e.Name, x.who}, {"phones", strings.Join(e.Phones, " "), x.phones}, {"e-mails", strings.Join(e.Emails, " "), x.mails},
			{"waybills", strings.Join(e.Waybills, " "), x.waybills}, {"said", e.Said, x.said}, {"quoted", e.Quoted, x.quoted},
		} {
			if f.got != f.want {
				t.Errorf("%s: %s is %q, want %q", x.name, f.what, f.got, f.want)
			}
		}
	}
}

func FuzzExtract(f *testing.F) {
	f.Add("发件人: 王芳 <a@b.cn>\n主题: 302601000625492\n\n> x\n在 2026年11月20日，客服 写道：\n13800001598")
	f.Add("小李 10:32\n6222021234567890128")
	f.Fuzz(func(t *testing.T, s string) {
		e := reply.Extract(s, "0571")
		if !utf8.ValidString(s) {
			return
		}
		if n := utf8.RuneCountInString(e.Said) + utf8.RuneCountInString(e.Quoted); n > reply.MaxPasted {
			t.Errorf("%d characters of %d", n, utf8.RuneCountInString(s))
		}
		for _, w := range e.Waybills {
			if len(w) < 8 || len(w) > 20 {
				t.Errorf("waybill %q", w)
			}
		}
	})
}
