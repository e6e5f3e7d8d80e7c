//go:build conformance

package guest

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// An account is a user of a guest.
type account struct {
	Shell  string
	Groups []string

	// Password that logs in; empty if none does.
	Password string

	// Sudo has the rules as sudo lists them; empty if there are none.
	Sudo string
}

// sshKey is the field with the Secret of the key.
const sshKey = "sshKeySecret: team-keys\n"

// TestUser shows which users a guest has, and what lets them in.
func TestUser(t *testing.T) {
	const everything = "(ALL) NOPASSWD: ALL"
	cases := map[string]struct {
		reason string
		spec   string
		user   string // empty for the one that the image comes with.
		want   account
		files  map[string]string
	}{
		"Password": {
			reason: "A password in clear text logs in, whatever its characters mean to YAML and to a shell.",
			spec:   sshKey + `cloudInitUser: {name: ops, password: "pä\"ss: #'$w\\o {{ rd", groups: [sudo, adm], shell: /bin/sh}`,
			user:   "ops",
			want:   account{Shell: "/bin/sh", Groups: []string{"ops", "adm", "sudo"}, Password: `pä"ss: #'$w\o {{ rd`, Sudo: "(ALL : ALL) ALL; " + everything},
		},
		"PasswordHash": {
			reason: "A hash logs in with its password, and a rule of sudo is used unchanged.",
			spec: sshKey + `cloudInitUser:
  name: web.ops
  passwordHash: "$6$SaltSalt$wMxt4mViZCS5xT9/j7jQg3k9E/dLo6knOLrBgX/mKGGjVjav1JSWNBP.ib6xeoqf1CA.2hyD9eXkwu3F8S1OB."
  sudo: "ALL=(root) NOPASSWD: /usr/bin/id, /usr/bin/tail -n 1 /tmp/a\\:b"
`,
			user: "web.ops",
			want: account{Shell: "/bin/bash", Groups: []string{"web.ops"}, Password: "hashed", Sudo: `(root) NOPASSWD: /usr/bin/id, /usr/bin/tail -n 1 /tmp/a\:b`},
		},
		"LockPasswd": {
			reason: "A locked user logs in with the key alone. YAML takes its name for true.",
			spec:   sshKey + `cloudInitUser: {name: "yes", password: correct horse, lockPasswd: true, groups: ["null"]}`,
			user:   "yes",
			want:   account{Shell: "/bin/bash", Groups: []string{"yes", "null"}, Sudo: everything},
		},
		"KeyAlone": {
			reason: "Without cloudInitUser the image's user gets the key.",
			spec:   sshKey,
			want:   account{Shell: "/bin/bash"},
		},
		"Config": {
			reason: "User data of the Wukong's own takes effect beside the user, and names more users.",
			spec: sshKey + `cloudInitUser: {name: ops}
cloudInit:
  userData: |
    #cloud-config
    # Müller's
    users:
    - default
    - {name: bob, lock_passwd: true}
    write_files:
    - path: /etc/motd.d/note
      permissions: '0644'
      content: |
        a: "b" # ü
    runcmd:
    - [sh, -c, 'id -un bob > /root/ran']
`,
			user:  "ops",
			want:  account{Shell: "/bin/bash", Groups: []string{"ops"}, Sudo: everything},
			files: map[string]string{"/etc/motd.d/note": "a: \"b\" # ü\n", "/root/ran": "bob\n"},
		},
		"Script": {
			reason: "A script runs beside the user, once that is there.",
			spec: sshKey + `cloudInitUser: {name: ops}
cloudInit:
  userData: |
    #!/bin/sh
    id -un ops > /root/ran; echo 'ü: {{ x }}' >> /root/ran
`,
			user:  "ops",
			want:  account{Shell: "/bin/bash", Groups: []string{"ops"}, Sudo: everything},
			files: map[string]string{"/root/ran": "ops\nü: {{ x }}\n"},
		},
		"ConfigAlone": {
			reason: "User data alone leaves the image's user as it is.",
			spec: sshKey + `cloudInit:
  userData: |
    #cloud-config
    runcmd: [touch /root/ran]
`,
			want:  account{Shell: "/bin/bash"},
			files: map[string]string{"/root/ran": ""},
		},
		"Secret": {
			reason: "User data in a Secret is all there is.",
			spec:   sshKey + "cloudInit: {userDataSecretRef: {name: their-data}}",
			user:   "carol",
			want:   account{Shell: "/bin/dash", Groups: []string{"carol", "games"}, Sudo: everything},
		},
	}
	userData := []byte("#cloud-config\nuser: {name: carol, shell: /bin/dash, groups: [games], lock_passwd: true}\n")
	onEach(t, func(t *testing.T, s *system) {
		for name, tc := range cases {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				key := newKey(t, s)
				sd := render(t, tc.spec, secrets{"team-keys": {"alice": []byte(key.public)}, "their-data": {"userdata": userData}})
				m := startGuest(t, s, sd, "", podPort)
				m.cloudInit(stageInit, stageConfig, stageFinal)
				m.checkSchema(s, sd)

				user, want := tc.user, tc.want
				if user == "" {
					// Its groups and its rules are the image's.
					user, want.Groups, want.Sudo = s.user, strings.Fields(m.run("id", "-nG", s.user)), m.sudoRules(s.user)
				}
				if diff := cmp.Diff(want, m.account(user, want.Password)); diff != "" {
					t.Errorf("%s\nuser %s: -want, +got:\n%s", tc.reason, user, diff)
				}
				if diff := cmp.Diff([]string{user}, m.usersWithKey(key)); diff != "" {
					t.Errorf("%s\nusers that the key logs in: -want, +got:\n%s", tc.reason, diff)
				}
				if diff := cmp.Diff("web-01\n", m.run("hostname")); diff != "" {
					t.Errorf("host name: -want, +got:\n%s", diff)
				}
				for path, content := range tc.files {
					if diff := cmp.Diff(content, m.read(path)); diff != "" {
						t.Errorf("%s\n%s: -want, +got:\n%s", tc.reason, path, diff)
					}
				}
			})
		}
	})
}

// TestNoUser shows that a Wukong without users has only the default user of the image, who cannot log in.
func TestNoUser(t *testing.T) {
	onEach(t, func(t *testing.T, s *system) {
		key := newKey(t, s)
		m := startGuest(t, s, render(t, "{}", nil), "", podPort)
		m.cloudInit(stageInit)
		if got := m.usersWithKey(key); got != nil {
			t.Errorf("want no user that the key logs in, got %q", got)
		}
		if got := m.account(s.user, "").Password; got != "" {
			t.Errorf("want no password that logs in %s, got %q", s.user, got)
		}
	})
}

// account returns the account of a user. It tries the given password and another one.
func (m *machine) account(user, password string) account {
	m.t.Helper()
	out := account{Groups: strings.Fields(m.run("id", "-nG", user))}
	entry := strings.Split(strings.TrimSpace(m.run("getent", "passwd", user)), ":")
	out.Shell = entry[len(entry)-1]
	for _, p := range slices.Compact([]string{password, "correct horse"}) {
		if _, err := m.try(p+"\n", "pamtester", "login", user, "authenticate"); err == nil {
			out.Password += p
		}
	}
	out.Sudo = m.sudoRules(user)
	return out
}

// sudoRules returns the rules of sudo for a user.
func (m *machine) sudoRules(user string) string {
	m.t.Helper()
	// sudo fails for a user without rules.
	rules, _ := m.try("", "sudo", "-l", "-U", user)
	_, commands, _ := strings.Cut(rules, "may run the following commands on web-01:\n")
	var out []string
	for line := range strings.Lines(commands) {
		out = append(out, strings.TrimSpace(line))
	}
	return strings.Join(slices.Compact(out), "; ")
}

// usersWithKey returns the users that a key logs in by SSH.
func (m *machine) usersWithKey(k key) []string {
	m.t.Helper()
	m.start("/usr/sbin/sshd", "-D", "-e", "-p", "2222")
	m.write("/run/key", k.private)
	m.run("chmod", "600", "/run/key")
	m.run("sh", "-ec", "for i in $(seq 100); do ssh-keyscan -t ed25519 -p 2222 127.0.0.1 2>/dev/null | grep -q ssh && exit; sleep 0.1; done; exit 1")
	var out []string
	for line := range strings.Lines(m.run("getent", "passwd")) {
		entry := strings.Split(strings.TrimSpace(line), ":")
		user, shell := entry[0], entry[len(entry)-1]
		if strings.HasSuffix(shell, "/nologin") || strings.HasSuffix(shell, "/false") || strings.HasSuffix(shell, "/sync") {
			continue
		}
		who, err := m.try("", "ssh", "-i", "/run/key", "-p", "2222", "-o", "StrictHostKeyChecking=no", "-o", "BatchMode=yes", "-o", "LogLevel=ERROR",
			user+"@127.0.0.1", "id", "-un")
		if err == nil && strings.TrimSpace(who) == user {
			out = append(out, user)
		}
	}
	return out
}

// A key is a pair of SSH keys.
type key struct{ public, private string }

// newKey creates a key.
func newKey(t *testing.T, s *system) key {
	t.Helper()
	m := boot(t, s.root)
	m.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "alice@example.org", "-f", "/run/key")
	return key{public: m.read("/run/key.pub"), private: m.read("/run/key")}
}

// checkSchema checks a seed with the schemas of cloud-init.
func (m *machine) checkSchema(s *system, sd seed) {
	m.t.Helper()
	if strings.HasPrefix(sd.userData, "#cloud-config") {
		m.write("/run/user-data", sd.userData)
		m.run("cloud-init", "schema", "--config-file", "/run/user-data")
	}
	if s.hasNetworkSchema {
		m.write("/run/network-config", sd.networkData)
		m.run("cloud-init", "schema", "--schema-type", "network-config", "--config-file", "/run/network-config")
	}
}
