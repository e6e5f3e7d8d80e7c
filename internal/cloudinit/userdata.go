package cloudinit

import (
	"errors"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

const (
	headerConfig = "#cloud-config"
	headerScript = "#!"

	typeConfig = "text/cloud-config"
	typeScript = "text/x-shellscript"
)

// A config is the cloud-config with the user of a Wukong. It is the default user, because only that user gets the SSH keys of the metadata, where
// KubeVirt puts them. See https://docs.cloud-init.io/en/latest/reference/modules.html#users-and-groups.
type config struct {
	User  user     `yaml:"user"`
	Users []string `yaml:"users"`
}

type user struct {
	Name         string `yaml:"name"`
	Sudo         string `yaml:"sudo"`
	Shell        string `yaml:"shell"`
	Groups       groups `yaml:"groups"`
	LockPasswd   bool   `yaml:"lock_passwd"`
	HashedPasswd string `yaml:"hashed_passwd,omitempty"`
}

// groups of a user. Without the key, cloud-init takes the groups of the image's default user. Some of those, such as sudo and lxd, give root's rights
// whatever the sudo rule says.
type groups []string

// MarshalYAML returns an empty string for no groups, because cloud-init's schema refuses an empty list.
func (g groups) MarshalYAML() (any, error) {
	if len(g) == 0 {
		return "", nil
	}
	return []string(g), nil
}

// userData returns the user data of a Wukong with its defaults: the user of its spec merged into its custom user data.
func userData(w *v1alpha1.Wukong, custom UserData) ([]byte, error) {
	if w.Spec.CloudInitUser == nil {
		if custom.text == "" && w.Spec.UsesCloudbaseInit() {
			// cloudbase-init reports an error about a document without keys (from_yaml in plugins/common/userdataplugins/cloudconfig.py).
			return []byte{}, nil
		}
		if custom.text == "" {
			return []byte(headerConfig + "\n{}\n"), nil
		}
		return []byte(custom.text), nil
	}
	c, err := userConfig(w, w.Spec.CloudInitUser)
	if err != nil {
		return nil, err
	}
	out, err := combine(custom, c)
	if errors.Is(err, errTooLong) || len(out) > maxUserData {
		return nil, invalidUserData(msgTooLong.With(maxUserData))
	}
	return out, err
}

// combine returns custom user data with the user of the spec. A cloud-config document is merged, and a script becomes a part of its own.
func combine(custom UserData, c config) ([]byte, error) {
	if custom.config != nil {
		return mergedConfig(custom.config, c)
	}
	out, err := encode(headerConfig+"\n", c)
	if err != nil || custom.text == "" {
		return out, err
	}
	return multiPart(part{mediaType: typeConfig, content: out}, part{mediaType: typeScript, content: []byte(custom.text)})
}

// mergedConfig returns a cloud-config document with the keys of base and of c. The keys of c have precedence.
func mergedConfig(base *yaml.Node, c config) ([]byte, error) {
	var over yaml.Node
	if err := over.Encode(c); err != nil {
		return nil, err
	}
	if at := indexOf(base, keyUsers); at >= 0 && base.Content[at+1].Kind != yaml.SequenceNode {
		return nil, invalidUserData(msgUsers.String())
	}
	return encode(headerConfig+"\n", merge(base, &over))
}

// userConfig returns the cloud-config with a user.
func userConfig(w *v1alpha1.Wukong, u *v1alpha1.CloudInitUser) (config, error) {
	hash := u.PasswordHash
	if hash == "" && u.Password != "" {
		var err error
		if hash, err = hashPassword(w, u); err != nil {
			return config{}, err
		}
	}
	userGroups := make(groups, len(u.Groups))
	for i, g := range u.Groups {
		userGroups[i] = string(g)
	}
	return config{
		User: user{
			Name:   string(u.Name),
			Sudo:   u.Sudo,
			Shell:  u.Shell,
			Groups: userGroups,
			// cloud-init reports an error, since 24.3, where it unlocks a user without a password.
			LockPasswd:   u.LockPasswd || hash == "",
			HashedPasswd: hash,
		},
		Users: []string{defaultUser},
	}, nil
}

// merge returns a mapping with the keys of base and of over. The keys of over have precedence, but further users of the base are appended to
// its users. The base is not changed.
func merge(base, over *yaml.Node) *yaml.Node {
	out := *base
	out.Content = slices.Clone(base.Content)
	for i := 0; i < len(over.Content); i += 2 {
		key, value := over.Content[i], over.Content[i+1]
		at := indexOf(&out, key.Value)
		if at < 0 {
			out.Content = append(out.Content, key, value)
			continue
		}
		if key.Value == keyUsers {
			value.Content = append(value.Content, additionalUsers(out.Content[at+1].Content)...)
		}
		out.Content[at+1] = value
	}
	return &out
}

// additionalUsers returns the users of a list without the default one.
func additionalUsers(users []*yaml.Node) []*yaml.Node {
	var out []*yaml.Node
	for _, u := range users {
		if u.Kind != yaml.ScalarNode || u.Value != defaultUser {
			out = append(out, u)
		}
	}
	return out
}
