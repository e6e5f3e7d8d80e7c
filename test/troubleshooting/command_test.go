package troubleshooting

import (
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

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
		{want: "FILE: holds no Wukong", message: previewCase{wukong: "# nothing\n"}.failure},
		{want: "FILE: has no apiVersion or no kind, and is no Kubernetes manifest", message: previewCase{wukong: "{cpu: 2}"}.failure},
		{
			want:    "FILE: apiVersion VALUE is not that of a Wukong, which is vm.novasphere.dev/v1alpha1",
			message: previewCase{wukong: strings.Replace(wukong, "v1alpha1", "v1", 1)}.failure,
		},
		{want: "FILE: kind VALUE is neither Wukong nor XWukong", message: previewCase{wukong: strings.Replace(wukong, "Wukong", "Bajie", 1)}.failure},
		{want: "FILE: is no object", message: previewCase{wukong: "{apiVersion: v1, kind: List, items: [web-01]}"}.failure},
		{want: "FILE: found no Input of wukong.fn.crossplane.io/v1beta1, nor a Composition with one", message: previewCase{wukong: wukong, input: secret}.failure},
		{want: "FILE: invalid Input: REASON", message: previewCase{wukong: wukong, input: strings.Replace(native, "target", "targt", 1)}.failure},
		{
			want:    "FILE: is of target VALUE, and --target says VALUE: leave --target out",
			message: previewCase{wukong: wukong, input: native, target: preview.Claim}.failure,
		},
		{
			want:    "FILE: nothing in it belongs to a Wukong of the files: give the state of these Wukongs, and the --target that they have",
			message: previewCase{wukong: wukong, observed: secret}.failure,
		},
		{
			want:    "FILE: the file has resource VALUE of VALUE twice",
			message: previewCase{wukong: wukong, target: preview.Native, observed: composed(compositeLabel) + composed(compositeLabel)}.failure,
		},
		{want: "is left out: it is no Wukong", message: previewCase{wukong: secret + "\n---\n" + wukong}.note},
		{
			want:    "is left out: it belongs to VALUE, which is not in the files",
			message: previewCase{wukong: wukong, observed: composed(", labels: {crossplane.io/composite: web-02}")}.note,
		},
		{
			want:    "is left out: it has no annotation crossplane.io/composition-resource-name, as composed resources have",
			message: previewCase{wukong: wukong, observed: secret}.note,
		},
		{
			want:    "is left out: neither its controller nor its label crossplane.io/composite is a Wukong",
			message: previewCase{wukong: wukong, observed: composed("")}.note,
		},
		{
			want:    "names no namespace, and is taken to be in this one, from which its names and MAC addresses follow",
			message: previewCase{wukong: strings.Replace(wukong, ", namespace: team-a", "", 1)}.note,
		},
		{want: "is left out: no Wukong of the files asks for it", message: previewCase{wukong: wukong, target: preview.Native, required: secret}.note},
	}
}

// A previewCase is a preview of files with these contents, in YAML; empty for a file that is not given.
type previewCase struct {
	wukong, input, observed, required string

	target preview.Target
}

// run previews the files, and returns what the command prints to its standard error.
func (p previewCase) run(t *testing.T) (stderr string, err error) {
	t.Helper()
	file := func(content string) string {
		if content == "" {
			return ""
		}
		path := filepath.Join(t.TempDir(), "file.yaml")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	var out, notes bytes.Buffer
	err = preview.Command{
		Files: []string{file(p.wukong)}, Target: p.target, Input: file(p.input), Observed: file(p.observed), Required: file(p.required), Stdout: &out, Stderr: &notes,
	}.Run(context.Background())
	return notes.String(), err
}

// failure returns why the preview fails.
func (p previewCase) failure(t *testing.T) string {
	t.Helper()
	_, err := p.run(t)
	if err == nil {
		t.Fatal("the preview does not fail")
	}
	return err.Error()
}

// note returns the first note on the standard error, without its place.
func (p previewCase) note(t *testing.T) string {
	t.Helper()
	stderr, _ := p.run(t)
	_, note, found := strings.Cut(strings.SplitN(stderr, "\n", 2)[0], ": note: ")
	if !found {
		t.Fatalf("the preview prints no note: %s", stderr)
	}
	return note
}

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
