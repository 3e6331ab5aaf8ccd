// Package photo owns what becomes of a picture that someone hands in: a JPEG
// of moderate size that stands upright and says nothing about where, when and
// with what it was taken, and a small one beside it for lists.
//
// What a file is, its content decides; names and types that came with it are
// not looked at. What goes out is always encoded anew, so nothing of the file
// itself, hidden or appended, survives. Work and memory are bounded before a
// pixel is decoded.
//
// It stores nothing and knows neither requests nor records.
package photo

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"github.com/bep/imagemeta"
	"golang.org/x/image/webp"
)

// Options are the limits. A zero field means the default.
type Options struct {
	Side      int   // longest side of the picture in pixels; 1600
	Thumb     int   // longest side of the small one; 320
	Quality   int   // JPEG quality of both, 1 to 100; 82
	MaxBytes  int64 // of the file; 20 MiB
	MaxPixels int   // width times height of the file's picture; 50 million
}

func (o Options) orDefaults() Options {
	set := func(n *int, d int) {
		if *n <= 0 {
			*n = d
		}
	}
	set(&o.Side, 1600)
	set(&o.Thumb, 320)
	set(&o.Quality, 82)
	set(&o.MaxPixels, 50_000_000)
	if o.MaxBytes <= 0 {
		o.MaxBytes = 20 << 20
	}
	return o
}

// Photo is the outcome.
type Photo struct {
	JPEG          []byte
	Width, Height int
	SHA256        string // of JPEG, hexadecimal: its name in the store
	Thumb         []byte // also a JPEG
	From          Format // what was handed in
}

// Format is a kind of file.
type Format string

// The formats that are known. Only the first four are taken.
const (
	JPEG    Format = "JPEG"
	PNG     Format = "PNG"
	GIF     Format = "GIF"
	WebP    Format = "WebP"
	HEIC    Format = "HEIC"
	AVIF    Format = "AVIF"
	TIFF    Format = "TIFF"
	BMP     Format = "BMP"
	SVG     Format = "SVG"
	PDF     Format = "PDF"
	Video   Format = "video"
	Moving  Format = "animated WebP"
	Unknown Format = ""
)

// FormatError says that the content is of a format that is not taken. The user
// is told the format and what to do: an iPhone's HEIC is sent as JPEG when the
// camera is set to 兼容性最佳.
type FormatError struct{ Format Format }

func (e *FormatError) Error() string {
	if e.Format == Unknown {
		return "photo: not a picture"
	}
	return fmt.Sprintf("photo: %s is not taken", e.Format)
}

// The other errors; compare with errors.Is.
var (
	ErrEmpty    = errors.New("photo: empty file")
	ErrTooLarge = errors.New("photo: file has too many bytes")
	ErrPixels   = errors.New("photo: picture has too many pixels")
	ErrDamaged  = errors.New("photo: damaged or incomplete picture")
)

// Decoding holds the whole picture in memory. At most two are decoded at a
// time, and one of those that need more than smallBytes.
const (
	smallBytes = 48 << 20
	mostBytes  = 300 << 20
)

var (
	slots  = make(chan struct{}, 2)
	onlyBy = make(chan struct{}, 1) // the one big picture
)

// Shrink reads a picture (JPEG, PNG, WebP, or the first frame of a GIF) and
// gives it back as described above; a smaller one is not enlarged, what is
// transparent becomes white. It waits its turn behind other pictures until ctx
// ends. Errors are *FormatError, the Err values here, those of r and of ctx.
func Shrink(ctx context.Context, r io.Reader, opt Options) (Photo, error) {
	opt = opt.orDefaults()
	b, err := io.ReadAll(io.LimitReader(r, opt.MaxBytes+1))
	switch {
	case err != nil:
		return Photo{}, err
	case int64(len(b)) > opt.MaxBytes:
		return Photo{}, ErrTooLarge
	case len(b) == 0:
		return Photo{}, ErrEmpty
	}
	format := sniff(b)
	need, err := cost(b, format, opt)
	if err != nil {
		return Photo{}, err
	}

	release, err := wait(ctx, need)
	if err != nil {
		return Photo{}, err
	}
	defer release()

	decoded, err := decode(b, format)
	if err != nil {
		return Photo{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if decoded.Bounds().Empty() {
		return Photo{}, ErrDamaged
	}
	upright := turn(fit(decoded, opt.Side), orientation(b, format))
	p := Photo{From: format, Width: upright.Rect.Dx(), Height: upright.Rect.Dy()}
	if p.JPEG, err = encode(upright, opt.Quality); err != nil {
		return Photo{}, err
	}
	if p.Thumb, err = encode(fit(upright, opt.Thumb), opt.Quality); err != nil {
		return Photo{}, err
	}
	sum := sha256.Sum256(p.JPEG)
	p.SHA256 = hex.EncodeToString(sum[:])
	return p, nil
}

func wait(ctx context.Context, need int) (release func(), err error) {
	big := need > smallBytes
	if big {
		select {
		case onlyBy <- struct{}{}:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	select {
	case slots <- struct{}{}:
	case <-ctx.Done():
		if big {
			<-onlyBy
		}
		return nil, ctx.Err()
	}
	return func() {
		<-slots
		if big {
			<-onlyBy
		}
	}, nil
}

// sniff tells the format by the first bytes.
func sniff(b []byte) Format {
	has := func(at int, s string) bool { return len(b) >= at+len(s) && string(b[at:at+len(s)]) == s }
	switch {
	case has(0, "\xff\xd8\xff"):
		return JPEG
	case has(0, "\x89PNG\r\n\x1a\n"):
		return PNG
	case has(0, "GIF87a"), has(0, "GIF89a"):
		return GIF
	case has(0, "RIFF") && has(8, "WEBP"):
		if has(12, "VP8X") && len(b) > 20 && b[20]&0x02 != 0 {
			return Moving
		}
		return WebP
	case has(4, "ftyp"):
		switch {
		case has(8, "heic"), has(8, "heix"), has(8, "heim"), has(8, "heis"), has(8, "hevc"), has(8, "mif1"), has(8, "msf1"):
			return HEIC
		case has(8, "avif"), has(8, "avis"):
			return AVIF
		}
		return Video
	case has(0, "II*\x00"), has(0, "MM\x00*"):
		return TIFF
	case has(0, "BM"):
		return BMP
	case has(0, "%PDF-"):
		return PDF
	}
	if head := bytes.ToLower(b[:min(len(b), 1024)]); bytes.Contains(head, []byte("<svg")) {
		return SVG
	}
	return Unknown
}

// cost is the memory in bytes that decoding will take, from the header alone,
// or the error for which it is not worth trying.
func cost(b []byte, format Format, opt Options) (int, error) {
	var config func(io.Reader) (image.Config, error)
	perPixel := 4.0
	switch format {
	case JPEG:
		config = jpeg.DecodeConfig
	case PNG:
		config = png.DecodeConfig
		if len(b) > 24 && b[24] == 16 { // bit depth
			perPixel = 8
		}
	case GIF:
		config = gif.DecodeConfig
		perPixel = 1
	case WebP:
		config = webp.DecodeConfig
		perPixel = 6 // lossy with transparency: planes, and both of them combined
	default:
		return 0, &FormatError{format}
	}
	c, err := config(bytes.NewReader(b))
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if c.Width <= 0 || c.Height <= 0 {
		return 0, ErrDamaged
	}
	if c.Width > opt.MaxPixels || c.Height > opt.MaxPixels/c.Width {
		return 0, fmt.Errorf("%w: %d×%d", ErrPixels, c.Width, c.Height)
	}
	if format == JPEG {
		if perPixel, err = walk(b); err != nil {
			return 0, err
		}
	}
	need := int(float64(c.Width*c.Height) * perPixel)
	if need > mostBytes {
		return 0, fmt.Errorf("%w: %d×%d needs %d MiB", ErrPixels, c.Width, c.Height, need>>20)
	}
	return need, nil
}

// maxScans is how many passes over the picture a JPEG may have. Cameras and
// programs write one to about a dozen; a small file can ask for thousands.
const maxScans = 64

// walk reads a JPEG's markers: the bytes of memory a pixel takes, and whether
// the passes are few enough.
func walk(b []byte) (perPixel float64, err error) {
	perPixel = 3
	scans := 0
	for i := 2; i+3 < len(b); {
		if b[i] != 0xff { // within the coded picture
			next := bytes.IndexByte(b[i:], 0xff)
			if next < 0 {
				break
			}
			i += next
			continue
		}
		marker := b[i+1]
		switch {
		case marker == 0xff:
			i++
			continue
		case marker == 0xd9: // end of the picture
			return perPixel, nil
		case marker == 0 || marker == 1 || marker >= 0xd0 && marker <= 0xd8: // no length follows
			i += 2
			continue
		}
		length := int(b[i+2])<<8 | int(b[i+3])
		body := b[i+4:]
		switch {
		case marker == 0xda:
			if scans++; scans > maxScans {
				return 0, fmt.Errorf("%w: more than %d passes", ErrDamaged, maxScans)
			}
		case marker >= 0xc0 && marker <= 0xc2 && len(body) >= 6:
			if samples := sampling(body); samples > 0 {
				perPixel = samples
				if marker == 0xc2 { // progressive: four bytes a coefficient beside the samples
					perPixel = 5 * samples
				}
			}
		}
		i += 2 + max(length, 2)
	}
	return perPixel, nil
}

// sampling is the number of samples that a pixel takes over all components,
// from the body of a start-of-frame segment; 0 when it is faulty.
func sampling(body []byte) float64 {
	n := int(body[5])
	if n < 1 || n > 4 || len(body) < 6+3*n {
		return 0
	}
	sum, h, v := 0, 1, 1
	for c := range n {
		hv := body[6+3*c+1]
		sum += int(hv>>4) * int(hv&15)
		h, v = max(h, int(hv>>4)), max(v, int(hv&15))
	}
	return float64(sum) / float64(h*v)
}

func decode(b []byte, format Format) (image.Image, error) {
	r := bytes.NewReader(b)
	switch format {
	case JPEG:
		return jpeg.Decode(r)
	case PNG:
		return png.Decode(r)
	case GIF:
		return gif.Decode(r)
	}
	return webp.Decode(r)
}

// orientation is how the camera was held, 1 to 8 as EXIF counts; 1, upright,
// when the file does not say, or says it wrongly.
func orientation(b []byte, format Format) int {
	kind, ok := map[Format]imagemeta.ImageFormat{JPEG: imagemeta.JPEG, PNG: imagemeta.PNG, WebP: imagemeta.WebP}[format]
	if !ok {
		return 1
	}
	held := 1
	_, err := imagemeta.Decode(imagemeta.Options{
		R:           bytes.NewReader(b),
		ImageFormat: kind,
		Sources:     imagemeta.EXIF,
		ShouldHandleTag: func(t imagemeta.TagInfo) bool {
			return t.Tag == "Orientation" && t.Namespace == "IFD0"
		},
		HandleTag: func(t imagemeta.TagInfo) error {
			if n, ok := t.Value.(uint16); ok && n >= 1 && n <= 8 {
				held = int(n)
			}
			return imagemeta.ErrStopWalking
		},
	})
	if err != nil && held == 1 {
		return 1 // faulty EXIF is no reason to refuse a good picture
	}
	return held
}

func encode(m image.Image, quality int) ([]byte, error) {
	var b bytes.Buffer
	err := jpeg.Encode(&b, m, &jpeg.Options{Quality: quality})
	return b.Bytes(), err
}
