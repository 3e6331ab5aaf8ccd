package photo

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/bep/imagemeta"
)

var (
	red    = color.RGBA{220, 30, 30, 255}
	green  = color.RGBA{30, 200, 30, 255}
	blue   = color.RGBA{30, 30, 220, 255}
	yellow = color.RGBA{230, 220, 30, 255}
)

// quarters is a picture with a colour in each corner: red and green above,
// blue and yellow below.
func quarters(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := [2][2]color.RGBA{{red, green}, {blue, yellow}}[2*y/h][2*x/w]
			m.SetRGBA(x, y, c)
		}
	}
	return m
}

// corners names the colours in the corners: above left and right, below left and right.
func corners(t *testing.T, b []byte) string {
	t.Helper()
	m, err := jpeg.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	r, out := m.Bounds(), ""
	for _, p := range []image.Point{{r.Dx() / 8, r.Dy() / 8}, {r.Dx() * 7 / 8, r.Dy() / 8}, {r.Dx() / 8, r.Dy() * 7 / 8}, {r.Dx() * 7 / 8, r.Dy() * 7 / 8}} {
		best, name := 1<<30, ""
		for n, c := range map[string]color.RGBA{"r": red, "g": green, "b": blue, "y": yellow, "w": {255, 255, 255, 255}} {
			a := color.RGBAModel.Convert(m.At(p.X, p.Y)).(color.RGBA)
			d := func(x, y uint8) int { return (int(x) - int(y)) * (int(x) - int(y)) }
			if far := d(a.R, c.R) + d(a.G, c.G) + d(a.B, c.B); far < best {
				best, name = far, n
			}
		}
		out += name
	}
	return out
}

// exif is a block as a phone writes it: how it was held, its make, and the
// place (30°16' N, 120°9' E) where the picture was taken.
func exif(orientation uint16, maker string) []byte {
	le := binary.LittleEndian
	b := []byte("II*\x00\x08\x00\x00\x00")
	entry := func(tag, kind uint16, count, value uint32) {
		b = le.AppendUint16(b, tag)
		b = le.AppendUint16(b, kind)
		b = le.AppendUint32(b, count)
		b = le.AppendUint32(b, value)
	}
	const ifd0 = 8 + 2 + 3*12 + 4
	gps := uint32(ifd0 + len(maker))
	b = le.AppendUint16(b, 3)
	entry(0x010f, 2, uint32(len(maker)), ifd0)
	entry(0x0112, 3, 1, uint32(orientation))
	entry(0x8825, 4, 1, gps)
	b = le.AppendUint32(b, 0)
	b = append(b, maker...)
	b = le.AppendUint16(b, 4)
	rationals := gps + 2 + 4*12 + 4
	entry(1, 2, 2, uint32('N'))
	entry(2, 5, 3, rationals)
	entry(3, 2, 2, uint32('E'))
	entry(4, 5, 3, rationals+24)
	b = le.AppendUint32(b, 0)
	for _, n := range []uint32{30, 1, 16, 1, 0, 1, 120, 1, 9, 1, 0, 1} {
		b = le.AppendUint32(b, n)
	}
	return b
}

const maker = "GEHEIM-PHONE\x00"

func withEXIF(t testing.TB, m image.Image, orientation uint16) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 90}); err != nil {
		t.Fatal(err)
	}
	app1 := append([]byte("Exif\x00\x00"), exif(orientation, maker)...)
	head := []byte{0xff, 0xd8, 0xff, 0xe1}
	head = binary.BigEndian.AppendUint16(head, uint16(len(app1)+2))
	head = append(head, app1...)
	comment := "\xff\xfe\x00\x0eGEHEIM-NOTE\x00"
	return append(append(append(head, comment...), b.Bytes()[2:]...), "GEHEIM-TAIL"...)
}

func pngWithEXIF(t testing.TB, m image.Image, orientation uint16) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	chunk := func(kind string, data []byte) []byte {
		c := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
		c = append(append(c, kind...), data...)
		return binary.BigEndian.AppendUint32(c, crc32.ChecksumIEEE(c[4:]))
	}
	const head = 8 + 25 // signature and IHDR
	out := append([]byte(nil), b.Bytes()[:head]...)
	out = append(out, chunk("eXIf", exif(orientation, maker))...)
	out = append(out, chunk("tEXt", []byte("Comment\x00GEHEIM-NOTE"))...)
	return append(out, b.Bytes()[head:]...)
}

func shrink(t testing.TB, b []byte, opt Options) Photo {
	t.Helper()
	p, err := Shrink(context.Background(), bytes.NewReader(b), opt)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAPictureStandsUprightHoweverThePhoneWasHeld(t *testing.T) {
	want := []string{1: "rgby", 2: "gryb", 3: "ybgr", 4: "byrg", 5: "rbgy", 6: "bryg", 7: "ygbr", 8: "gyrb"}
	for o := 1; o <= 8; o++ {
		for name, b := range map[string][]byte{"JPEG": withEXIF(t, quarters(96, 64), uint16(o)), "PNG": pngWithEXIF(t, quarters(96, 64), uint16(o))} {
			p := shrink(t, b, Options{Side: 48, Thumb: 24})
			w, h := 48, 32
			if o >= 5 {
				w, h = h, w
			}
			if p.Width != w || p.Height != h {
				t.Errorf("%s held %d: %d×%d, want %d×%d", name, o, p.Width, p.Height, w, h)
			}
			if got := corners(t, p.JPEG); got != want[o] {
				t.Errorf("%s held %d: corners %s, want %s", name, o, got, want[o])
			}
			if got := corners(t, p.Thumb); got != want[o] {
				t.Errorf("%s held %d: the small one has corners %s, want %s", name, o, got, want[o])
			}
		}
	}
	if got := corners(t, shrink(t, withEXIF(t, quarters(96, 64), 9), Options{}).JPEG); got != "rgby" {
		t.Errorf("an orientation that does not exist turns nothing: %s", got)
	}
}

func TestNothingOfTheFileSurvives(t *testing.T) {
	for name, b := range map[string][]byte{"JPEG": withEXIF(t, quarters(640, 480), 6), "PNG": pngWithEXIF(t, quarters(640, 480), 6)} {
		if !bytes.Contains(b, []byte("GEHEIM-PHONE")) || !bytes.Contains(b, []byte("GEHEIM-NOTE")) {
			t.Fatal("the test's own picture has nothing to hide")
		}
		p := shrink(t, b, Options{})
		for what, out := range map[string][]byte{"picture": p.JPEG, "small one": p.Thumb} {
			for _, s := range []string{"GEHEIM", "Exif", "ICC_PROFILE", "http"} {
				if bytes.Contains(out, []byte(s)) {
					t.Errorf("%s: %q is in the %s", name, s, what)
				}
			}
			tags := 0
			_, err := imagemeta.Decode(imagemeta.Options{R: bytes.NewReader(out), ImageFormat: imagemeta.JPEG,
				ShouldHandleTag: func(imagemeta.TagInfo) bool { return true },
				HandleTag:       func(imagemeta.TagInfo) error { tags++; return nil }})
			if err != nil || tags != 0 {
				t.Errorf("%s: the %s has %d tags, %v", name, what, tags, err)
			}
			for i := 2; out[i+1] != 0xda; i += 2 + int(binary.BigEndian.Uint16(out[i+2:])) {
				if m := out[i+1]; m >= 0xe0 && m <= 0xef || m == 0xfe {
					t.Errorf("%s: segment %x in the %s", name, m, what)
				}
			}
		}
	}
}

func TestSizes(t *testing.T) {
	for _, c := range []struct {
		name               string
		w, h, wantW, wantH int
		thumbSide          int
	}{
		{"a large one", 3000, 2000, 1600, 1067, 320},
		{"an upright one", 900, 2400, 600, 1600, 320},
		{"a small one is not enlarged", 200, 100, 200, 100, 200},
		{"exactly the side", 1600, 1600, 1600, 1600, 320},
		{"one pixel more", 1601, 10, 1600, 10, 320},
		{"a line", 5000, 1, 1600, 1, 320},
		{"one pixel", 1, 1, 1, 1, 1},
	} {
		var b bytes.Buffer
		if err := png.Encode(&b, quarters(c.w, c.h)); err != nil {
			t.Fatal(err)
		}
		p := shrink(t, b.Bytes(), Options{})
		config, err := jpeg.DecodeConfig(bytes.NewReader(p.JPEG))
		if err != nil || config.Width != c.wantW || config.Height != c.wantH || p.Width != c.wantW || p.Height != c.wantH {
			t.Errorf("%s: %d×%d, said to be %d×%d, want %d×%d, %v", c.name, config.Width, config.Height, p.Width, p.Height, c.wantW, c.wantH, err)
		}
		thumb, err := jpeg.DecodeConfig(bytes.NewReader(p.Thumb))
		if err != nil || max(thumb.Width, thumb.Height) != c.thumbSide {
			t.Errorf("%s: the small one is %d×%d, %v", c.name, thumb.Width, thumb.Height, err)
		}
		if sum := sha256.Sum256(p.JPEG); p.SHA256 != hex.EncodeToString(sum[:]) || p.From != PNG {
			t.Errorf("%s: sum %s of a %s", c.name, p.SHA256, p.From)
		}
	}
}

func TestShrinkingIsTheMeanOfTheArea(t *testing.T) {
	m := image.NewGray(image.Rect(0, 0, 300, 300))
	for i := range m.Pix {
		m.Pix[i] = uint8(i % 2 * 200) // every other column light
	}
	out := fit(m, 100) // three columns to one: one or two of three are light
	for x := range 100 {
		want := 67 + x%2*66
		if got := int(out.Pix[50*out.Stride+4*x]); got < want-1 || got > want+1 {
			t.Fatalf("column %d is %d, want %d", x, got, want)
		}
	}
	plain := image.NewRGBA(image.Rect(5, 7, 782, 340))
	draw.Draw(plain, plain.Rect, image.NewUniform(color.RGBA{10, 120, 250, 255}), image.Point{}, draw.Src)
	flat := fit(plain, 100)
	for i := 0; i < len(flat.Pix); i += 4 {
		if flat.Pix[i] != 10 || flat.Pix[i+1] != 120 || flat.Pix[i+2] != 250 || flat.Pix[i+3] != 255 {
			t.Fatalf("a plain colour changes to %v at %d", flat.Pix[i:i+4], i/4)
		}
	}
}

func TestTransparentBecomesWhite(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 64, 64))
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	for _, side := range []int{100, 32} {
		if got := corners(t, shrink(t, b.Bytes(), Options{Side: side}).JPEG); got != "wwww" {
			t.Errorf("at most %d: corners %s", side, got)
		}
	}
}

func TestGIFAndWebP(t *testing.T) {
	frame := func(c color.Color) *image.Paletted {
		p := image.NewPaletted(image.Rect(0, 0, 40, 40), color.Palette{c})
		return p
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &gif.GIF{Image: []*image.Paletted{frame(blue), frame(red)}, Delay: []int{1, 1}}); err != nil {
		t.Fatal(err)
	}
	if p := shrink(t, b.Bytes(), Options{}); p.From != GIF || corners(t, p.JPEG) != "bbbb" {
		t.Errorf("the first frame of a GIF: %s %s", p.From, corners(t, p.JPEG))
	}
	for _, s := range []string{"UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA", "UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA=="} {
		w, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		if p := shrink(t, w, Options{}); p.From != WebP || p.Width != 1 {
			t.Errorf("WebP: %+v", p)
		}
	}
}

func TestWhatIsNotTaken(t *testing.T) {
	for _, c := range []struct {
		name, content string
		want          Format
	}{
		{"an iPhone's HEIC", "\x00\x00\x00\x24ftypheic\x00\x00\x00\x00mif1heic", HEIC},
		{"HEIC by its other brand", "\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00", HEIC},
		{"AVIF", "\x00\x00\x00\x1cftypavif\x00\x00\x00\x00", AVIF},
		{"a film", "\x00\x00\x00\x18ftypisom\x00\x00\x02\x00", Video},
		{"TIFF", "II*\x00\x08\x00\x00\x00", TIFF},
		{"a bitmap", "BM\x00\x00\x00\x00", BMP},
		{"a PDF", "%PDF-1.7\n", PDF},
		{"SVG with a script", `<?xml version="1.0"?><SVG onload="alert(1)"/>`, SVG},
		{"an animated WebP", "RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x02\x00\x00\x00", Moving},
		{"HTML named photo.jpg", "<html><script>alert(1)</script>", Unknown},
		{"a program", "MZ\x90\x00", Unknown},
		{"a byte", "x", Unknown},
	} {
		_, err := Shrink(context.Background(), strings.NewReader(c.content), Options{})
		var format *FormatError
		if !errors.As(err, &format) || format.Format != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
}

// bigPNG is the head of a PNG that says how large it is, and no more.
func bigPNG(w, h uint32, depth, kind byte) []byte {
	ihdr := binary.BigEndian.AppendUint32([]byte("IHDR"), w)
	ihdr = binary.BigEndian.AppendUint32(ihdr, h)
	ihdr = append(ihdr, depth, kind, 0, 0, 0)
	b := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), ihdr...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(ihdr))
}

// sof is a JPEG that is nothing but its frame header.
func sof(marker byte, w, h uint16, factors ...byte) []byte {
	b := []byte{0xff, 0xd8, 0xff, marker}
	b = binary.BigEndian.AppendUint16(b, uint16(8+3*len(factors)))
	b = append(b, 8)
	b = binary.BigEndian.AppendUint16(b, h)
	b = binary.BigEndian.AppendUint16(b, w)
	b = append(b, byte(len(factors)))
	for i, f := range factors {
		b = append(b, byte(i+1), f, 0)
	}
	return append(b, 0xff, 0xda, 0, 2)
}

func TestHostileFilesAreRefusedBeforeTheyCost(t *testing.T) {
	var small bytes.Buffer
	if err := jpeg.Encode(&small, quarters(64, 64), nil); err != nil {
		t.Fatal(err)
	}
	whole := small.Bytes()
	scans := append([]byte(nil), whole[:len(whole)-2]...)
	for range 100 {
		scans = append(scans, 0xff, 0xda, 0, 2, 0x55)
	}
	for _, c := range []struct {
		name string
		b    []byte
		opt  Options
		want error
	}{
		{"nothing", nil, Options{}, ErrEmpty},
		{"too many bytes", bytes.Repeat([]byte{0xff}, 1001), Options{MaxBytes: 1000}, ErrTooLarge},
		{"too many pixels", bigPNG(10_000, 5_001, 8, 2), Options{}, ErrPixels},
		{"so many that their number overflows", bigPNG(0x7fffffff, 0x7fffffff, 8, 0), Options{}, ErrDamaged},
		{"a long thin line", bigPNG(60_000_000, 1, 8, 0), Options{}, ErrPixels},
		{"50 million pixels of 16 bits", bigPNG(10_000, 5_000, 16, 6), Options{}, ErrPixels},
		{"a JPEG of 65,535 squared", sof(0xc0, 65535, 65535, 0x22, 0x11, 0x11), Options{}, ErrPixels},
		{"48 million pixels in passes and full colour", sof(0xc2, 8000, 6000, 0x11, 0x11, 0x11), Options{}, ErrPixels},
		{"a picture of no width", bigPNG(0, 5, 8, 2), Options{}, ErrDamaged},
		{"cut off", whole[:len(whole)/2], Options{}, ErrDamaged},
		{"only the first bytes", whole[:20], Options{}, ErrDamaged},
		{"a hundred passes", scans, Options{}, ErrDamaged},
		{"a PNG that ends after its head", bigPNG(100, 100, 8, 2), Options{}, ErrDamaged},
		{"a GIF of nothing", []byte("GIF89a\x0a\x00\x0a\x00\x00\x00\x00;"), Options{}, ErrDamaged},
	} {
		if _, err := Shrink(context.Background(), bytes.NewReader(c.b), c.opt); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	failed := errors.New("the line broke")
	if _, err := Shrink(context.Background(), iotest.ErrReader(failed), Options{}); !errors.Is(err, failed) {
		t.Errorf("a reader's error is passed on: %v", err)
	}
}

func TestAPhotoOf48MillionPixelsFromAPhoneIsWithinTheMeasure(t *testing.T) {
	need, err := cost(sof(0xc0, 8000, 6000, 0x22, 0x11, 0x11), JPEG, Options{}.orDefaults())
	if err != nil || need != 72_000_000 {
		t.Errorf("%d bytes, %v", need, err)
	}
}

func TestWaitingEndsWithItsContext(t *testing.T) {
	a, err := wait(context.Background(), mostBytes)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := wait(ctx, mostBytes); !errors.Is(err, context.Canceled) {
		t.Errorf("a second big one: %v", err)
	}
	b, err := wait(context.Background(), 1)
	if err != nil {
		t.Fatalf("a small one passes a big one: %v", err)
	}
	if _, err := Shrink(ctx, bytes.NewReader(withEXIF(t, quarters(8, 8), 1)), Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a third: %v", err)
	}
	a()
	b()
	if c, err := wait(context.Background(), mostBytes); err != nil {
		t.Errorf("all places must be free again: %v", err)
	} else {
		c()
	}
}

func FuzzShrink(f *testing.F) {
	f.Add(withEXIF(f, quarters(16, 12), 6))
	f.Add(pngWithEXIF(f, quarters(16, 12), 3))
	f.Add(bigPNG(10, 10, 8, 2))
	f.Add(sof(0xc2, 16, 16, 0x22, 0x11, 0x11))
	f.Add([]byte("GIF89a\x02\x00\x02\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x02\x00\x02\x00\x00\x02\x02\x84\x51\x00;"))
	w, _ := base64.StdEncoding.DecodeString("UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA")
	f.Add(w)
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := Shrink(context.Background(), bytes.NewReader(b), Options{Side: 20, Thumb: 8, MaxPixels: 40_000, MaxBytes: 1 << 16})
		if err != nil {
			return
		}
		c, err := jpeg.DecodeConfig(bytes.NewReader(p.JPEG))
		if err != nil || c.Width != p.Width || c.Height != p.Height || max(c.Width, c.Height) > 20 {
			t.Fatalf("%+v, %v", c, err)
		}
	})
}

func BenchmarkShrink(b *testing.B) {
	for _, size := range [][2]int{{4000, 3000}, {8000, 6000}} {
		b.Run(fmt.Sprintf("%dMP", size[0]*size[1]/1_000_000), func(b *testing.B) {
			file := withEXIF(b, quarters(size[0], size[1]), 6)
			b.ReportAllocs()
			for b.Loop() {
				shrink(b, file, Options{})
			}
		})
	}
}
