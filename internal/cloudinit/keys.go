package cloudinit

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

const (
	// keyUser holds settings of the default user, who is there where they are.
	keyUser = "user"

	defaultUser = "default"
)

// KeyAdvice returns advice where SSH keys of sshKeySecret reach nobody: cloud-init gives those of the metadata to the default user alone, whom
// a list of users in user data may leave out. Beside cloudInitUser there is always one.
func KeyAdvice(w *v1alpha1.Wukong, own UserData) []string {
	if w.Spec.SSHKeySecret == "" || w.Spec.CloudInitUser != nil || !own.leavesOutDefault() {
		return nil
	}
	return []string{field.NewPath("spec", "sshKeySecret").String() + ": its keys reach nobody, because users in cloudInit.userData leaves out the default user: add default to them, or name the user in cloudInitUser"}
}

// leavesOutDefault reports whether user data names the guest's users without the default one, in any form that cloud-init reads.
func (d UserData) leavesOutDefault() bool {
	if d.config == nil {
		return false
	}
	at := index(d.config, keyUsers)
	if at < 0 || index(d.config, keyUser) >= 0 {
		return false
	}
	users := d.config.Content[at+1]
	switch users.Kind {
	case yaml.SequenceNode:
		return !slices.ContainsFunc(users.Content, meansDefault)
	case yaml.MappingNode:
		return index(users, defaultUser) < 0
	default:
		return !namesDefault(users.Value)
	}
}

// meansDefault reports whether an entry in a list of users is the default one. So is one without a name.
func meansDefault(entry *yaml.Node) bool {
	switch entry.Kind {
	case yaml.MappingNode:
		at := index(entry, "name")
		return at < 0 || entry.Content[at+1].Value == defaultUser
	case yaml.SequenceNode:
		return slices.ContainsFunc(entry.Content, func(n *yaml.Node) bool { return namesDefault(n.Value) })
	default:
		return namesDefault(entry.Value)
	}
}

// namesDefault reports whether the default user is among names, between which are commas.
func namesDefault(names string) bool {
	return slices.ContainsFunc(strings.Split(names, ","), func(name string) bool { return strings.TrimSpace(name) == defaultUser })
}
