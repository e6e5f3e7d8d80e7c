package capacity

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	kubevirtv1 "kubevirt.io/api/core/v1"
)

// decides is the method of virt-handler that decides whether an instance can migrate, in a file of KubeVirt's module.
const (
	decides     = "calculateLiveMigrationCondition"
	handlerFile = "pkg/virt-handler/vm.go"
)

// program is the rest of a program that asks it. What virt-handler has of a node is a CPU that can be migrated.
const program = `
type VirtualMachineController struct {
	logger        *log.FilteredLogger
	clusterConfig *virtconfig.ClusterConfig
	hostCpuModel  string
}

type question struct {
	Configuration *v1.KubeVirtConfiguration
	Instance      *v1.VirtualMachineInstance
}

func main() {
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var q question
		if err := in.Decode(&q); err == io.EOF {
			return
		} else if err != nil {
			panic(err)
		}
		config, _, _ := testutils.NewFakeClusterConfigUsingKVConfig(q.Configuration)
		c := &VirtualMachineController{logger: log.DefaultLogger(), clusterConfig: config, hostCpuModel: "Skylake-Client"}
		condition, _ := c.` + decides + `(q.Instance)
		if err := out.Encode(condition); err != nil {
			panic(err)
		}
	}
}
`

// programImports are the imports of the program beside those that KubeVirt's functions take.
var programImports = map[string]string{
	"json": "encoding/json", "io": "io", "os": "os", "log": "kubevirt.io/client-go/log", "v1": "kubevirt.io/api/core/v1",
	"testutils": "kubevirt.io/kubevirt/pkg/testutils", "virtconfig": "kubevirt.io/kubevirt/pkg/virt-config",
}

// A question is an instance, which may migrate in a cluster with a configuration of KubeVirt.
type question struct {
	Configuration *kubevirtv1.KubeVirtConfiguration
	Instance      *kubevirtv1.VirtualMachineInstance
}

// A handler is a program that decides as virt-handler does.
type handler string

// newHandler builds it. virt-handler's package runs on nodes alone, and needs the bindings of libvirt for its tests. So the functions that decide are taken
// out of its source, with all that they call, and become a program of their own.
func newHandler(t *testing.T) handler {
	t.Helper()
	dir := t.TempDir()
	source, overlayFile, out := filepath.Join(dir, "main.go"), filepath.Join(dir, "overlay.json"), filepath.Join(dir, "handler")
	if err := os.WriteFile(source, handlerProgram(t), 0o600); err != nil {
		t.Fatal(err)
	}
	// Built as a package of this module, it has the versions of its dependencies.
	here, err := filepath.Abs("migratable/main.go")
	if err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{here: source}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(overlayFile, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	built, err := exec.CommandContext(t.Context(), "go", "build", "-overlay", overlayFile, "-o", out, "./migratable").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, built)
	}
	return handler(out)
}

// conditions returns what virt-handler says of the migration of instances.
func (h handler) conditions(t *testing.T, questions []question) []kubevirtv1.VirtualMachineInstanceCondition {
	t.Helper()
	var in, out, stderr bytes.Buffer
	encoder := json.NewEncoder(&in)
	for _, q := range questions {
		if err := encoder.Encode(q); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), string(h))
	cmd.Stdin, cmd.Stdout, cmd.Stderr = &in, &out, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	answers := make([]kubevirtv1.VirtualMachineInstanceCondition, len(questions))
	decoder := json.NewDecoder(&out)
	for i := range answers {
		if err := decoder.Decode(&answers[i]); err != nil {
			t.Fatal(err)
		}
	}
	return answers
}

// handlerProgram returns the source of the program.
func handlerProgram(t *testing.T) []byte {
	t.Helper()
	dir, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "kubevirt.io/kubevirt").Output()
	if err != nil {
		t.Fatal(err)
	}
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, filepath.Join(strings.TrimSpace(string(dir)), handlerFile), nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	functions := map[string]*ast.FuncDecl{}
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok {
			functions[f.Name.Name] = f
		}
	}

	taken, packages := map[string]bool{}, map[string]bool{}
	pending := []string{decides}
	var body bytes.Buffer
	for len(pending) > 0 {
		name := pending[0]
		pending = pending[1:]
		f, ok := functions[name]
		if !ok || taken[name] {
			continue
		}
		taken[name] = true
		if err := format.Node(&body, files, f); err != nil {
			t.Fatal(err)
		}
		body.WriteString("\n\n")
		called, qualifiers := references(f)
		pending = append(pending, called...)
		for _, q := range qualifiers {
			packages[q] = true
		}
	}
	if !taken[decides] {
		t.Fatalf("%s has no %s any more", handlerFile, decides)
	}

	imports := map[string]string{}
	for name, from := range programImports {
		imports[name] = from
	}
	for _, i := range file.Imports {
		from, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		name := path.Base(from)
		if i.Name != nil {
			name = i.Name.Name
		}
		if packages[name] {
			imports[name] = from
		}
	}
	var out bytes.Buffer
	out.WriteString("package main\n\nimport (\n")
	for name, from := range imports {
		out.WriteString("\t" + name + " " + strconv.Quote(from) + "\n")
	}
	out.WriteString(")\n")
	out.WriteString(program)
	out.Write(body.Bytes())
	return out.Bytes()
}

// references returns the names of the functions that a function calls, methods of its receiver among them, and of the packages that it uses.
func references(f *ast.FuncDecl) (called, packages []string) {
	local := map[string]bool{}
	receiver := ""
	if f.Recv != nil {
		receiver = f.Recv.List[0].Names[0].Name
	}
	for _, p := range f.Type.Params.List {
		for _, n := range p.Names {
			local[n.Name] = true
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, l := range n.Lhs {
				if i, ok := l.(*ast.Ident); ok && n.Tok == token.DEFINE {
					local[i.Name] = true
				}
			}
		case *ast.CallExpr:
			if i, ok := n.Fun.(*ast.Ident); ok {
				called = append(called, i.Name)
			}
		case *ast.SelectorExpr:
			i, ok := n.X.(*ast.Ident)
			switch {
			case !ok || local[i.Name]:
			case i.Name == receiver:
				called = append(called, n.Sel.Name)
			default:
				packages = append(packages, i.Name)
			}
		}
		return true
	})
	return called, packages
}
