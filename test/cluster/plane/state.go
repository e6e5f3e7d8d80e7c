package plane

import (
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/novasphere/function-wukong/test/cluster/process"
)

// A State tells others what runs. It is kept in the file state.json of the folder.
type State struct {
	// PID of the supervisor: SIGTERM stops everything.
	PID int `json:"pid"`

	// Crossplane's generation.
	Crossplane string `json:"crossplane"`

	// Target that Wukongs are composed of.
	Target string `json:"target"`

	// Kubeconfig of an administrator.
	Kubeconfig string `json:"kubeconfig"`

	// Registry that Crossplane installs packages from.
	Registry Registry `json:"registry"`

	// Ready says whether everything was started.
	Ready bool `json:"ready"`

	// Error says why it was not.
	Error string `json:"error,omitempty"`

	// Processes in the order in which they were started.
	Processes []process.Status `json:"processes"`
}

// ReadState reads the state of the control plane in a folder.
func ReadState(dir string) (State, error) {
	b, err := os.ReadFile(filepath.Join(dir, stateFile)) //nolint:gosec // The caller's folder.
	if err != nil {
		return State{}, err
	}
	s := State{}
	return s, json.Unmarshal(b, &s)
}

const stateFile = "state.json"

// Process returns the status of a process.
func (s State) Process(name string) (process.Status, bool) {
	for _, p := range s.Processes {
		if p.Name == name {
			return p, true
		}
	}
	return process.Status{}, false
}
