package cloudinit

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"mime/multipart"
	"net/textproto"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/fn/names"
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

// CheckUserData says why user data cannot be merged with what the fields of a Wukong say. Empty user data can.
func CheckUserData(data string) error {
	if data == "" || strings.HasPrefix(data, headerScript) {
		return nil
	}
	_, err := parseConfig(data)
	return err
}

// userData is the user data of a complete Wukong: what its fields say, over the user data that it brings.
func userData(w *v1alpha1.Wukong) ([]byte, error) {
	custom := ""
	if w.Spec.CloudInit != nil {
		custom = w.Spec.CloudInit.UserData
	}
	if w.Spec.CloudInitUser == nil {
		if custom == "" {
			return []byte(headerConfig + "\n{}\n"), nil
		}
		return []byte(custom), nil
	}

	c, err := userConfig(w, w.Spec.CloudInitUser)
	if err != nil {
		return nil, err
	}
	if custom != "" && !strings.HasPrefix(custom, headerScript) {
		return mergedConfig(custom, c)
	}
	own, err := encode(headerConfig+"\n", c)
	if err != nil || custom == "" {
		return own, err
	}
	return multiPart(part{typeConfig, own}, part{typeScript, []byte(custom)})
}

// mergedConfig is a cloud-config document with the keys of c, which win over its own.
func mergedConfig(document string, c config) ([]byte, error) {
	base, err := parseConfig(document)
	if err != nil {
		return nil, err
	}
	var over yaml.Node
	if err := over.Encode(c); err != nil {
		return nil, err
	}
	if at := index(base, keyUsers); at >= 0 && base.Content[at+1].Kind != yaml.SequenceNode {
		return nil, errors.New("spec.cloudInit.userData: users must be a list, to stand beside the user of cloudInitUser")
	}
	merge(base, &over)
	merged, err := encode(headerConfig+"\n", base)
	if err != nil {
		return nil, err
	}
	// A key that gave way may have held the anchor of an alias that is still there.
	if err := CheckUserData(string(merged)); err != nil {
		return nil, errors.New("spec.cloudInit.userData: an alias refers to an anchor inside the keys user and users, which cloudInitUser replaces")
	}
	return merged, nil
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

// parseConfig reads a cloud-config document. It keeps the nodes as they are written, because cloud-init's YAML gives some of
// them another meaning than ours would. Errors do not repeat the document, which may hold secrets.
func parseConfig(data string) (*yaml.Node, error) {
	first, _, _ := strings.Cut(data, "\n")
	if strings.TrimSpace(first) != headerConfig {
		return nil, fmt.Errorf("must start with the line %s, or with %s for a script: put data of another format into a Secret and name it in userDataSecretRef", headerConfig, headerScript)
	}
	d := yaml.NewDecoder(strings.NewReader(data))
	var doc, more yaml.Node
	if err := d.Decode(&doc); err != nil {
		return nil, errors.New("must be a YAML document")
	}
	// Of a key that is given twice cloud-init takes the last one, so that one of them would escape the merge.
	var value any
	if err := doc.Decode(&value); err != nil {
		return nil, errors.New("must be a YAML document in which each key is given once and each alias has an anchor")
	}
	if err := d.Decode(&more); err == nil {
		return nil, errors.New("must be one YAML document")
	}
	if len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, errors.New("must be a YAML document of keys and values")
	}
	// The header is written anew; as a comment it would come out twice.
	root := doc.Content[0]
	root.HeadComment = ""
	for _, n := range root.Content[:min(1, len(root.Content))] {
		n.HeadComment = strings.TrimSpace(strings.TrimPrefix(n.HeadComment, headerConfig))
	}
	return root, nil
}

// merge writes the keys of over into base, where they win. Further users of the base stay beside the default one.
func merge(base, over *yaml.Node) {
	for i := 0; i < len(over.Content); i += 2 {
		key, value := over.Content[i], over.Content[i+1]
		at := index(base, key.Value)
		if at < 0 {
			base.Content = append(base.Content, key, value)
			continue
		}
		if key.Value == keyUsers {
			value.Content = append(value.Content, others(base.Content[at+1].Content)...)
		}
		base.Content[at+1] = value
	}
}

// index of a key in a mapping; -1 where it is missing.
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

// A part of a multi-part archive.
type part struct {
	mediaType string
	content   []byte
}

// multiPart is a MIME multi-part archive, which cloud-init takes for user data of several formats. Base64 brings each part
// through unchanged.
func multiPart(parts ...part) ([]byte, error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	d := names.Digest(string(parts[0].content), string(parts[1].content))
	if err := w.SetBoundary(hex.EncodeToString(d[:])); err != nil {
		return nil, err
	}
	fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=\"%s\"\nMIME-Version: 1.0\n\n", w.Boundary())
	for _, p := range parts {
		pw, err := w.CreatePart(textproto.MIMEHeader{
			"Content-Type":              {p.mediaType + `; charset="utf-8"`},
			"Content-Transfer-Encoding": {"base64"},
		})
		if err != nil {
			return nil, err
		}
		if _, err := pw.Write([]byte(base64.StdEncoding.EncodeToString(p.content))); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
