package lang

var tracking = map[string]string{
	"收下包裹轨迹": "Took in news of parcels", "夜里核对包裹提醒": "Flagged parcels", "轨迹条数": "Lines of news",
	"定包裹提醒": "Set parcel warnings", "多久没消息算滞留，派送失败几次要提醒。": "After how long without news a parcel is stuck, after how many failed deliveries it is flagged.",
}
