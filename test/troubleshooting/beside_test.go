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

// beside are the scenarios of messages that no answer tells: those of the server and of previews.
func beside() []scenario {
	const wukong = "{apiVersion: vm.novasphere.dev/v1alpha1, kind: Wukong, metadata: {name: web-01, namespace: team-a}, spec: " + smallest + "}"
	const secret = "{apiVersion: v1, kind: Secret, metadata: {name: x, namespace: team-a}}"
	const native = "{apiVersion: wukong.fn.crossplane.io/v1beta1, kind: Input, target: Native}"
	composed := func(metadata string) string {
		return "---\n{apiVersion: v1, kind: Secret, metadata: {name: x, namespace: team-a, annotations: {crossplane.io/composition-resource-name: cloud-init}" + metadata + "}}\n"
	}
	const byWukong = ", labels: {crossplane.io/composite: web-01}"
	return []scenario{
		{tells: "the function failed on this request: see its log", by: panicked},
		{tells: "no certificates: give --tls-certs-dir (TLS_SERVER_CERTS_DIR), or --insecure for development", by: func(*testing.T) string {
			_, err := server.Credentials("", false)
			return err.Error()
		}},
		{tells: "--insecure serves without the certificates that are given: remove --insecure, or --tls-certs-dir and the variable TLS_SERVER_CERTS_DIR", by: func(*testing.T) string {
			_, err := server.Credentials("/tls/server", true)
			return err.Error()
		}},
		{tells: "--max-recv-message-size is NUMBER megabytes, and must be from 1 to NUMBER", by: func(*testing.T) string {
			_, err := server.RequestBytes(0)
			return err.Error()
		}},
		{tells: "FILE: holds no Wukong", by: previewed{wukong: "# nothing\n"}.tells},
		{tells: "FILE: has no apiVersion or no kind, and is no Kubernetes manifest", by: previewed{wukong: "{cpu: 2}"}.tells},
		{tells: "FILE: apiVersion VALUE is not that of a Wukong, which is vm.novasphere.dev/v1alpha1", by: previewed{wukong: strings.Replace(wukong, "v1alpha1", "v1", 1)}.tells},
		{tells: "FILE: kind VALUE is neither Wukong nor XWukong", by: previewed{wukong: strings.Replace(wukong, "Wukong", "Bajie", 1)}.tells},
		{tells: "FILE: is no object", by: previewed{wukong: "{apiVersion: v1, kind: List, items: [web-01]}"}.tells},
		{tells: "FILE: found no Input of wukong.fn.crossplane.io/v1beta1, nor a Composition with one", by: previewed{wukong: wukong, input: secret}.tells},
		{tells: "FILE: invalid Input: REASON", by: previewed{wukong: wukong, input: strings.Replace(native, "target", "targt", 1)}.tells},
		{tells: "FILE: is of target VALUE, and --target says VALUE: leave --target out", by: previewed{wukong: wukong, input: native, target: preview.Claim}.tells},
		{
			tells: "FILE: nothing in it belongs to a Wukong of the files: give the state of these Wukongs, and the --target that they have",
			by:    previewed{wukong: wukong, observed: secret}.tells,
		},
		{tells: "FILE: the file has resource VALUE of VALUE twice", by: previewed{wukong: wukong, target: preview.Native, observed: composed(byWukong) + composed(byWukong)}.tells},
		{tells: "is left out: it is no Wukong", by: previewed{wukong: secret + "\n---\n" + wukong}.notes},
		{tells: "is left out: it belongs to VALUE, which is not in the files", by: previewed{wukong: wukong, observed: composed(", labels: {crossplane.io/composite: web-02}")}.notes},
		{tells: "is left out: it has no annotation crossplane.io/composition-resource-name, as composed resources have", by: previewed{wukong: wukong, observed: secret}.notes},
		{tells: "is left out: neither its controller nor its label crossplane.io/composite is a Wukong", by: previewed{wukong: wukong, observed: composed("")}.notes},
		{tells: "names no namespace, and is taken to be in this one, from which its names and MAC addresses follow", by: previewed{wukong: strings.Replace(wukong, ", namespace: team-a", "", 1)}.notes},
		{tells: "is left out: no Wukong of the files asks for it", by: previewed{wukong: wukong, target: preview.Native, required: secret}.notes},
	}
}

// A previewed is a preview with the contents of its files.
type previewed struct {
	wukong, input, observed, required string

	target preview.Target
}

// run previews, and returns what is printed beside the preview.
func (p previewed) run(t *testing.T) (printed string, err error) {
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
	var out, told bytes.Buffer
	err = preview.Command{
		Files: []string{file(p.wukong)}, Target: p.target, Input: file(p.input), Observed: file(p.observed), Required: file(p.required), Stdout: &out, Stderr: &told,
	}.Run(context.Background())
	return told.String(), err
}

// tells returns why the preview fails.
func (p previewed) tells(t *testing.T) string {
	t.Helper()
	_, err := p.run(t)
	if err == nil {
		t.Fatal("it does not fail")
	}
	return err.Error()
}

// notes returns the note that the preview begins with.
func (p previewed) notes(t *testing.T) string {
	t.Helper()
	printed, _ := p.run(t)
	_, note, found := strings.Cut(strings.SplitN(printed, "\n", 2)[0], ": note: ")
	if !found {
		t.Fatalf("it notes nothing: %s", printed)
	}
	return note
}

// panics is a function with a fault.
type panics struct {
	fnv1.UnimplementedFunctionRunnerServiceServer
}

func (panics) RunFunction(context.Context, *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
	panic("a fault")
}

// panicked is what Crossplane is answered when the function panics.
func panicked(t *testing.T) string {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	lis, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error)
	go func() {
		served <- server.Server{Function: panics{}, Credentials: insecure.NewCredentials(), MaxRequestBytes: 1 << 20, Log: logging.NewNopLogger()}.Serve(ctx, lis, nil)
	}()
	conn, err := grpc.NewClient(lis.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	_, err = fnv1.NewFunctionRunnerServiceClient(conn).RunFunction(ctx, &fnv1.RunFunctionRequest{})
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	stop()
	if err := <-served; err != nil {
		t.Fatal(err)
	}
	return status.Convert(err).Message()
}
