//go:build e2e

package e2e

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/novasphere/function-wukong/test/cluster/plane"
)

// Users that Crossplane and the provider are: service accounts with the permissions that they have in production.
const (
	crossplaneUser = "system:serviceaccount:crossplane-system:crossplane"
	providerUser   = "system:serviceaccount:crossplane-system:provider-kubernetes"
)

// A request of Crossplane or of the provider, as the API server has noted it.
type request struct {
	Verb string `json:"verb"`
	User struct {
		Username string `json:"username"`
	} `json:"user"`
	Object struct {
		Group       string `json:"apiGroup"`
		Resource    string `json:"resource"`
		Subresource string `json:"subresource"`
		Namespace   string `json:"namespace"`
		Name        string `json:"name"`
	} `json:"objectRef"`
	Response struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	} `json:"responseStatus"`
	Annotations map[string]string `json:"annotations"`
}

func (r request) String() string {
	return fmt.Sprintf("%s may not %s %s of group %q in namespace %q: %s", r.User.Username, r.Verb, r.Object.Resource, r.Object.Group, r.Object.Namespace, r.Response.Message)
}

// unauthorized says whether it was refused for want of a permission, and not by admission, such as a webhook or a quota. The second
// is how it looks where an apply turns out to create something.
func (r request) isForbidden() bool {
	return r.Annotations["authorization.k8s.io/decision"] == "forbid" ||
		r.Response.Code == http.StatusForbidden && strings.Contains(r.Response.Message, "User \""+r.User.Username+"\" cannot")
}

// took says which verbs the request took. To apply what does not exist yet takes both.
func (r request) verbs() []string {
	if r.Verb == "patch" && r.Response.Code == http.StatusCreated {
		return []string{"patch", "create"}
	}
	return []string{r.Verb}
}

// requests that were noted since the tests began, or since the control plane did, if that is theirs.
func (c *Cluster) requests() ([]request, error) {
	f, err := os.Open(filepath.Join(c.dir, plane.AuditLog))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if _, err := f.Seek(c.auditOffset, io.SeekStart); err != nil {
		return nil, err
	}
	var out []request
	// The last line may be half of one.
	for lines := bufio.NewReader(f); ; {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		r := request{}
		if err := json.Unmarshal(line, &r); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
}

// deprived are the namespaces in which a test takes permissions away.
var expectForbidden sync.Map

// refused are the requests that were refused for want of a permission, each once, except where a test has taken it away.
func (c *Cluster) forbidden() ([]string, error) {
	all, err := c.requests()
	if err != nil {
		return nil, err
	}
	var out []string
	for _, r := range all {
		if _, wanted := expectForbidden.Load(r.Object.Namespace); r.isForbidden() && !wanted {
			out = append(out, r.String())
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// unused are the permissions of a role that no request of a user has taken so far, as VERB RESOURCE. To get something gives nothing away
// that to list it does not: which of them Crossplane does is its own affair, and another version may do the other.
func (c *Cluster) unusedPermissions(t *testing.T, role *rbacv1.ClusterRole, user string) []string {
	t.Helper()
	all, err := c.requests()
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, r := range all {
		if r.User.Username != user || r.isForbidden() {
			continue
		}
		for _, verb := range r.verbs() {
			used[permission(verb, r.Object.Group, r.Object.Resource, r.Object.Subresource)] = true
			if verb == "list" {
				used[permission("get", r.Object.Group, r.Object.Resource, r.Object.Subresource)] = true
			}
		}
	}
	var out []string
	for _, rule := range role.Rules {
		for _, group := range rule.APIGroups {
			for _, resource := range rule.Resources {
				resource, sub, _ := strings.Cut(resource, "/")
				for _, verb := range rule.Verbs {
					if p := permission(verb, group, resource, sub); !used[p] {
						out = append(out, p)
					}
				}
			}
		}
	}
	return out
}

func permission(verb, group, resource, sub string) string {
	p := verb + " " + resource
	if group != "" {
		p += "." + group
	}
	if sub != "" {
		p += "/" + sub
	}
	return p
}
