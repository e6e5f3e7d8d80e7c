package fn

import (
	"context"
	"encoding/base64"
	"runtime"
	"strings"
	"testing"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"go.yaml.in/yaml/v3"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/novasphere/function-wukong/internal/wukongtest"
)

const (
	// answerBudget is how many bytes an answer may allocate, besides what the request costs by its length.
	answerBudget = 8 << 20

	// byteBudget is how many bytes may be allocated for each one of a request. A value of YAML takes two bytes, and some hundred to read.
	byteBudget = 512
)

// budget returns how many bytes the response to a request may allocate.
func budget(req *fnv1.RunFunctionRequest) uint64 {
	return answerBudget + byteBudget*uint64(proto.Size(req))
}

// allocated returns how many bytes a function allocates. It includes allocations of other goroutines.
func allocated(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// withUserData returns a request for a Wukong with user data, which is merged with that of cloudInitUser if merged.
func withUserData(t testing.TB, data string, merged bool) *fnv1.RunFunctionRequest {
	t.Helper()
	s := spec(object{"cloudInit": object{"userData": data}})
	if merged {
		s["cloudInitUser"] = object{"name": "ops"}
	}
	return request(withSpec(t, s))
}

// TestCostIsBounded shows that user data of the largest size allocates no more than the budget.
func TestCostIsBounded(t *testing.T) {
	for name, data := range wukongtest.Costly() {
		for how, merged := range map[string]bool{"alone": false, "merged": true} {
			t.Run(name+"/"+how, func(t *testing.T) {
				req := withUserData(t, data, merged)
				var rsp *fnv1.RunFunctionResponse
				got := allocated(func() { rsp = run(t, req) })
				if most := budget(req); got > most {
					t.Errorf("want at most %d bytes to be allocated, got %d", most, got)
				}
				if size := proto.Size(rsp); size > 1<<20 {
					t.Errorf("want an answer that Crossplane takes, got %d bytes", size)
				}
				t.Logf("%d bytes in, %d allocated, %d out, %s", len(data), got, proto.Size(rsp), fatalMessage(rsp))
			})
		}
	}
}

// FuzzUserData shows that user data is merged or rejected within a budget that its length determines.
func FuzzUserData(f *testing.F) {
	for _, data := range wukongtest.Costly() {
		// The mutations of short documents are tried faster.
		for _, n := range []int{len(data), 4096, 200} {
			f.Add(data[:min(n, len(data))])
		}
	}
	for _, body := range []string{"users: [bob]\n", "user: {name: &a b}\nx: [*a]\n", "{}\n", "? [a]\n: b\n", "a: |\n  b\n  c\n", "%YAML 1.1\n---\na: 1\n...\n"} {
		f.Add("#cloud-config\n" + body)
	}
	f.Fuzz(func(t *testing.T, data string) {
		if strings.ToValidUTF8(data, "") != data {
			t.Skip("gRPC carries no other than UTF-8")
		}
		for _, merged := range []bool{false, true} {
			req := withUserData(t, data, merged)
			var rsp *fnv1.RunFunctionResponse
			if got, most := allocated(func() { rsp = run(t, req) }), budget(req); got > most {
				t.Errorf("want at most %d bytes to be allocated, got %d", most, got)
			}
			if fatalMessage(rsp) != "" || !merged || !strings.HasPrefix(data, "#cloud-config") {
				continue
			}
			text, err := base64.StdEncoding.DecodeString(dig(manifest(t, rsp, "cloud-init"), "data", "userdata").(string))
			if err != nil {
				t.Fatal(err)
			}
			var config struct{ Users []yaml.Node }
			if err := yaml.Unmarshal(text, &config); err != nil || len(config.Users) == 0 || config.Users[0].Value != "default" {
				t.Errorf("want YAML with the default user first, got %v in\n%s", err, text)
			}
		}
	})
}

// TestCanceled shows that a request of a canceled context is not answered.
func TestCanceled(t *testing.T) {
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, req := range map[string]*fnv1.RunFunctionRequest{"a Wukong": request(composite(t, minimal)), "an Operation": operation(t, stopping)} {
		if _, err := New(logging.NewNopLogger()).RunFunction(canceled, req); status.Code(err) != codes.Canceled {
			t.Errorf("%s: want status Canceled, got %v", name, err)
		}
	}
}

// A countdown is a context that ends after a number of calls to Err.
type countdown struct {
	context.Context

	left int
}

func (c *countdown) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// TestWorkEndsBetweenSteps shows that a context that ends stops the work at the next step.
func TestWorkEndsBetweenSteps(t *testing.T) {
	for steps := range 3 {
		rsp, err := New(logging.NewNopLogger()).RunFunction(&countdown{t.Context(), steps}, request(composite(t, minimal)))
		if status.Code(err) != codes.Canceled || rsp != nil {
			t.Errorf("after %d steps: want status Canceled, got %v", steps, err)
		}
	}
}
