package troubleshooting

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/novasphere/function-wukong/fn"
	"github.com/novasphere/function-wukong/internal/manifest"
	"github.com/novasphere/function-wukong/internal/preview"
	"github.com/novasphere/function-wukong/internal/server"
)

// command returns the scenarios of messages that are not in a response: those of the server and of previews.
func command() []scenario {
	const wukong = "{apiVersion: vm.novasphere.dev/v1alpha1, kind: Wukong, metadata: {name: web-01, namespace: team-a}, spec: " + smallest + "}"
	const secret = "{apiVersion: v1, kind: Secret, metadata: {name: x, namespace: team-a}}"
	const native = "{apiVersion: wukong.fn.crossplane.io/v1beta1, kind: Input, target: Native}"
	composed := func(metadata string) string {
		return "---\n{apiVersion: v1, kind: Secret, metadata: {name: x, namespace: team-a, " +
			"annotations: {crossplane.io/composition-resource-name: cloud-init}" + metadata + "}}\n"
	}
	const compositeLabel = ", labels: {crossplane.io/composite: web-01}"
	return []scenario{
		{want: "the function failed on this request: see its log", message: serverPanic},
		{want: "no certificates: give --tls-certs-dir (TLS_SERVER_CERTS_DIR), or --insecure for development", message: func(*testing.T) string {
			_, err := server.Credentials("", false)
			return err.Error()
		}},
		{
			want: "--insecure serves without the certificates that are given: remove --insecure, or --tls-certs-dir and the variable TLS_SERVER_CERTS_DIR",
			message: func(*testing.T) string {
				_, err := server.Credentials("/tls/server", true)
				return err.Error()
			},
		},
		{want: "--max-recv-message-size is NUMBER megabytes, and must be from 1 to NUMBER", message: func(*testing.T) string {
			_, err := server.RequestBytes(0)
			return err.Error()
		}},
		{want: "holds no Wukong", message: previewCase{wukong: "# nothing\n"}.failure},
		{want: "has no apiVersion or no kind, and is no Kubernetes manifest", message: previewCase{wukong: "{cpu: 2}"}.failure},
		{
			want:    "apiVersion VALUE is not that of a Wukong, which is vm.novasphere.dev/v1alpha1: change it, or take the function-wukong that knows it",
			message: previewCase{wukong: strings.Replace(wukong, "v1alpha1", "v1", 1)}.failure,
		},
		{want: "kind VALUE is neither Wukong nor XWukong", message: previewCase{wukong: strings.Replace(wukong, "Wukong", "Bajie", 1)}.failure},
		{
			want:    "kind VALUE is neither Wukong nor XWukong: did you mean VALUE?",
			message: previewCase{wukong: strings.Replace(wukong, "Wukong", "Wukung", 1)}.failure,
		},
		{
			want:    "a KIND is of apiVersion vm.novasphere.dev/v1alpha1, and not of VALUE",
			message: previewCase{wukong: strings.Replace(wukong, "novasphere.dev", "example.org", 1)}.failure,
		},
		{want: "is NAMESPACE, and -n says NAMESPACE: remove one of both", message: previewCase{wukong: wukong, namespace: "team-b"}.failure},
		{want: "is no object, as the items of a list are", message: previewCase{wukong: "{apiVersion: v1, kind: List, items: [web-01]}"}.failure},
		{want: "is no Kubernetes manifest, which begins with apiVersion and kind", message: previewCase{wukong: "hello\n"}.failure},
		{want: "is no text in UTF-8: REASON", message: previewCase{wukong: "\xff\xfe"}.failure},
		{want: "there is a tab, and YAML is indented with spaces: replace it", message: previewCase{wukong: "a:\n\tb: 1\n"}.failure},
		{want: "this is a template: render it first, as with helm template . | function-wukong render -", message: previewCase{wukong: "a: {{ .Values.a }}\n"}.failure},
		{want: "is what Git leaves of a merge with a conflict: resolve it first", message: previewCase{wukong: "<<<<<<< HEAD\na: 1\n=======\na: 2\n"}.failure},
		{want: "the key VALUE is there twice: remove one", message: previewCase{wukong: strings.Replace(wukong, "kind: Wukong", "kind: Wukong, kind: Wukong", 1)}.failure},
		{
			want:    "is indented differently from what it belongs to: fields of one object, and items of one list, begin in one column",
			message: previewCase{wukong: "a:\n  b: 1\n c: 1\n"}.failure,
		},
		{want: "a key lacks its colon, or the space after it: write KEY: VALUE", message: previewCase{wukong: "a: 1\nb\nc: 1\n"}.failure},
		{
			want:    "has a colon and a space inside a value: put the value in quotes, or the key on a line of its own",
			message: previewCase{wukong: "a: b: c\n"}.failure,
		},
		{want: "a quote or a bracket that opens here is not closed", message: previewCase{wukong: "a: [1\n"}.failure},
		{
			want:    "there is no such escape, and in double quotes a backslash begins one: use single quotes",
			message: previewCase{wukong: `a: "\d"` + "\n"}.failure,
		},
		{want: "begins with *, and names an anchor that there is not: put the value in quotes", message: previewCase{wukong: "a: *b\n"}.failure},
		{want: "a value begins with a character that YAML reserves: put the value in quotes", message: previewCase{wukong: "a: @b\n"}.failure},
		{want: "is no YAML: REASON", message: previewCase{wukong: "a: !<\n"}.failure},
		{want: "Git knows no such revision: REASON", message: previewCase{wukong: wukong, revision: "no-such-revision"}.failure},
		{want: "git is not on the PATH, and reads revisions: install it", message: func(t *testing.T) string {
			t.Setenv("PATH", "")
			return previewCase{wukong: wukong, revision: "HEAD"}.failure(t)
		}},
		{want: "has no Input of wukong.fn.crossplane.io/v1beta1, nor a Composition with one", message: previewCase{wukong: wukong, input: secret}.failure},
		{
			want:    "is of target VALUE, and --target says VALUE: leave --target out",
			message: previewCase{wukong: wukong, input: native, target: preview.Claim}.failure,
		},
		{
			want:    "nothing in it belongs to a Wukong of the files: give the state of these Wukongs, and the --target that they have",
			message: previewCase{wukong: wukong, observed: secret}.failure,
		},
		{
			want:    "resource VALUE of VALUE is there twice",
			message: previewCase{wukong: wukong, target: preview.Native, observed: composed(compositeLabel) + composed(compositeLabel)}.failure,
		},
		{want: "VALUE is there twice, in FILE as well: remove one", message: previewCase{wukong: wukong + "\n---\n" + wukong}.failure},
		{
			want:    "VALUE is in the cluster, and not in the files: nothing is said of it",
			message: previewCase{wukong: wukong, observed: strings.Replace(wukong, "web-01", "web-02", 1) + composed(compositeLabel)}.note,
		},
		{
			want: "VALUE is not how the target VALUE composes a virtual machine: give the --target, or the --input, of the Composition that made it",
			message: previewCase{
				wukong: wukong, observed: strings.NewReplacer("cloud-init", "vm", "Secret", "VirtualMachine").Replace(composed(compositeLabel)),
			}.failure,
		},
		{want: "is a symbolic link that leads out of the repository, or nowhere: name the file itself", message: linked},
		{want: "VALUE is left out: it is no Wukong", message: previewCase{wukong: secret + "\n---\n" + wukong}.note},
		{want: "other objects in the folders are left out: VALUE", message: previewCase{wukong: wukong, besides: secret}.note},
		{
			want:    "VALUE is left out: it belongs to VALUE, which is not in the files",
			message: previewCase{wukong: wukong, observed: composed(", labels: {crossplane.io/composite: web-02}")}.note,
		},
		{
			want:    "VALUE is left out: it has no annotation crossplane.io/composition-resource-name, as composed resources have",
			message: previewCase{wukong: wukong, observed: secret}.note,
		},
		{
			want:    "VALUE is left out: neither its controller nor its label crossplane.io/composite is a Wukong",
			message: previewCase{wukong: wukong, observed: composed("")}.note,
		},
		{
			want:    "names no namespace: default is taken, from which names and MAC addresses follow, unless -n names another",
			message: previewCase{wukong: strings.Replace(wukong, ", namespace: team-a", "", 1)}.note,
		},
		{want: "VALUE is left out: no Wukong of the files asks for it", message: previewCase{wukong: wukong, target: preview.Native, required: secret}.note},
	}
}

// linked returns what is said of a symbolic link in a revision that leads nowhere.
func linked(t *testing.T) string {
	dir := t.TempDir()
	if err := os.Symlink("no-such-file.yaml", filepath.Join(dir, "web-01.yaml")); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"init", "--quiet"}, {"add", "-A"}, {"commit", "--quiet", "--message=first"}} {
		cmd := exec.CommandContext(t.Context(), "git", append([]string{"-c", "user.name=test", "-c", "user.email=test@example.org"}, args...)...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	_, problems := manifest.Reader{Revision: "HEAD"}.Read(t.Context(), dir)
	if len(problems) != 1 {
		t.Fatalf("want one problem, got %v", problems)
	}
	return problems[0].Text
}

// A previewCase is a preview of files with these contents, in YAML; empty for a file that is not given. Besides is the content of another file in the
// folder of the Wukong's.
type previewCase struct {
	wukong, besides, input, observed, required string

	namespace, revision string
	target              preview.Target
}

// said returns the text of the first problem of a severity that the preview prints, without its place and its field.
func (p previewCase) said(t *testing.T, s manifest.Severity) string {
	t.Helper()
	write := func(dir, name, content string) string {
		if content == "" {
			return ""
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	folder := t.TempDir()
	path := write(folder, "wukong.yaml", p.wukong)
	if write(folder, "besides.yaml", p.besides) != "" {
		path = folder
	}
	r := preview.Read(t.Context(), preview.Options{
		Files: []string{path}, Revision: p.revision, Namespace: p.namespace, Target: p.target,
		Input: write(t.TempDir(), "input.yaml", p.input), Observed: write(t.TempDir(), "observed.yaml", p.observed),
		Required: write(t.TempDir(), "required.yaml", p.required),
	})
	problems := r.Problems
	for _, w := range r.Wukongs {
		_, said, err := r.Render(t.Context(), fn.New(logging.NewNopLogger()), w)
		if err != nil {
			t.Fatal(err)
		}
		problems = append(problems, said...)
	}
	problems = append(problems, r.NotRequired()...)
	i := slices.IndexFunc(problems, func(p manifest.Problem) bool { return p.Severity == s })
	if i < 0 {
		t.Fatalf("the preview prints no %s: %v", s, problems)
	}
	return problems[i].Text
}

// failure returns why the preview fails.
func (p previewCase) failure(t *testing.T) string { return p.said(t, manifest.Error) }

// note returns the first note.
func (p previewCase) note(t *testing.T) string { return p.said(t, manifest.Note) }

// panicking is a function that panics on each request.
type panicking struct {
	fnv1.UnimplementedFunctionRunnerServiceServer
}

func (panicking) RunFunction(context.Context, *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
	panic("a fault")
}

// serverPanic returns the error that Crossplane gets when the function panics.
func serverPanic(t *testing.T) string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	lis, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	stopped := make(chan error)
	go func() {
		s := server.Server{Function: panicking{}, Credentials: insecure.NewCredentials(), MaxRequestBytes: 1 << 20, Log: logging.NewNopLogger()}
		stopped <- s.Serve(ctx, lis, nil)
	}()
	conn, err := grpc.NewClient(lis.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	_, err = fnv1.NewFunctionRunnerServiceClient(conn).RunFunction(ctx, &fnv1.RunFunctionRequest{})
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-stopped; err != nil {
		t.Fatal(err)
	}
	return status.Convert(err).Message()
}
