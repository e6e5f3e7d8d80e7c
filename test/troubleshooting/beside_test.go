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

	"github.com/novasphere/function-wukong/fn/preview"
	"github.com/novasphere/function-wukong/fn/server"
)

// beside are the scenarios of messages that no answer tells: those of the server and of previews.
func beside() []scenario {
	const namespaced = "{apiVersion: vm.novasphere.dev/v1alpha1, kind: Wukong, metadata: {name: web-01}, spec: " + smallest + "}"
	const objects = "{apiVersion: v1, kind: Secret, metadata: {name: x}}"
	return []scenario{
		{tells: "the function failed on this request: see its log", by: panicked},
		{tells: "no certificates: give --tls-certs-dir (TLS_SERVER_CERTS_DIR), or --insecure for development", by: func(*testing.T) string {
			_, err := server.Credentials("", false)
			return err.Error()
		}},
		{tells: "FILE: holds no documents", by: previewed("# nothing\n", "", "")},
		{tells: "FILE: apiVersion VALUE is not that of a Wukong, which is vm.novasphere.dev/v1alpha1", by: previewed(objects, "", "")},
		{tells: "FILE: kind VALUE is neither Wukong nor XWukong", by: previewed(strings.ReplaceAll(namespaced, "Wukong", "Bajie"), "", "")},
		{tells: "FILE: found no Input of wukong.fn.crossplane.io/v1beta1, nor a Composition with one", by: previewed(namespaced, objects, "")},
		{tells: "FILE: has no annotation crossplane.io/composition-resource-name, which says what resource of the Wukong it is", by: previewed(namespaced, "", objects)},
	}
}

// previewed is why a preview of a manifest fails, with the contents of the files of its flags.
func previewed(manifest, input, observed string) func(t *testing.T) string {
	return func(t *testing.T) string {
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
		var out bytes.Buffer
		err := preview.Command{Files: []string{file(manifest)}, Input: file(input), Observed: file(observed), Stdout: &out, Stderr: &out}.Run(context.Background())
		if err == nil {
			t.Fatal("it does not fail")
		}
		return err.Error()
	}
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
