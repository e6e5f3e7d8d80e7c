package cloudinit

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"net/netip"
	"strings"
	"testing"

	"github.com/go-crypt/crypt"
	"github.com/go-crypt/crypt/algorithm/shacrypt"
	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/network"
)

func wukong(u *v1alpha1.CloudInitUser, userData string) *v1alpha1.Wukong {
	w := &v1alpha1.Wukong{ObjectMeta: metav1.ObjectMeta{Namespace: "team-a", Name: "web-01"}}
	w.Spec.CloudInitUser = u
	if userData != "" {
		w.Spec.CloudInit = &v1alpha1.CloudInit{UserData: userData}
	}
	return w
}

func ops() *v1alpha1.CloudInitUser {
	return &v1alpha1.CloudInitUser{Name: "ops", Sudo: "ALL=(ALL) NOPASSWD:ALL", Shell: "/bin/bash"}
}

// parsed returns the user data in the spec of a Wukong.
func parsed(t *testing.T, w *v1alpha1.Wukong) UserData {
	t.Helper()
	custom, err := ParseUserData(w)
	if err != nil {
		t.Fatal(err)
	}
	return custom
}

// seed returns the data of the planned Secret.
func seed(t *testing.T, w *v1alpha1.Wukong, nics ...network.NIC) map[string]string {
	t.Helper()
	r, _, err := Plan(w, parsed(t, w), nics)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for k, v := range r.Object.(*corev1.Secret).Data {
		out[k] = string(v)
	}
	return out
}

func TestUserData(t *testing.T) {
	cases := map[string]struct {
		reason string
		user   *v1alpha1.CloudInitUser
		custom string
		want   string
	}{
		"Nothing": {
			reason: "cloud-init wants user data, if empty.",
			want:   "#cloud-config\n{}\n",
		},
		"User": {
			reason: "The user is the default user, because only that one gets the SSH keys of the metadata.",
			user: &v1alpha1.CloudInitUser{
				Name:         "ops",
				Sudo:         "ALL=(ALL) ALL",
				Shell:        "/bin/sh",
				Groups:       []v1alpha1.UserName{"sudo", "adm"},
				PasswordHash: "$6$salt$hash",
				LockPasswd:   true,
			},
			want: `#cloud-config
user:
  name: ops
  sudo: ALL=(ALL) ALL
  shell: /bin/sh
  groups:
    - sudo
    - adm
  lock_passwd: true
  hashed_passwd: $6$salt$hash
users:
  - default
`,
		},
		"Unlocked": {
			reason: "A user with a password is not locked, and one without groups gets none of the image's.",
			user:   &v1alpha1.CloudInitUser{Name: "ops", Sudo: "ALL=(ALL) ALL", Shell: "/bin/sh", PasswordHash: "$6$salt$hash"},
			want: "#cloud-config\nuser:\n  name: ops\n  sudo: ALL=(ALL) ALL\n  shell: /bin/sh\n  groups: \"\"\n" +
				"  lock_passwd: false\n  hashed_passwd: $6$salt$hash\nusers:\n  - default\n",
		},
		"CustomAlone": {
			reason: "Without a user the custom user data is unchanged, to the byte.",
			custom: "#cloud-config\n# custom\nruncmd: [ls ]\n",
			want:   "#cloud-config\n# custom\nruncmd: [ls ]\n",
		},
		"CommentsAlone": {
			reason: "So is a document without content.",
			custom: "#cloud-config\n# nothing yet\n",
			want:   "#cloud-config\n# nothing yet\n",
		},
		"Merged": {
			reason: "The user of the spec has precedence. Other keys and users keep their notation.",
			user:   ops(),
			custom: "#cloud-config\n# custom\npackages: [qemu-guest-agent]\nuser: {name: admin}\nusers:\n- default\n" +
				"- name: bob\nwrite_files:\n- {path: /a, permissions: 0644, content: 'yes'}\n",
			want: `#cloud-config
packages: [qemu-guest-agent]
user:
  name: ops
  sudo: ALL=(ALL) NOPASSWD:ALL
  shell: /bin/bash
  groups: ""
  lock_passwd: true
users:
  - default
  - name: bob
write_files:
  - {path: /a, permissions: 0644, content: 'yes'}
`,
		},
		"Aliases": {
			reason: "An alias keeps its value, even if the key with its anchor is replaced.",
			user:   &v1alpha1.CloudInitUser{Name: "ops"},
			custom: "#cloud-config\nuser: &me bob # me\nx: [*me, &b 'y', *b]\nusers: [*me, &d default, {name: *d}]\n",
			want: "#cloud-config\nuser:\n  name: ops\n  sudo: \"\"\n  shell: \"\"\n  groups: \"\"\n  lock_passwd: true\n" +
				"x: [bob, 'y', 'y']\nusers:\n  - default\n  - bob\n  - {name: default}\n",
		},
		"CommentsWithUser": {
			reason: "A document without content adds nothing.",
			user:   &v1alpha1.CloudInitUser{Name: "ops"},
			custom: "#cloud-config\n---\n# nothing yet\n",
			want:   "#cloud-config\nuser:\n  name: ops\n  sudo: \"\"\n  shell: \"\"\n  groups: \"\"\n  lock_passwd: true\nusers:\n  - default\n",
		},
		"EmptyCustom": {
			reason: "A document without keys adds nothing.",
			user:   &v1alpha1.CloudInitUser{Name: "ops"},
			custom: "#cloud-config\n{}\n",
			want:   "#cloud-config\n{user: {name: ops, sudo: \"\", shell: \"\", groups: \"\", lock_passwd: true}, users: [default]}\n",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, seed(t, wukong(tc.user, tc.custom))["userdata"]); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestScript shows that a script is unchanged beside the user.
func TestScript(t *testing.T) {
	const script = "#!/bin/sh\necho 'ä: {{ x }}' > /tmp/a\r\n"
	msg, err := mail.ReadMessage(strings.NewReader(seed(t, wukong(ops(), script))["userdata"]))
	if err != nil {
		t.Fatal(err)
	}
	_, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	r := multipart.NewReader(msg.Body, params["boundary"])
	for {
		p, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		kind, _, _ := mime.ParseMediaType(p.Header.Get("Content-Type"))
		b, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, p))
		if err != nil {
			t.Fatal(err)
		}
		parts[kind] = string(b)
	}
	want := map[string]string{"text/cloud-config": seed(t, wukong(ops(), ""))["userdata"], "text/x-shellscript": script}
	if diff := cmp.Diff(want, parts); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}

func TestParseUserData(t *testing.T) {
	config := func(body string) string { return "#cloud-config\n" + body }
	flow := func(unit string, n int) string { return config("x: [" + strings.Repeat(unit, n) + "]\n") }
	cases := map[string]struct {
		data, want string
	}{
		"Empty":            {"", ""},
		"Config":           {config("a: 1\n"), ""},
		"ConfigWithCR":     {"#cloud-config\r\na: 1\r\n", ""},
		"Script":           {"#!/bin/sh\n", ""},
		"NoHeader":         {"a: 1\n", "must start with the line #cloud-config"},
		"Jinja":            {"## template: jinja\n#cloud-config\n", "must start with the line #cloud-config"},
		"NotYAML":          {config("{"), "must be a YAML document"},
		"List":             {config("- a\n"), "must be a YAML document of keys and values"},
		"HeaderOnly":       {config(""), ""},
		"HeaderAlone":      {"#cloud-config", ""},
		"CommentsOnly":     {config("# nothing yet\n"), ""},
		"StartOnly":        {config("---\n# nothing yet\n"), ""},
		"Null":             {config("null\n"), ""},
		"TwoEmpty":         {config("---\n---\na: 1\n"), "must be one YAML document"},
		"Text":             {config("nothing yet\n"), "must be a YAML document of keys and values"},
		"TwoDocuments":     {config("a: 1\n---\nb: 2\n"), "must be one YAML document"},
		"HalfADocument":    {config("a: 1\n---\n{"), "must be one YAML document"},
		"DocumentStart":    {config("%YAML 1.1\n---\na: 1\n...\n"), ""},
		"KeyTwice":         {config("a: 1\nuser: a\nuser: b\n"), "line 4 has a key that its mapping has already"},
		"KeyTwiceBelow":    {config("a: {b: 1, 'b': 2}\n"), "line 2 has a key that its mapping has already"},
		"SameKeyElsewhere": {config("a: {b: 1}\nb: [{b: 1}, {b: 1}]\n"), ""},
		"AliasWithNothing": {config("a: *b\n"), "must be a YAML document"},
		"Alias":            {config("a: &b c\nd: [*b]\n"), ""},
		"AliasOfList":      {config("a: &b [c]\nd: *b\n"), "line 3 has an alias of a list or a mapping"},
		"AliasOfItself":    {config("a: &b [*b]\n"), "line 2 has an alias of a list or a mapping"},
		"AliasAsKey":       {config("a: &b users\n*b : [c]\n"), "line 3 has a key that is an alias"},
		"ListAsKey":        {config("? [a]\n: b\n"), "line 2 has a key that is an alias, a list, a mapping or <<"},
		"MergeKey":         {config("<<: {users: [a]}\n"), "line 2 has a key that is an alias, a list, a mapping or <<"},
		"QuotedMergeKey":   {config("'<<': {users: [a]}\n"), ""},
		"Nodes":            {flow("a,", maxNodes-3), ""},
		"TooManyNodes":     {flow("a,", maxNodes-2), "has more than 10000 keys and values"},
		"Deep":             {config("x: " + strings.Repeat("[", maxDepth-1) + "a" + strings.Repeat("]", maxDepth-1)), ""},
		"TooDeep":          {config("x: " + strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth)), "lie more than 64 deep"},
		"Long":             {config("# " + strings.Repeat("a", maxUserData-100) + "\na: 1\n"), ""},
		"TooLong":          {config("# " + strings.Repeat("a", maxUserData) + "\na: 1\n"), "Too long: may not be more than 131072 bytes"},
		"TooLongScript":    {"#!" + strings.Repeat("a", maxUserData), "Too long: may not be more than 131072 bytes"},
		"Directives":       {config(strings.Repeat("# a\n%TAG !a! b\n", maxDirectives+1) + "---\na: 1\n"), "has more than 16 directives"},
		"PercentSigns":     {config("a: '\n" + strings.Repeat("%TAG\n", maxDirectives+1) + "'\n"), ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := ParseUserData(wukong(nil, tc.data))
			if tc.want == "" && err != nil {
				t.Error(err)
			}
			if tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("want %q, got %v", tc.want, err)
			}
		})
	}
}

// TestUnmergeable shows that user data is refused if the merge would lose a part of it, or make it too long.
func TestUnmergeable(t *testing.T) {
	deep := "#cloud-config\nx:\n" + strings.Repeat("- ", 60)
	for name, data := range map[string]string{
		"UsersAsString":  "#cloud-config\nusers: bob\n",
		"UsersAsMapping": "#cloud-config\nusers: {bob: {}}\n",
		"Script":         "#!" + strings.Repeat("a", maxUserData-10),
		"Lines":          deep + "'" + strings.Repeat("\n\na", 5000) + "'\n",
		"Aliases":        "#cloud-config\na: &b " + strings.Repeat("c", 100_000) + "\nx: [" + strings.Repeat("*b ,", 5000) + "]\n",
	} {
		w := wukong(ops(), data)
		if _, _, err := Plan(w, parsed(t, w), nil); err == nil || !strings.Contains(err.Error(), "spec.cloudInit.userData") {
			t.Errorf("%s: want an error that names spec.cloudInit.userData, got %v", name, err)
		}
	}
}

func TestPassword(t *testing.T) {
	hash := func(namespace string, u v1alpha1.CloudInitUser) string {
		w := wukong(&u, "")
		w.Namespace = namespace
		c := struct {
			User struct {
				HashedPasswd string `yaml:"hashed_passwd"`
			}
		}{}
		if err := yaml.Unmarshal([]byte(seed(t, w)["userdata"]), &c); err != nil {
			t.Fatal(err)
		}
		return c.User.HashedPasswd
	}
	user := v1alpha1.CloudInitUser{Name: "ops", Password: "correct horse"}
	got := hash("team-a", user)

	decoder := crypt.NewDecoder()
	if err := shacrypt.RegisterDecoder(decoder); err != nil {
		t.Fatal(err)
	}
	digest, err := decoder.Decode(got)
	if err != nil || !strings.HasPrefix(got, "$6$") {
		t.Fatalf("want a SHA-512 crypt hash, got %q: %v", got, err)
	}
	if !digest.Match("correct horse") || digest.Match("battery staple") {
		t.Errorf("%q is not the hash of the password", got)
	}
	if again := hash("team-a", user); again != got {
		t.Errorf("the hash must stay the same from one render to the next: %q, then %q", got, again)
	}
	if other := hash("team-b", user); strings.Split(other, "$")[2] == strings.Split(got, "$")[2] {
		t.Error("two users must not share a salt")
	}

	user.Password = "battery staple"
	if changed := hash("team-a", user); strings.Split(changed, "$")[2] != strings.Split(got, "$")[2] {
		t.Error("the salt must not be derived from the password, about which it would reveal something")
	}
	user.PasswordHash = "$y$j9T$salt$hash"
	if won := hash("team-a", user); won != user.PasswordHash {
		t.Errorf("want passwordHash to have precedence over password, got %q", won)
	}
}

// TestSecret shows what the seed's Secret is called, and that the virtual machine takes all of the seed from it.
func TestSecret(t *testing.T) {
	w := wukong(nil, "")
	r, s, err := Plan(w, UserData{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	secret := r.Object.(*corev1.Secret)
	if r.Key != "cloud-init" {
		t.Errorf("the key is an API: want cloud-init, got %s", r.Key)
	}
	if diff := cmp.Diff(metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"}, secret.TypeMeta); diff != "" {
		t.Errorf("type: -want, +got:\n%s", diff)
	}
	if diff := cmp.Diff(names.Meta(w, secretName(w)), secret.ObjectMeta); diff != "" {
		t.Errorf("metadata: -want, +got:\n%s", diff)
	}
	if diff := cmp.Diff(Seed{UserDataSecret: secret.GetName(), NetworkDataSecret: secret.GetName()}, s); diff != "" {
		t.Errorf("seed: -want, +got:\n%s", diff)
	}
}

// TestMergeKeepsBase shows that the user data of the spec, which advice reads after the merge, is not changed.
func TestMergeKeepsBase(t *testing.T) {
	w := wukong(ops(), "#cloud-config\nuser: {name: image}\nusers: [default, bob]\n")
	custom := parsed(t, w)
	before, err := encode("", custom.config)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := Plan(w, custom, nil); err != nil {
		t.Fatal(err)
	}
	after, err := encode("", custom.config)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(before), string(after)); diff != "" {
		t.Errorf("-before, +after:\n%s", diff)
	}
}

func TestUserDataSecretRef(t *testing.T) {
	w := wukong(nil, "")
	w.Spec.CloudInit = &v1alpha1.CloudInit{UserDataSecretRef: &v1alpha1.SecretReference{Name: "existing"}}
	r, s, err := Plan(w, UserData{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Seed{UserDataSecret: "existing", NetworkDataSecret: r.Object.GetName()}, s); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
	if _, ok := r.Object.(*corev1.Secret).Data["userdata"]; ok {
		t.Error("want no user data in the composed Secret beside that of userDataSecretRef")
	}
}

func TestNetworkData(t *testing.T) {
	mtu := int32(9000)
	addr := netip.MustParseAddr
	got := seed(t, wukong(nil, ""),
		network.NIC{
			Interface: "pod", MAC: "12:34:56:10:20:30", DHCP: true, DHCPMetric: 100, Addresses: []netip.Prefix{netip.MustParsePrefix("fd10:0:2::2/120")},
			Routes: []network.Route{
				{To: netip.MustParsePrefix("::/0"), Via: addr("fd10:0:2::1"), Metric: 100},
				{To: netip.MustParsePrefix("10.96.0.0/12"), Via: addr("10.0.2.1")},
			},
		},
		network.NIC{
			Interface: "nic-lan", MAC: "02:00:00:00:00:02", MTU: &mtu, Addresses: []netip.Prefix{netip.MustParsePrefix("10.0.0.5/24")},
			Routes:     []network.Route{{To: netip.MustParsePrefix("0.0.0.0/0"), Via: addr("10.0.0.1"), Metric: 1}},
			DNSServers: []v1alpha1.Addr{{Addr: addr("9.9.9.9")}, {Addr: addr("2620:fe::fe")}},
		},
		network.NIC{Interface: "nic-dhcp", MAC: "02:00:00:00:00:04", DHCP: true, DHCPMetric: 400},
	)["networkdata"]
	// The address in quotes would be a number to base 60 for cloud-init's YAML without them.
	want := `version: 2
ethernets:
  nic-dhcp:
    match:
      macaddress: "02:00:00:00:00:04"
    set-name: nic-dhcp
    dhcp4: true
    dhcp4-overrides:
      route-metric: 400
    optional: true
  nic-lan:
    match:
      macaddress: "02:00:00:00:00:02"
    set-name: nic-lan
    mtu: 9000
    addresses:
      - 10.0.0.5/24
    routes:
      - to: 0.0.0.0/0
        via: 10.0.0.1
        metric: 1
    nameservers:
      addresses:
        - 9.9.9.9
        - 2620:fe::fe
  pod:
    match:
      macaddress: "12:34:56:10:20:30"
    set-name: pod
    dhcp4: true
    dhcp4-overrides:
      route-metric: 100
    addresses:
      - fd10:0:2::2/120
    routes:
      - to: ::/0
        via: fd10:0:2::1
        metric: 100
      - to: 10.96.0.0/12
        via: 10.0.2.1
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
	if bytes.Contains([]byte(got), []byte("default")) {
		t.Error(`not every renderer of cloud-init understands a route to "default"`)
	}
}
