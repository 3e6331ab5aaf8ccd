package pinyin

// usual replaces the first reading of the dictionary where another is the one
// met in names of firms, people and places.
var usual = map[rune]string{
	'长': "chang", '都': "du", '什': "shi", '茄': "jia", '泊': "bo", '么': "me", '着': "zhe",
	'参': "can", '校': "xiao", '只': "zhi", '没': "mei", '得': "de", '咖': "ka", '䶮': "yan",
	'呢': "ni", '阿': "a", '吧': "ba", '伽': "jia", '堡': "bao", '曾': "zeng", '薄': "bo",
	'柏': "bai", '翟': "zhai", '葛': "ge", '任': "ren", '贾': "jia", '沈': "shen", '尉': "wei",
	'朴': "pu", '俞': "yu", '那': "na", '哈': "ha", '牟': "mu", '纪': "ji", '汤': "tang",
	'谷': "gu", '奇': "qi", '洗': "xi", '车': "che", '芥': "jie", '莞': "wan", '芍': "shao",
	'佛': "fo", '的': "de", '脯': "fu", '蛤': "ge", '幢': "zhuang", '卜': "bu", '爪': "zhua", '粘': "nian",
	'柞': "zuo", '琢': "zhuo", '囤': "tun", '刹': "cha", '咯': "lo", '椎': "zhui", '匙': "chi",
	'晟': "sheng", '峤': "qiao", '隽': "jun", '圩': "xu",
}

// surnames holds those read otherwise as a surname, and those whose usual
// reading in the dictionary is not the surname's.
var surnames = map[rune]string{
	'单': "shan", '單': "shan", '曾': "zeng", '解': "xie", '仇': "qiu", '查': "zha", '区': "ou", '朴': "piao",
	'盖': "ge", '翟': "zhai", '乐': "yue", '任': "ren", '华': "hua", '葛': "ge", '缪': "miao",
	'宁': "ning", '员': "yun", '逄': "pang", '尉': "wei", '覃': "qin", '谌': "chen", '冼': "xian",
	'洗': "xian", '黑': "he", '佘': "she", '折': "she", '召': "shao", '种': "chong", '秘': "bi",
	'繁': "po", '郗': "xi", '郄': "qie", '祭': "zhai", '瞿': "qu", '车': "che", '那': "na",
	'牟': "mu", '隗': "wei", '薄': "bo", '柏': "bai", '晁': "chao", '乜': "nie", '钭': "tou",
	'阚': "kan", '句': "gou", '过': "guo", '费': "fei", '俞': "yu", '莘': "shen", '都': "du",
	'宓': "mi", '盛': "sheng", '应': "ying", '祝': "zhu", '厍': "she", '庹': "tuo", '仉': "zhang",
	'禚': "zhuo", '眭': "sui", '逯': "lu", '麴': "qu", '炔': "gui", '訾': "zi", '相': "xiang",
	'干': "gan", '万': "wan", '贲': "ben", '呙': "guo", '粘': "nian", '蒯': "kuai", '纪': "ji",
	'谷': "gu", '贾': "jia", '藏': "zang", '臧': "zang", '褚': "chu", '殷': "yin", '卜': "bu",
	'强': "qiang", '於': "yu", '沈': "shen", '叶': "ye", '石': "shi", '长': "chang", '朝': "chao",
	'笪': "da", '撒': "sa", '佴': "nai", '妫': "gui", '芮': "rui", '昝': "zan", '㛃': "jie", '䶮': "yan",
}

const compoundSurnames = `
上官 shang guan, 欧阳 ou yang, 歐陽 ou yang, 长孙 zhang sun, 尉迟 yu chi, 万俟 mo qi, 单于 chan yu, 澹台 tan tai
令狐 ling hu, 鲜于 xian yu, 宰父 zai fu, 夏侯 xia hou, 诸葛 zhu ge, 皇甫 huang fu, 公冶 gong ye, 濮阳 pu yang
淳于 chun yu, 太叔 tai shu, 申屠 shen tu, 公孙 gong sun, 仲孙 zhong sun, 轩辕 xuan yuan, 钟离 zhong li
宇文 yu wen, 慕容 mu rong, 亓官 qi guan, 司空 si kong, 司马 si ma, 司徒 si tu, 拓跋 tuo ba, 百里 bai li
呼延 hu yan, 东方 dong fang, 赫连 he lian, 端木 duan mu, 闻人 wen ren, 独孤 du gu, 南宫 nan gong, 西门 xi men
纳兰 na lan, 完颜 wan yan, 子车 zi ju, 乐正 yue zheng, 谷梁 gu liang, 漆雕 qi diao, 夹谷 jia gu, 段干 duan gan
东郭 dong guo, 第五 di wu, 叶赫 ye he, 爱新 ai xin`

// notNames begin with a surname and are none.
var notNames = []string{
	"华东", "华南", "华北", "华中", "华西", "华为", "华夏", "华润", "华联", "中华", "万家", "万里", "万能", "万事",
	"单人", "单价", "单号", "单据", "单独", "单身", "区域", "区内", "查无", "查询", "解决", "解释", "任务", "任意",
	"乐园", "乐高", "应急", "应用", "过期", "过去", "种子", "种植", "种类", "相关", "相册", "强力", "强盛", "石头",
	"石油", "石材", "叶子", "车间", "车辆", "车主", "黑色", "干果", "干货", "干洗", "长期", "长者", "朝气", "那个",
	"折扣", "秘书", "员工", "句号", "费用", "费率", "都市", "应该", "盛世", "盛大", "洗衣", "洗车", "洗浴", "洗涤", "藏品",
}

// businessWords show a firm; businessEndings are its last character.
var businessWords = []string{
	"公司", "集团", "商行", "银行", "中心", "超市", "医院", "大学", "中学", "小学", "物流", "快递", "贸易", "科技",
	"电子", "服饰", "服装", "食品", "工厂", "门店", "网点", "仓库", "经营", "工作", "客户", "旗舰", "电商", "商贸",
	"五金", "鞋业", "家居", "百货", "便利", "商城", "市场", "酒店", "宾馆", "饭店", "餐饮", "药房", "诊所",
}

const businessEndings = "店厂馆社部院校局所站铺坊仓市县区镇村路街号楼"

// phrases are read as a whole, wherever they stand in a name.
const phrases = `
重庆 chong qing, 长沙 chang sha, 长春 chang chun, 长治 chang zhi, 长兴 chang xing, 长乐 chang le, 长宁 chang ning
长葛 chang ge, 长垣 chang yuan, 长丰 chang feng, 长安 chang an, 长江 chang jiang, 长城 chang cheng, 长三角 chang san jiao
长白 chang bai, 长岛 chang dao, 长虹 chang hong, 长青 chang qing, 长荣 chang rong, 长征 chang zheng
乐清 yue qing, 乐亭 lao ting, 乐陵 lao ling, 乐山 le shan, 乐平 le ping, 乐东 le dong, 昌乐 chang le, 康乐 kang le
厦门 xia men, 大厦 da sha, 六安 lu an, 六合 lu he, 六盘水 liu pan shui, 亳州 bo zhou, 东阿 dong e, 阿胶 e jiao
台州 tai zhou, 天台 tian tai, 台湾 tai wan, 丽水 li shui, 丽江 li jiang, 蚌埠 beng bu, 浚县 xun xian, 鹤壁 he bi
朝阳 chao yang, 朝天 chao tian, 朝晖 zhao hui, 今朝 jin zhao, 朝鲜 chao xian, 成都 cheng du, 都江堰 du jiang yan
都匀 du yun, 丰都 feng du, 于都 yu du, 首都 shou du, 都市 du shi, 花都 hua du, 西藏 xi zang, 藏族 zang zu, 藏药 zang yao
藏红花 zang hong hua, 荥阳 xing yang, 荥经 ying jing, 洪洞 hong tong, 解州 hai zhou, 吴堡 wu bu, 铅山 yan shan, 番禺 pan yu
东莞 dong guan, 浒墅关 xu shu guan, 泌阳 bi yang, 泌尿 mi niao, 中牟 zhong mu, 牟平 mu ping, 华阴 hua yin, 华山 hua shan, 尉犁 yu li, 尉氏 wei shi
单县 shan xian, 单位 dan wei, 莘县 shen xian, 莘庄 xin zhuang, 任丘 ren qiu, 任县 ren xian, 曲阜 qu fu, 曲靖 qu jing, 繁峙 fan shi
渑池 mian chi, 武陟 wu zhi, 柘城 zhe cheng, 郫县 pi xian, 郫都 pi du, 犍为 qian wei, 珙县 gong xian, 筠连 jun lian, 会理 hui li
会稽 kuai ji, 会计 kuai ji, 财会 cai kuai, 会展 hui zhan, 盱眙 xu yi, 邗江 han jiang, 邳州 pi zhou, 睢宁 sui ning, 射阳 she yang, 氾水 fan shui
黟县 yi xian, 歙县 she xian, 枞阳 zong yang, 涡阳 guo yang, 砀山 dang shan, 濉溪 sui xi, 弋阳 yi yang, 婺源 wu yuan, 婺城 wu cheng
余姚 yu yao, 鄞州 yin zhou, 嵊州 sheng zhou, 嵊泗 sheng si, 衢州 qu zhou, 衢江 qu jiang, 缙云 jin yun, 柯桥 ke qiao, 上虞 shang yu
儋州 dan zhou, 澄迈 cheng mai, 磴口 deng kou, 穆棱 mu ling, 桦甸 hua dian, 扎赉特 zha lai te, 扎兰屯 zha lan tun, 呼和浩特 hu he hao te
巴彦淖尔 ba yan nao er, 乌鲁木齐 wu lu mu qi, 喀什 ka shi, 和田 he tian, 石河子 shi he zi, 临汾 lin fen, 隰县 xi xian, 蔚县 yu xian
蓟州 ji zhou, 井陉 jing xing, 藁城 gao cheng, 大城 dai cheng, 大名 da ming, 大埔 da bu, 大夫 dai fu, 吉林 ji lin, 宁波 ning bo, 宁夏 ning xia
南宁 nan ning, 西宁 xi ning, 济宁 ji ning, 万州 wan zhou, 涪陵 fu ling, 綦江 qi jiang, 北碚 bei bei, 合川 he chuan, 行唐 xing tang
深圳 shen zhen, 什邡 shi fang, 阆中 lang zhong, 钥匙 yao shi, 汤匙 tang chi, 古刹 gu cha, 罗刹 luo sha, 萝卜 luo bo, 青海 qing hai, 大佛 da fo, 仿佛 fang fu, 阿坝 a ba, 阿克苏 a ke su, 阿勒泰 a le tai, 阿拉善 a la shan, 歙 she
区政府 qu zheng fu, 区块 qu kuai
银行 yin hang, 商行 shang hang, 行业 hang ye, 车行 che hang, 洋行 yang hang, 支行 zhi hang, 分行 fen hang, 总行 zong hang
央行 yang hang, 建行 jian hang, 工行 gong hang, 农行 nong hang, 招行 zhao hang, 行情 hang qing, 行家 hang jia, 同行 tong hang
电器行 dian qi hang, 五金行 wu jin hang, 布行 bu hang, 花行 hua hang, 茶行 cha hang, 米行 mi hang, 鱼行 yu hang, 珠宝行 zhu bao hang
贸易行 mao yi hang, 经营行 jing ying hang, 行政 xing zheng, 行李 xing li, 出行 chu xing, 旅行 lv xing, 步行 bu xing, 骑行 qi xing, 自行车 zi xing che
乐器 yue qi, 音乐 yin yue, 琴行 qin hang, 乐谱 yue pu, 乐队 yue dui, 声乐 sheng yue, 重量 zhong liang, 重型 zhong xing, 重工 zhong gong
起重 qi zhong, 重装 zhong zhuang, 重生 chong sheng, 重新 chong xin, 双重 shuang chong, 调味 tiao wei, 调料 tiao liao, 空调 kong tiao
调和 tiao he, 调酒 tiao jiu, 烹调 peng tiao, 调度 diao du, 格调 ge diao, 色调 se diao, 参茸 shen rong, 人参 ren shen, 海参 hai shen
西洋参 xi yang shen, 党参 dang shen, 丹参 dan shen, 高丽参 gao li shen, 便利 bian li, 便民 bian min, 便宜 pian yi, 方便 fang bian
收藏 shou cang, 典藏 dian cang, 冷藏 leng cang, 珍藏 zhen cang, 储藏 chu cang, 校长 xiao zhang, 院长 yuan zhang, 成长 cheng zhang
生长 sheng zhang, 增长 zeng zhang, 长大 zhang da, 店长 dian zhang, 部长 bu zhang, 厂长 chang zhang, 家长 jia zhang, 班长 ban zhang
快乐 kuai le, 欢乐 huan le, 娱乐 yu le, 乐园 le yuan, 传奇 chuan qi, 传媒 chuan mei, 自传 zi zhuan, 家传 jia chuan, 转运 zhuan yun
中转 zhong zhuan, 转盘 zhuan pan, 血压 xue ya, 露营 lu ying, 露台 lu tai, 披露 pi lu, 宿舍 su she, 星宿 xing xiu, 薄荷 bo he
番茄 fan qie, 茄子 qie zi, 雪茄 xue jia, 瑜伽 yu jia, 咖喱 ga li, 咖啡 ka fei, 角色 jue se, 角落 jiao luo, 牛角 niu jiao
冠军 guan jun, 皇冠 huang guan, 强盛 qiang sheng, 茂盛 mao sheng, 盛饭 cheng fan, 兴旺 xing wang, 兴隆 xing long, 兴盛 xing sheng, 兴业 xing ye
高兴 gao xing, 兴趣 xing qu, 处方 chu fang, 办事处 ban shi chu, 好处 hao chu, 缝纫 feng ren, 裁缝 cai feng, 的确良 di que liang
目的 mu di, 的士 di shi, 石头 shi tou, 地铁 di tie, 地产 di chan, 供应 gong ying, 供销 gong xiao, 提供 ti gong, 供暖 gong nuan
应用 ying yong, 相册 xiang ce, 照相 zhao xiang, 相机 xiang ji, 相框 xiang kuang, 数码 shu ma, 数控 shu kong, 数据 shu ju
中心 zhong xin, 中国 zhong guo, 中标 zhong biao, 中药 zhong yao, 为民 wei min, 华为 hua wei, 为您 wei nin, 万科 wan ke, 万达 wan da
卡片 ka pian, 打卡 da ka, 发卡 fa qia, 关卡 guan qia, 发夹 fa jia, 美发 mei fa, 理发 li fa, 发型 fa xing, 批发 pi fa, 沙发 sha fa
铺子 pu zi, 店铺 dian pu, 床上用品 chuang shang yong pin, 和面 huo mian, 尺码 chi ma, 量具 liang ju, 量贩 liang fan, 质量 zhi liang
校准 jiao zhun, 校正 jiao zheng, 学校 xue xiao, 石磨 shi mo, 打磨 da mo, 磨具 mo ju, 磨料 mo liao, 散热 san re, 散装 san zhuang
扎染 za ran, 包扎 bao za, 给水 ji shui, 给力 gei li, 折叠 zhe die, 系统 xi tong, 体系 ti xi, 奔驰 ben chi, 创伤 chuang shang
创意 chuang yi, 创新 chuang xin, 空间 kong jian, 间隔 jian ge, 房间 fang jian, 好运 hao yun, 爱好 ai hao, 少年 shao nian, 少儿 shao er
教育 jiao yu, 教学 jiao xue, 教书 jiao shu, 观光 guan guang, 道观 dao guan, 弹簧 tan huang, 子弹 zi dan, 降解 jiang jie, 投降 tou xiang`

// heteronyms are the other living readings of a character, searched for where
// no known word decides. Archaic readings of the dictionary are left out, and
// those only met inside known words: every line makes the search index larger.
const heteronyms = `
行 xing hang
长 chang zhang
乐 le yue
重 zhong chong
单 dan shan
曾 zeng ceng
都 du dou
朝 chao zhao
调 diao tiao
藏 cang zang
参 can shen
便 bian pian
厦 sha xia
阿 a e
盛 sheng cheng
降 jiang xiang
传 chuan zhuan
薄 bo bao
柏 bai bo
番 fan pan
泊 bo po
茄 jia qie
伽 jia ga
卡 ka qia
弹 dan tan
朴 pu piao
翟 zhai di
覃 qin tan
谌 chen shen
尉 wei yu
俞 yu shu
牟 mu mou
隗 wei kui
郗 xi chi
车 che ju
桁 heng hang
枞 zong cong
筠 yun jun
栎 li yue
莞 wan guan
什 shi shen
蔚 wei yu
莘 xin shen
率 lv shuai
咖 ka ga
吕 lv lu
绿 lv lu
女 nv nu
旅 lv lu
律 lv lu
铝 lv lu
侣 lv lu
略 lve lue
宿 su xiu
扎 zha za
佛 fo fu
晟 sheng cheng
隽 jun juan
峤 qiao jiao
圩 xu wei
粘 nian zhan
涌 yong chong
娜 na nuo
拓 tuo ta
茜 qian xi
莎 sha suo
巷 xiang hang
仔 zai zi
埔 pu bu
纤 xian qian
贾 jia gu
`
