package cloudinit

import (
	"errors"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

const (
	headerConfig = "#cloud-config"
	headerScript = "#!"

	typeConfig = "text/cloud-config"
	typeScript = "text/x-shellscript"

	keyUsers = "users"
)

// A config is the cloud-config that follows from the fields of a Wukong.
//
// The user is the default user, because KubeVirt passes the SSH keys in the metadata, from where they reach only that one.
// See https://docs.cloud-init.io/en/latest/reference/modules.html#users-and-groups.
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

// Groups of a user. Where they are left out cloud-init takes those of the image's default user, among them ones that lead to root
// whatever the user's sudo rule says.
type groups []string

// MarshalYAML writes no groups as an empty string: an empty list is refused by cloud-init's schema.
func (g groups) MarshalYAML() (any, error) {
	if len(g) == 0 {
		return "", nil
	}
	return []string(g), nil
}

// userData returns the user data of a complete Wukong: what its fields say, over the user data that it brings.
func userData(w *v1alpha1.Wukong, own UserData) ([]byte, error) {
	if w.Spec.CloudInitUser == nil {
		if own.text == "" {
			return []byte(headerConfig + "\n{}\n"), nil
		}
		return []byte(own.text), nil
	}
	c, err := userConfig(w, w.Spec.CloudInitUser)
	if err != nil {
		return nil, err
	}
	out, err := joined(own, c)
	if errors.Is(err, errTooLong) || len(out) > maxUserData {
		return nil, invalid(fmt.Sprintf("has more than %d bytes once it is merged with the user of cloudInitUser: %s", maxUserData, wayOut))
	}
	return out, err
}

// joined returns user data with what the fields of a Wukong say.
func joined(own UserData, c config) ([]byte, error) {
	if own.config != nil {
		return mergedConfig(own.config, c)
	}
	out, err := encode(headerConfig+"\n", c)
	if err != nil || own.text == "" {
		return out, err
	}
	return multiPart(part{typeConfig, out}, part{typeScript, []byte(own.text)})
}

// mergedConfig returns a cloud-config document with the keys of c, which win over its own.
func mergedConfig(base *yaml.Node, c config) ([]byte, error) {
	var over yaml.Node
	if err := over.Encode(c); err != nil {
		return nil, err
	}
	if at := index(base, keyUsers); at >= 0 && base.Content[at+1].Kind != yaml.SequenceNode {
		return nil, invalid("users must be a list, to stand beside the user of cloudInitUser")
	}
	return encode(headerConfig+"\n", merge(base, &over))
}

func userConfig(w *v1alpha1.Wukong, u *v1alpha1.CloudInitUser) (config, error) {
	hash := u.PasswordHash
	if hash == "" && u.Password != "" {
		var err error
		if hash, err = hashPassword(w, u); err != nil {
			return config{}, err
		}
	}
	all := make(groups, len(u.Groups))
	for i, g := range u.Groups {
		all[i] = string(g)
	}
	return config{
		User: user{
			Name:   string(u.Name),
			Sudo:   u.Sudo,
			Shell:  u.Shell,
			Groups: all,
			// A user without a password has none to unlock, and cloud-init reports the attempt as an error since 24.3.
			LockPasswd:   u.LockPasswd || hash == "",
			HashedPasswd: hash,
		},
		Users: []string{"default"},
	}, nil
}

// merge returns a mapping with the keys of base and of over, which win. Further users of the base stay beside the default one. The base
// stays as it is.
func merge(base, over *yaml.Node) *yaml.Node {
	out := *base
	out.Content = slices.Clone(base.Content)
	for i := 0; i < len(over.Content); i += 2 {
		key, value := over.Content[i], over.Content[i+1]
		at := index(&out, key.Value)
		if at < 0 {
			out.Content = append(out.Content, key, value)
			continue
		}
		if key.Value == keyUsers {
			value.Content = append(value.Content, others(out.Content[at+1].Content)...)
		}
		out.Content[at+1] = value
	}
	return &out
}

// index returns where a mapping has a key; -1 where it has not. Each key is a scalar.
func index(mapping *yaml.Node, key string) int {
	for i := 0; i < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return i
		}
	}
	return -1
}

// others are the users of a list that are not the default one.
func others(users []*yaml.Node) []*yaml.Node {
	var out []*yaml.Node
	for _, u := range users {
		if u.Kind != yaml.ScalarNode || u.Value != "default" {
			out = append(out, u)
		}
	}
	return out
}
