package place

// A Tile is where a province stands on a grid of squares that keeps the
// neighbours roughly where they are: a picture of destinations without a map.
type Tile struct {
	Code, Short string
	Row, Column int // from 0
}

// TileRows and TileColumns are the size of the grid.
const (
	TileRows    = 8
	TileColumns = 8
)

// Tiles are the squares of the 34 provinces, row by row.
func Tiles() []Tile {
	return []Tile{
		{"230000", "黑", 0, 7},
		{"150000", "蒙", 1, 4}, {"110000", "京", 1, 5}, {"220000", "吉", 1, 7},
		{"650000", "新", 2, 0}, {"620000", "甘", 2, 2}, {"640000", "宁", 2, 3}, {"140000", "晋", 2, 4}, {"130000", "冀", 2, 5}, {"120000", "津", 2, 6}, {"210000", "辽", 2, 7},
		{"630000", "青", 3, 1}, {"510000", "川", 3, 2}, {"610000", "陕", 3, 3}, {"410000", "豫", 3, 4}, {"370000", "鲁", 3, 5},
		{"540000", "藏", 4, 0}, {"520000", "黔", 4, 2}, {"500000", "渝", 4, 3}, {"420000", "鄂", 4, 4}, {"340000", "皖", 4, 5}, {"320000", "苏", 4, 6},
		{"530000", "滇", 5, 1}, {"450000", "桂", 5, 2}, {"430000", "湘", 5, 3}, {"360000", "赣", 5, 4}, {"330000", "浙", 5, 5}, {"310000", "沪", 5, 6},
		{"440000", "粤", 6, 4}, {"350000", "闽", 6, 5}, {"710000", "台", 6, 7},
		{"460000", "琼", 7, 3}, {"820000", "澳", 7, 4}, {"810000", "港", 7, 5},
	}
}
