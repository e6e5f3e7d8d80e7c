package plane

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
)

// Ports are taken from below the range that Linux gives to outgoing connections. So nobody is given the port of a process
// while that process is dead for a moment, and its clients find it again.
const lowestPort, highestPort = 20000, 32000

// freeAddress is a loopback address that nobody serves on.
func freeAddress() (string, error) {
	for range 100 {
		a := address(lowestPort + rand.IntN(highestPort-lowestPort)) //nolint:gosec // No secret.
		if checkFree(a) == nil {
			return a, nil
		}
	}
	return "", errors.New("found no free port")
}

func address(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

func port(address string) string {
	_, p, _ := net.SplitHostPort(address)
	return p
}

// free is an error if somebody serves on the address.
func checkFree(address string) error {
	lis, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", address)
	if err != nil {
		return err
	}
	return lis.Close()
}
