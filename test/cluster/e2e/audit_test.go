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

// The users of Crossplane and the provider. Their service accounts have the permissions of production.
const (
	crossplaneUser = "system:serviceaccount:crossplane-system:crossplane"
	providerUser   = "system:serviceaccount:crossplane-system:provider-kubernetes"
)

// A request is an event in the audit log of the API server: a request of Crossplane or the provider.
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

// String returns the request and why it was refused.
func (r request) String() string {
	what := permission(r.Verb, r.Object.Group, r.Object.Resource, r.Object.Subresource)
	return fmt.Sprintf("%s is not allowed to %s in namespace %q: %s", r.User.Username, what, r.Object.Namespace, r.Response.Message)
}

// isForbidden reports whether the authorizer refused the request, and not admission, such as a webhook or a quota. If an apply needs the verb
// create as well, only the response has the refusal.
func (r request) isForbidden() bool {
	return r.Annotations["authorization.k8s.io/decision"] == "forbid" ||
		r.Response.Code == http.StatusForbidden && strings.Contains(r.Response.Message, fmt.Sprintf("User %q cannot", r.User.Username))
}

// verbs returns the verbs that the request needed. An apply that creates an object needs two.
func (r request) verbs() []string {
	if r.Verb == "patch" && r.Response.Code == http.StatusCreated {
		return []string{"patch", "create"}
	}
	return []string{r.Verb}
}

// requests returns the requests since auditOffset.
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
	// The last line may be incomplete.
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

// expectForbidden has the namespaces in which a test expects forbidden requests, and the resources with everyResource before them.
var expectForbidden sync.Map

// everyResource precedes the name of a resource of which a test expects forbidden requests in every namespace.
const everyResource = "*/"

// forbidden returns the distinct forbidden requests that expectForbidden does not have.
func (c *Cluster) forbidden() ([]string, error) {
	all, err := c.requests()
	if err != nil {
		return nil, err
	}
	var out []string
	for _, r := range all {
		_, inNamespace := expectForbidden.Load(r.Object.Namespace)
		_, ofResource := expectForbidden.Load(everyResource + r.Object.Resource)
		if r.isForbidden() && !inNamespace && !ofResource {
			out = append(out, r.String())
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// unusedPermissions returns the permissions of a role that no request of a user has needed so far, as VERB RESOURCE. A list counts as a get too:
// it discloses as much, and versions of Crossplane differ in which of them they use.
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

// permission returns VERB RESOURCE.GROUP/SUBRESOURCE.
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
