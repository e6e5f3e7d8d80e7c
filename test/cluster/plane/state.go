package plane

import (
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/novasphere/function-wukong/test/cluster/process"
)

// A State describes a running control plane to other processes, in the file state.json of Options.Dir.
type State struct {
	// PID of the supervisor, which stops everything at SIGTERM.
	PID int `json:"pid"`

	// Set has the version of each component.
	Set Set `json:"set"`

	// Target is what Wukongs are composed of.
	Target string `json:"target"`

	// Kubeconfig is the path of the kubeconfig of an administrator.
	Kubeconfig string `json:"kubeconfig"`

	// Registry is what Crossplane installs packages from.
	Registry Registry `json:"registry"`

	// Ready reports whether all processes were started and became ready.
	Ready bool `json:"ready"`

	// Error is why the start failed.
	Error string `json:"error,omitempty"`

	// Processes are listed in the order in which they were started.
	Processes []process.Status `json:"processes"`
}

// ReadState reads the state of the control plane in a folder. The error is fs.ErrNotExist if none was started there.
func ReadState(dir string) (State, error) {
	b, err := os.ReadFile(filepath.Join(dir, stateFile)) //nolint:gosec // The caller's folder.
	if err != nil {
		return State{}, err
	}
	s := State{}
	return s, json.Unmarshal(b, &s)
}

const stateFile = "state.json"

// Process returns the status of a process, and whether there is one of that name.
func (s State) Process(name string) (process.Status, bool) {
	for _, p := range s.Processes {
		if p.Name == name {
			return p, true
		}
	}
	return process.Status{}, false
}
