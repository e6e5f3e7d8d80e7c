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

// timeout is how long a test waits for the network of a guest. A guest needs far less.
const timeout = 30 * time.Second

// A state is the network of a guest as a user sees it.
type state struct {
	// Interfaces are the MTU and the addresses of each interface, by name.
	Interfaces map[string]string

	// DefaultRoutes4 and DefaultRoutes6 are the default routes of IPv4 and IPv6 in the order of their metrics, as GATEWAY INTERFACE.
	DefaultRoutes4, DefaultRoutes6 []string

	// Routes are other routes with a gateway, of IPv4 and then of IPv6, as NETWORK by GATEWAY INTERFACE.
	Routes []string

	// Servers are the DNS servers.
	Servers []string
}

// An ipLink is an interface in the output of ip.
type ipLink struct {
	Name      string `json:"ifname"`
	MTU       int    `json:"mtu"`
	Addresses []struct {
		Local  string `json:"local"`
		Length int    `json:"prefixlen"`
		Scope  string `json:"scope"`
	} `json:"addr_info"`
}

// An ipRoute is a route in the output of ip.
type ipRoute struct {
	To      string `json:"dst"`
	Gateway string `json:"gateway"`
	Device  string `json:"dev"`
	Metric  int    `json:"metric"`
}

// network returns the current network state of a guest.
func (m *machine) network() state {
	m.t.Helper()
	s := state{Interfaces: map[string]string{}}
	for _, l := range list[ipLink](m, "address") {
		if l.Name == "lo" {
			continue
		}
		values := []string{strconv.Itoa(l.MTU)}
		for _, a := range l.Addresses {
			if a.Scope == "global" {
				values = append(values, fmt.Sprintf("%s/%d", a.Local, a.Length))
			}
		}
		s.Interfaces[l.Name] = strings.Join(values, " ")
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

// defaultRoutes returns the default routes of a family in the order of their metrics.
func (m *machine) defaultRoutes(family string) []string {
	m.t.Helper()
	routes := list[ipRoute](m, family, "route", "show", "default")
	slices.SortStableFunc(routes, func(a, b ipRoute) int { return a.Metric - b.Metric })
	var out []string
	for i, r := range routes {
		route := r.Gateway + " " + r.Device
		if i > 0 && r.Metric == routes[i-1].Metric {
			route += ", with the metric of the one before"
		}
		out = append(out, route)
	}
	return out
}

// routes returns the routes of a family with a gateway, without default routes.
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

// list returns the output of a command of ip.
func list[T any](m *machine, args ...string) []T {
	m.t.Helper()
	var out []T
	if err := json.Unmarshal([]byte(m.run(append([]string{"ip", "-json"}, args...)...)), &out); err != nil {
		m.t.Fatal(err)
	}
	return out
}

// awaitNetwork waits until a guest has the wanted network state.
func awaitNetwork(t *testing.T, m *machine, want state) {
	t.Helper()
	deadline := time.Now().Add(timeout)
	for {
		diff := cmp.Diff(want, m.network())
		if diff == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("network after %s: -want, +got:\n%s", timeout, diff)
		}
		time.Sleep(100 * time.Millisecond)
	}
}
