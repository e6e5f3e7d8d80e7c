package plane

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
)

// Ports are below the range of Linux' ephemeral ports. So no other connection gets the port of a process while that process restarts.
const lowestPort, highestPort = 20000, 32000

// assigned has the addresses that freeAddress returned. Processes of a plane get theirs before any of them serves.
var assigned sync.Map

// freeAddress returns a loopback address with a free TCP port. It returns no address twice.
func freeAddress() (string, error) {
	for range 100 {
		a := address(lowestPort + rand.IntN(highestPort-lowestPort)) //nolint:gosec // No secret.
		if checkFree(a) != nil {
			continue
		}
		if _, taken := assigned.LoadOrStore(a, true); !taken {
			return a, nil
		}
	}
	return "", errors.New("found no free port")
}

// address returns host and port of a port on loopback.
func address(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// port returns the port of an address.
func port(address string) string {
	_, p, _ := net.SplitHostPort(address)
	return p
}

// checkFixedPorts returns an error if a port that a component takes without asking is in use.
func (p *Plane) checkFixedPorts() error {
	fixed := map[string]string{"cdi-controller": cdiAddress}
	if p.Target != targetNative && p.Set[Provider] == "1.2" {
		fixed[Provider] = providerMetrics
	}
	for component, address := range fixed {
		if err := checkFree(address); err != nil {
			return fmt.Errorf("%s needs port %s for its metrics, which cannot be configured, and the port is in use: %w", component, port(address), err)
		}
	}
	return nil
}

// checkFree returns an error if the port of an address is in use.
func checkFree(address string) error {
	lis, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", address)
	if err != nil {
		return err
	}
	return lis.Close()
}
