package photo

import (
	"image"
	"image/color"
	"image/draw"
)

// fit is the picture on white, shrunk so that its longest side is at most side.
//
// Each pixel is the mean of the area that it covers. The picture is read a few
// rows at a time: the kernels of x/image/draw would hold 32 bytes for every
// column that comes out and row that goes in, 400 MB for a large photo.
func fit(m image.Image, side int) *image.RGBA {
	b := m.Bounds()
	w, h := b.Dx(), b.Dy()
	if w <= side && h <= side {
		return onWhite(m, b)
	}
	dw, dh := side, side
	if w > h {
		dh = max(1, (h*side+w/2)/w)
	} else {
		dw = max(1, (w*side+h/2)/h)
	}
	cols, rows := shares(w, dw), shares(h, dh)
	out := image.NewRGBA(image.Rect(0, 0, dw, dh))
	scale := float32(dw) / float32(w) * float32(dh) / float32(h)
	line := make([]float32, 3*(dw+1))  // one row read, shrunk in width
	now := make([]float32, 3*(dw+1))   // the row being made
	after := make([]float32, 3*(dw+1)) // the one below it
	strip := image.NewRGBA(image.Rect(0, 0, w, min(16, h)))
	y := 0
	for top := 0; top < h; top += 16 {
		n := min(16, h-top)
		area := image.Rect(0, 0, w, n)
		draw.Draw(strip, area, image.White, image.Point{}, draw.Src)
		draw.Draw(strip, area, m, image.Pt(b.Min.X, b.Min.Y+top), draw.Over)
		for i := range n {
			clear(line)
			pix := strip.Pix[i*strip.Stride:][:4*w]
			for x, c := range cols {
				r, g, bl := float32(pix[4*x]), float32(pix[4*x+1]), float32(pix[4*x+2])
				to := line[3*c.to:][:6]
				to[0] += r * c.part
				to[1] += g * c.part
				to[2] += bl * c.part
				if rest := 1 - c.part; rest > 0 {
					to[3] += r * rest
					to[4] += g * rest
					to[5] += bl * rest
				}
			}
			row := rows[top+i]
			if row.to > y { // the row before is complete
				emit(out, y, now, scale)
				now, after = after, now
				clear(after)
				y = row.to
			}
			rest := 1 - row.part
			for k, v := range line {
				now[k] += v * row.part
				after[k] += v * rest
			}
		}
	}
	emit(out, y, now, scale)
	return out
}

func emit(out *image.RGBA, y int, sums []float32, scale float32) {
	if y >= out.Rect.Dy() {
		return
	}
	pix := out.Pix[y*out.Stride:][:4*out.Rect.Dx()]
	for x := range out.Rect.Dx() {
		for k := range 3 {
			pix[4*x+k] = uint8(min(255, sums[3*x+k]*scale+0.5))
		}
		pix[4*x+3] = 255
	}
}

// share says to which of the fewer pixels a pixel goes, and with which part of
// it; the rest goes to the next.
type share struct {
	to   int
	part float32
}

// shares divides from pixels among to, fewer or as many.
func shares(from, to int) []share {
	s := make([]share, from)
	for i := range s {
		// In units of 1/from of a pixel that comes out, pixel i covers i*to to (i+1)*to.
		at := i * to / from
		part := float32(1)
		if end := (at + 1) * from; (i+1)*to > end {
			part = float32(end-i*to) / float32(to)
		}
		s[i] = share{at, part}
	}
	return s
}

func onWhite(m image.Image, b image.Rectangle) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(out, out.Rect, image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.Draw(out, out.Rect, m, b.Min, draw.Over)
	return out
}

// turn puts the picture upright, by the EXIF orientation.
func turn(m *image.RGBA, orientation int) *image.RGBA {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	var from func(x, y int) (int, int) // where the pixel at x, y comes from
	switch orientation {
	case 2:
		from = func(x, y int) (int, int) { return w - 1 - x, y }
	case 3:
		from = func(x, y int) (int, int) { return w - 1 - x, h - 1 - y }
	case 4:
		from = func(x, y int) (int, int) { return x, h - 1 - y }
	case 5:
		from = func(x, y int) (int, int) { return y, x }
	case 6:
		from = func(x, y int) (int, int) { return y, h - 1 - x }
	case 7:
		from = func(x, y int) (int, int) { return w - 1 - y, h - 1 - x }
	case 8:
		from = func(x, y int) (int, int) { return w - 1 - y, x }
	default:
		return m
	}
	ow, oh := w, h
	if orientation >= 5 {
		ow, oh = h, w
	}
	out := image.NewRGBA(image.Rect(0, 0, ow, oh))
	for y := range oh {
		for x := range ow {
			fx, fy := from(x, y)
			copy(out.Pix[y*out.Stride+4*x:][:4], m.Pix[fy*m.Stride+4*fx:][:4])
		}
	}
	return out
}
