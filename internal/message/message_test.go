package message

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestClean(t *testing.T) {
	cases := map[string]struct {
		reason, text, want string
	}{
		"Plain":       {reason: "A plain message is unchanged.", text: "disk system: its volume is lost", want: "disk system: its volume is lost"},
		"OtherScript": {reason: "So is one in another script.", text: "größer, 大きい, 🐒", want: "größer, 大きい, 🐒"},
		"Lines":       {reason: "Kubernetes' own messages may have several lines.", text: "a\nb\tc\r\nd\u2028e\u2029f\u0085g", want: "a b c  d e f g"},
		"Terminal": {
			reason: "An escape sequence would reach the terminal of whoever prints the status.",
			text:   "\x1b]0;pwned\a\x1b[31mred",
			want:   "�]0;pwned��[31mred",
		},
		"Order":     {reason: "Text must not be read in another order than it has.", text: "a\u202eb\u2066c\u200ed", want: "a�b�c�d"},
		"NoUTF8":    {reason: "gRPC takes UTF-8 alone.", text: "a\xffb", want: "a�b"},
		"Long":      {reason: "An event has at most a kilobyte.", text: strings.Repeat("a", 2000), want: strings.Repeat("a", 1021) + "..."},
		"LongRunes": {reason: "No character is cut in two.", text: strings.Repeat("€", 1000), want: strings.Repeat("€", 340) + "..."},
		"VeryLong":  {reason: "However long it was.", text: strings.Repeat("€", 1_000_000), want: strings.Repeat("€", 340) + "..."},
		"LongURL": {
			reason: "A credential that is cut is still one.",
			text:   strings.Repeat("a ", 500) + "https://" + strings.Repeat("s", 9000) + "@h/x",
			want:   strings.Repeat("a ", 500) + "https://xxxxx@h/x",
		},
		"URLWithSpaces": {reason: "Other spaces than ASCII's do not end a URL.", text: "https://u:TOK\u2028EN@h/x", want: "https://xxxxx@h/x"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := Clean(tc.text); got != tc.want {
				t.Errorf("%s\nwant %q\ngot  %q", tc.reason, tc.want, got)
			}
		})
	}
}

func TestJoin(t *testing.T) {
	many := make([]string, 100)
	for i := range many {
		many[i] = strings.Repeat("a", 98)
	}
	for name, tc := range map[string]struct {
		reason   string
		messages []string
		want     string
	}{
		"None":    {reason: "The list may be empty."},
		"One":     {reason: "One message is unchanged.", messages: []string{"a"}, want: "a"},
		"Two":     {reason: "Several keep their order.", messages: []string{"a", "b"}, want: "a; b"},
		"Unclean": {reason: "Text of other programs may be among them.", messages: []string{"a\nb", "https://TOKEN@h"}, want: "a b; https://xxxxx@h"},
		"Many": {
			reason:   "What does not fit is counted.",
			messages: many,
			want:     strings.Join(many[:9], "; ") + "; and 91 more, which the events of the Wukong say (cdad4877)",
		},
		"LongAlone": {reason: "A single message may have all bytes.", messages: []string{strings.Repeat("a", 2000)}, want: strings.Repeat("a", 1021) + "..."},
		"LongFirst": {
			reason:   "A long message leaves room for the count of the others.",
			messages: []string{strings.Repeat("a", 2000), "b"},
			want:     strings.Repeat("a", 925) + "...; and 1 more, which the events of the Wukong say (2d8775e9)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := Join(tc.messages)
			if got != tc.want {
				t.Errorf("%s\nwant %q\ngot  %q", tc.reason, tc.want, got)
			}
		})
	}
}

// TestJoinDiffers shows that lists with different cleaned messages are joined to different texts.
func TestJoinDiffers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringOfN(rapid.SampledFrom([]rune("ab;\n€?@:/")), 0, 1500, -1), rapid.SampledFrom([]string{
			"https://u@h/x?y",
			strings.Repeat("a?b@://", 200),
		}))
		list := rapid.SliceOfN(text, 1, 30).Draw(t, "list")
		other := slices.Clone(list)
		i := rapid.IntRange(0, len(list)-1).Draw(t, "index")
		other[i] = text.Draw(t, "other")

		if Clean(list[i]) != Clean(other[i]) && Clean(Join(list)) == Clean(Join(other)) {
			t.Fatalf("%q and %q are both joined to %q", list[i], other[i], Clean(Join(list)))
		}
	})
}

func TestRedact(t *testing.T) {
	for text, want := range map[string]string{
		"":                                          "",
		"imported from ":                            "imported from ",
		"https://example.org/a.qcow2":               "https://example.org/a.qcow2",
		"https://TOKEN@h/a":                         "https://xxxxx@h/a",
		"https://user:TOKEN@h:8443/a":               "https://xxxxx@h:8443/a",
		"https://us@er:TOKEN@h/a":                   "https://xxxxx@h/a",
		"https://h/a?sig=TOKEN":                     "https://h/a?xxxxx",
		"https://h/a?sig=TOKEN: 403":                "https://h/a?xxxxx: 403",
		"https://h?TOKEN":                           "https://h?xxxxx",
		"https://h/a#TOKEN":                         "https://h/a?xxxxx",
		"docker://u:TOKEN@r/i@sha256:0":             "docker://xxxxx@r/i@sha256:0",
		"docker://r/i@sha256:0":                     "docker://r/i@sha256:0",
		`Get "https://u:TOKEN@h/a?TOKEN": dial tcp`: `Get "https://xxxxx@h/a?xxxxx": dial tcp`,
		"from https://TOKEN@a/b, not s3://c/d?TOKEN, or (e)": "from https://xxxxx@a/b, not s3://c/d?xxxxx, or (e)",
		"HTTP://TOKEN@h":                            "HTTP://xxxxx@h",
		"https://user:TO'KEN@h/a":                   "https://xxxxx@h/a",
		"https://h/a?sig=TO'KEN, so":                "https://h/a?xxxxx, so",
		`'https://TO'K"EN@h/a?TO'KEN': 403`:         "'https://xxxxx@h/a?xxxxx': 403",
		`["https://h/a","https://TOKEN@h/b"]`:       `["https://h/a","https://xxxxx@h/b"]`,
		`msg="Get \"https://h/a?TO<KEN\": refused"`: `msg="Get \"https://h/a?xxxxx\": refused"`,
	} {
		if got := Redact(text); got != want {
			t.Errorf("%q: want %q, got %q", text, want, got)
		}
	}
}

// TestRedactImages shows that a text about an image has neither its user information nor its query nor its fragment, whatever quotes it. A text
// about an image without these is unchanged.
func TestRedactImages(t *testing.T) {
	const secret = "SECRET"
	alphabet := []string{secret, secret, "@", "/", "?", "#", ":", "'", `"`}
	for c := '!'; c <= '~'; c++ {
		alphabet = append(alphabet, string(c))
	}
	rapid.Check(t, func(t *rapid.T) {
		scheme := rapid.SampledFrom([]string{"http", "https", "docker"}).Draw(t, "scheme")
		image := scheme + "://" + strings.Join(rapid.SliceOfN(rapid.SampledFrom(alphabet), 1, 20).Draw(t, "rest"), "")
		u, err := url.Parse(image)
		if err != nil || strings.Contains(u.Host+u.Path, secret) {
			t.Skip("no image, or one whose host or path is the secret")
		}
		plain := u.User == nil && !strings.ContainsAny(image, "@?#")
		for _, format := range []string{"%s", "%q", "'%s'", "from %s, or", "(%s)", "Get \"%s\": 403", "<%s>", `{"url":"%s","code":403}`} {
			text := fmt.Sprintf(format, image)
			got := Redact(text)
			if strings.Contains(got, secret) {
				t.Fatalf("%q becomes %q", text, got)
			}
			if plain && got != text {
				t.Fatalf("%q becomes %q, though it has no credentials", text, got)
			}
		}
	})
}

// FuzzClean shows that any cleaned text is one line of printable characters, of at most MaxBytes.
func FuzzClean(f *testing.F) {
	for _, s := range []string{"", "a\x1b[31m", "https://u:p@h/x?y", strings.Repeat("€", 700), "\xff\xfe", "a://@", "a://?#@"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Clean(s)
		if len(got) > MaxBytes || !utf8.ValidString(got) || strings.ContainsFunc(got, func(r rune) bool { return !IsPrintable(r) }) {
			t.Errorf("%q became %q", s, got)
		}
	})
}
