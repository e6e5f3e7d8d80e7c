package cloudinit

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

const (
	// keyUser holds settings of the default user. cloud-init creates that user where the key is present.
	keyUser = "user"

	// keyUsers holds the list of users.
	keyUsers = "users"

	// defaultUser names the image's default user in the list of users.
	defaultUser = "default"
)

// KeyAdvice returns advice where no user gets the SSH keys of sshKeySecret. cloud-init gives keys of the metadata to the default user only, which
// a list of users in user data may leave out. With cloudInitUser there always is a default user, and cloudbase-init gives them to the user of its own
// configuration.
func KeyAdvice(w *v1alpha1.Wukong, custom UserData) []string {
	if w.Spec.SSHKeySecret == "" || w.Spec.CloudInitUser != nil || w.Spec.Windows != nil || !custom.omitsDefaultUser() {
		return nil
	}
	return []string{fmt.Sprintf("%s: %s", field.NewPath("spec", "sshKeySecret"), msgKeysUnused)}
}

// omitsDefaultUser reports whether user data lists users without the default one, in any notation that cloud-init accepts
// (https://docs.cloud-init.io/en/latest/reference/modules.html#users-and-groups).
func (d UserData) omitsDefaultUser() bool {
	if d.config == nil {
		return false
	}
	at := indexOf(d.config, keyUsers)
	if at < 0 || indexOf(d.config, keyUser) >= 0 {
		return false
	}
	users := d.config.Content[at+1]
	switch users.Kind {
	case yaml.SequenceNode:
		return !slices.ContainsFunc(users.Content, isDefaultUser)
	case yaml.MappingNode:
		return indexOf(users, defaultUser) < 0
	default:
		return !listsDefaultUser(users.Value)
	}
}

// isDefaultUser reports whether an entry in a list of users is the default user. An entry without a name is, too.
func isDefaultUser(entry *yaml.Node) bool {
	switch entry.Kind {
	case yaml.MappingNode:
		at := indexOf(entry, "name")
		return at < 0 || entry.Content[at+1].Value == defaultUser
	case yaml.SequenceNode:
		return slices.ContainsFunc(entry.Content, func(n *yaml.Node) bool { return listsDefaultUser(n.Value) })
	default:
		return listsDefaultUser(entry.Value)
	}
}

// listsDefaultUser reports whether the default user is among names, which are separated by commas.
func listsDefaultUser(names string) bool {
	return slices.ContainsFunc(strings.Split(names, ","), func(name string) bool { return strings.TrimSpace(name) == defaultUser })
}
