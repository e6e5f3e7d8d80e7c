//go:build conformance

package guest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// patience is how long a guest may take to get its addresses: far longer than it takes.
const patience = 30 * time.Second

// A state is the network of a guest as a user sees it.
type state struct {
	// Interfaces by their names: the MTU, then the addresses.
	Interfaces map[string]string

	// DefaultRoutes of IPv4 and IPv6, the one that is taken first, as GATEWAY INTERFACE.
	DefaultRoutes4, DefaultRoutes6 []string

	// Routes to networks behind a gateway, of IPv4 and then of IPv6, as NETWORK by GATEWAY INTERFACE.
	Routes []string

	// Servers of DNS.
	Servers []string
}

// An ipLink is what ip prints of an interface.
type ipLink struct {
	Name      string `json:"ifname"`
	MTU       int    `json:"mtu"`
	Addresses []struct {
		Local  string `json:"local"`
		Length int    `json:"prefixlen"`
		Scope  string `json:"scope"`
	} `json:"addr_info"`
}

// An ipRoute is what ip prints of a route.
type ipRoute struct {
	To      string `json:"dst"`
	Gateway string `json:"gateway"`
	Device  string `json:"dev"`
	Metric  int    `json:"metric"`
}

// network of a guest as it is.
func (m *machine) network() state {
	m.t.Helper()
	s := state{Interfaces: map[string]string{}}
	for _, l := range list[ipLink](m, "address") {
		if l.Name == "lo" {
			continue
		}
		facts := []string{strconv.Itoa(l.MTU)}
		for _, a := range l.Addresses {
			if a.Scope == "global" {
				facts = append(facts, fmt.Sprintf("%s/%d", a.Local, a.Length))
			}
		}
		s.Interfaces[l.Name] = strings.Join(facts, " ")
	}
	s.DefaultRoutes4 = m.defaultRoutes("-4")
	s.DefaultRoutes6 = m.defaultRoutes("-6")
	s.Routes = append(m.routes("-4"), m.routes("-6")...)
	resolv, _ := m.try("", "cat", "/run/systemd/resolve/resolv.conf")
	for line := range strings.Lines(resolv) {
		if server, ok := strings.CutPrefix(line, "nameserver "); ok {
			s.Servers = append(s.Servers, strings.TrimSpace(server))
		}
	}
	return s
}

func (m *machine) defaultRoutes(family string) []string {
	m.t.Helper()
	routes := list[ipRoute](m, family, "route", "show", "default")
	slices.SortStableFunc(routes, func(a, b ipRoute) int { return a.Metric - b.Metric })
	var out []string
	for i, r := range routes {
		route := r.Gateway + " " + r.Device
		if i > 0 && r.Metric == routes[i-1].Metric {
			route += ", which is worth as much as the one before"
		}
		out = append(out, route)
	}
	return out
}

// routes to networks behind a gateway, of a family.
func (m *machine) routes(family string) []string {
	m.t.Helper()
	var out []string
	for _, r := range list[ipRoute](m, family, "route", "show") {
		if r.To != "default" && r.Gateway != "" {
			out = append(out, r.To+" by "+r.Gateway+" "+r.Device)
		}
	}
	return out
}

// list what ip shows.
func list[T any](m *machine, args ...string) []T {
	m.t.Helper()
	var out []T
	if err := json.Unmarshal([]byte(m.run(append([]string{"ip", "-json"}, args...)...)), &out); err != nil {
		m.t.Fatal(err)
	}
	return out
}

// eventually a guest's network must be as it is wanted.
func eventually(t *testing.T, m *machine, want state) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		diff := cmp.Diff(want, m.network())
		if diff == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the network is not as it was asked for: -want, +got:\n%s", diff)
		}
		time.Sleep(100 * time.Millisecond)
	}
}
