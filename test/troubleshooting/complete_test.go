package troubleshooting

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"pgregory.net/rapid"
	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/fn"
	"github.com/novasphere/function-wukong/internal/wukongtest"
)

// tellers are the packages whose messages reach users.
var tellers = []string{"fn", "fn/api/v1alpha1", "internal/action", "internal/admission", "internal/cloudinit", "internal/compose", "internal/kubevirt", "internal/network", "internal/report", "internal/storage"}

// silent are words of the code that no entry has, and why.
var silent = map[string]string{
	"cannot write the manifest of":       "every object that is planned can be written",
	"has the unknown type":               "a type that is not known is refused before",
	"would be in namespace":              "everything is planned in the namespace of the Wukong",
	"instead of the Wukong's":            "everything is planned in the namespace of the Wukong",
	"the function never stops requiring": "for previews and tests, if the function had a fault",

	"must be between 1 and": "its entry says NUMBER",
	"Invalid value":         "how Kubernetes begins an error, which no entry repeats",

	"the default class":                "what an entry calls CLASS",
	"another image":                    "what an entry calls VALUE",
	"the document is too long":         "its entry says how long it may be",
	"is imported from":                 "what an entry calls REASON",
	"something else than an image":     "what an entry calls VALUE",
	"what its storage class prefers":   "what an entry calls VALUE",
	"spec is immutable after creation": "what the cluster says, and is read, as is the following",
	"field can not be less than":       "",
	"Pending and":                      "what CDI says, and is read",
	"not shown":                        "what an entry calls VALUE",
	"no node takes it":                 "what an entry calls REASON, as are the following",
	"see its console and the events":   "",
	"see the events of its pod":        "",
	"see the events of DataVolume":     "",
	"create it, or correct claimName":  "",
	"the events of the Wukong say why": "",

	"Unsynced resources":                       "what others say, and is read, as are the following",
	"unbound immediate PersistentVolumeClaims": "",
	"does not exist, waiting for it to appear": "",
	"didn't find PVC":                          "",
	"is forbidden":                             "",
	"is invalid":                               "",
	"denied the request":                       "",
	"external resource does not exist":         "",
	"create failed":                            "",
	"connect failed":                           "",
	"no matches for":                           "",
	"failed waiting for":                       "",
	"fetching resources for":                   "",
	"cannot get required resource by name":     "",
	"Crossplane may not list and watch":        "",
	"cannot dry run SSA":                       "",
	"cannot create object":                     "",
	"cannot apply object":                      "",
	"cannot get object":                        "",
	"connection refused":                       "",
	"i/o timeout":                              "",
	"context deadline exceeded":                "",
	"no such host":                             "",
	"TLS handshake":                            "",
	"connection reset":                         "",
	"the server is currently unable":           "",
	"the object has been modified":             "",
	"uid mismatch":                             "",

	"ALL=(ALL) NOPASSWD:ALL":        "a default, not a message",
	"Content-Type: multipart/mixed": "user data, not a message",
	"MIME-Version":                  "user data, not a message",
}

var verb = regexp.MustCompile(`%[a-z]`)

// TestEveryWord shows that each message in the code is in the chapter, piece by piece as the code puts it together.
func TestEveryWord(t *testing.T) {
	var text strings.Builder
	for _, e := range chapter(t) {
		text.WriteString(e.text + "\n")
	}
	pieces := 0
	for _, pkg := range tellers {
		for _, piece := range piecesOf(t, filepath.Join(root, pkg)) {
			pieces++
			if !strings.Contains(text.String(), piece.text) && !isSilent(piece.text) {
				t.Errorf("%s: no entry of docs/troubleshooting.md has the words %q", piece.at, piece.text)
			}
		}
	}
	if pieces < 100 {
		t.Errorf("found no more than %d pieces of messages in the code", pieces)
	}
}

func isSilent(text string) bool {
	for words := range silent {
		if strings.HasPrefix(text, words) {
			return true
		}
	}
	return false
}

// A piece of a message in the code, and where it stands.
type piece struct {
	text, at string
}

// piecesOf the messages in a package: what of its strings is left between what is put in, where it is more than a word. What is logged is
// no message to a user, and neither is the help of a metric.
func piecesOf(t *testing.T, dir string) []piece {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("found no code in %s: %v", dir, err)
	}
	var out []piece
	for _, file := range files {
		base := filepath.Base(file)
		if strings.HasSuffix(base, "_test.go") || strings.HasPrefix(base, "zz_") || base == "log.go" {
			continue
		}
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				s, ok := n.Fun.(*ast.SelectorExpr)
				return !ok || s.Sel.Name != "Debug" && s.Sel.Name != "Info" && s.Sel.Name != "MustCompile"
			case *ast.KeyValueExpr:
				k, ok := n.Key.(*ast.Ident)
				return !ok || k.Name != "Help"
			case *ast.Field:
				return n.Tag == nil
			case *ast.BasicLit:
				if n.Kind != token.STRING {
					return true
				}
				s, err := strconv.Unquote(n.Value)
				if err != nil {
					t.Fatal(err)
				}
				for _, text := range verb.Split(strings.ReplaceAll(s, "%%", "%"), -1) {
					text = strings.Trim(text, " :;,\"\n()=")
					if strings.Contains(text, " ") {
						out = append(out, piece{text, set.Position(n.Pos()).String()})
					}
				}
			}
			return true
		})
	}
	return out
}

// TestEveryReason shows that each reason of a condition and of an event is in the chapter.
func TestEveryReason(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(root, "docs/troubleshooting.md"))
	if err != nil {
		t.Fatal(err)
	}
	reason := regexp.MustCompile(`(?m)^\s*(?:[Rr]eason|[Cc]ondition)[A-Za-z]+\s*=\s*"([A-Za-z]+)"`)
	known := 0
	for _, pkg := range tellers {
		files, err := filepath.Glob(filepath.Join(root, pkg, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			code, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range reason.FindAllStringSubmatch(string(code), -1) {
				known++
				if !strings.Contains(string(b), "`"+m[1]+"`") {
					t.Errorf("%s: docs/troubleshooting.md does not explain the reason %s", file, m[1])
				}
			}
		}
	}
	if known < 20 {
		t.Errorf("found no more than %d reasons in the code", known)
	}
}

// TestObserved shows that what is told of every known state of the examples is explained.
func TestObserved(t *testing.T) {
	all := chapter(t)
	files, err := filepath.Glob(filepath.Join(root, "internal/preview/testdata/*/*/*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("found no known states: %v", err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var o struct {
			Status struct {
				Message    string
				Conditions []struct{ Type, Message string }
			}
		}
		if err := yaml.Unmarshal(b, &o); err != nil {
			t.Fatal(err)
		}
		messages := []string{o.Status.Message}
		for _, c := range o.Status.Conditions {
			if c.Type != "Ready" && c.Type != "Synced" {
				messages = append(messages, c.Message)
			}
		}
		explained(t, all, messages)
	}
}

// TestRandom shows that whatever is told of random specs, valid and not, is explained.
func TestRandom(t *testing.T) {
	all := chapter(t)
	rapid.Check(t, func(t *rapid.T) {
		spec := wukongtest.Spec().Draw(t, "spec")
		if rapid.Bool().Draw(t, "broken?") {
			spec = wukongtest.Break(spec).Draw(t, "broken").Spec
		}
		req, err := wukongtest.Request(spec)
		if err != nil {
			t.Skip("it is no JSON")
		}
		explained(t, all, ask(t, req))
	})
}

// A tester is a test, or one of its random cases.
type tester interface {
	Helper()
	Fatal(args ...any)
	Errorf(format string, args ...any)
}

// ask the function, and return all that it tells.
func ask(t tester, req *fnv1.RunFunctionRequest) []string {
	t.Helper()
	rsp, err := fn.New(logging.NewNopLogger()).RunFunction(context.Background(), req)
	if err != nil {
		t.Fatal(err)
	}
	return messagesIn(rsp)
}

// explained fails where a message is not.
func explained(t tester, all []entry, messages []string) {
	t.Helper()
	for _, m := range messages {
		if m != "" && len(told(all, m)) == 0 {
			t.Errorf("no entry explains: %s", m)
		}
	}
}
