package schema

import (
	"context"
	"testing"

	"github.com/crossplane/function-sdk-go/logging"
	"github.com/google/cel-go/cel"

	"github.com/novasphere/function-wukong/fn/function"
	"github.com/novasphere/function-wukong/fn/wukongtest"
)

// query is the readiness query of the Object with a key that comes of a spec.
func query(t *testing.T, spec map[string]any, key string) string {
	t.Helper()
	req, err := wukongtest.Request(spec)
	if err != nil {
		t.Fatal(err)
	}
	rsp, err := function.New(logging.NewNopLogger()).RunFunction(context.Background(), req)
	if err != nil {
		t.Fatal(err)
	}
	o, ok := rsp.GetDesired().GetResources()[key]
	if !ok {
		t.Fatalf("no resource %q was rendered: %v", key, rsp.GetResults())
	}
	readiness := o.GetResource().AsMap()["spec"].(map[string]any)["readiness"].(map[string]any)
	return readiness["celQuery"].(string)
}

// ready evaluates a query as provider-kubernetes does: over the variable object, to a boolean and nothing else.
func ready(t *testing.T, query string, object map[string]any) bool {
	t.Helper()
	env, err := cel.NewEnv(cel.Variable("object", cel.AnyType))
	if err != nil {
		t.Fatal(err)
	}
	ast, issues := env.Compile(query)
	if issues.Err() != nil {
		t.Fatalf("%s does not compile: %v", query, issues.Err())
	}
	if ast.OutputType() != cel.BoolType {
		t.Fatalf("%s is a %s: the provider takes a boolean alone", query, ast.OutputType())
	}
	program, err := env.Program(ast)
	if err != nil {
		t.Fatal(err)
	}
	v, _, err := program.Eval(map[string]any{"object": object})
	if err != nil {
		t.Fatalf("%s fails on %v: %v", query, object, err)
	}
	return v.Value().(bool)
}

func TestReadiness(t *testing.T) {
	type object = map[string]any
	status := func(s object) object { return object{"metadata": object{"name": "x"}, "status": s} }
	vm := func(strategy string) object {
		return object{"cpu": 1, "memory": "1Gi", "disks": []any{object{"name": "system", "size": "1Gi"}}, "startStrategy": object{"runStrategy": strategy}}
	}
	imported := object{"cpu": 1, "memory": "1Gi", "disks": []any{object{"name": "system", "size": "1Gi", "image": "debian"}}}
	running, stopped := status(object{"ready": true, "printableStatus": "Running"}), status(object{"printableStatus": "Stopped"})
	starting := status(object{"ready": false, "printableStatus": "Starting"})

	cases := map[string]struct {
		spec   object
		key    string
		object object
		want   bool
	}{
		"AlwaysRunning":   {vm("Always"), "vm", running, true},
		"AlwaysStarting":  {vm("Always"), "vm", starting, false},
		"AlwaysStopped":   {vm("Always"), "vm", stopped, false},
		"HaltedStopped":   {vm("Halted"), "vm", stopped, true},
		"HaltedRunning":   {vm("Halted"), "vm", running, false},
		"ManualStopped":   {vm("Manual"), "vm", stopped, true},
		"ManualRunning":   {vm("Manual"), "vm", running, true},
		"ManualStarting":  {vm("Manual"), "vm", starting, false},
		"OnceStopped":     {vm("Once"), "vm", stopped, true},
		"RerunRunning":    {vm("RerunOnFailure"), "vm", running, true},
		"ClaimBound":      {vm("Always"), "disk-system", status(object{"phase": "Bound"}), true},
		"ClaimPending":    {vm("Always"), "disk-system", status(object{"phase": "Pending"}), false},
		"ImportSucceeded": {imported, "disk-system", status(object{"phase": "Succeeded"}), true},
		"ImportRunning":   {imported, "disk-system", status(object{"phase": "ImportInProgress"}), false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			q := query(t, tc.spec, tc.key)
			if got := ready(t, q, tc.object); got != tc.want {
				t.Errorf("%s: want %t, got %t", q, tc.want, got)
			}
			for _, young := range []object{{}, status(object{}), status(object{"conditions": []any{}})} {
				if ready(t, q, young) {
					t.Errorf("%s: an object without a status is not ready", q)
				}
			}
		})
	}
}
