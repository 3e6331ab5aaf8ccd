package signin

import "strings"

// Device is what a browser says of itself, in codes that views put into words.
// It is for people to recognise their own sessions by; nothing is decided by
// it, since a browser may say what it likes.
type Device struct {
	System  string // windows, mac, linux, android, iphone, ipad, harmony, "" unknown
	Browser string // chrome, edge, firefox, safari, wechat, wecom, dingtalk, 360, qq, uc, huawei, xiaomi, ie, "" unknown
}

// DeviceOf reads a User-Agent header. The order counts: browsers name those
// that they are like, and the particular stands before the general.
func DeviceOf(agent string) Device {
	const longest = 600
	if len(agent) > longest {
		agent = agent[:longest]
	}
	a := strings.ToLower(agent)
	find := func(list [][2]string) string {
		for _, c := range list {
			if strings.Contains(a, c[0]) {
				return c[1]
			}
		}
		return ""
	}
	return Device{
		System: find([][2]string{{"harmony", "harmony"}, {"iphone", "iphone"}, {"ipad", "ipad"}, {"android", "android"},
			{"windows", "windows"}, {"mac os x", "mac"}, {"macintosh", "mac"}, {"linux", "linux"}, {"x11", "linux"}}),
		Browser: find([][2]string{{"wxwork", "wecom"}, {"micromessenger", "wechat"}, {"dingtalk", "dingtalk"}, {"edg", "edge"},
			{"360se", "360"}, {"360ee", "360"}, {"qihoo", "360"}, {"qqbrowser", "qq"}, {"ucbrowser", "uc"}, {"ubrowser", "uc"},
			{"huaweibrowser", "huawei"}, {"miuibrowser", "xiaomi"}, {"firefox", "firefox"}, {"fxios", "firefox"},
			{"trident", "ie"}, {"msie", "ie"}, {"chrome", "chrome"}, {"crios", "chrome"}, {"chromium", "chrome"}, {"safari", "safari"}}),
	}
}

// Phone says whether it is a thing one carries.
func (d Device) Phone() bool {
	switch d.System {
	case "android", "iphone", "ipad", "harmony":
		return true
	}
	return false
}
