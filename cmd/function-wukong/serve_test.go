package main

import (
	"bufio"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// TestServe shows that the server starts as Crossplane's runtimes start it, and ends well upon a signal.
func TestServe(t *testing.T) {
	c := exec.CommandContext(t.Context(), binary, "serve", "--insecure", "--address=localhost:0", "--metrics-address=")
	log, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(log)
	for lines.Scan() && !strings.Contains(lines.Text(), `"Serving"`) {
		t.Log(lines.Text())
	}
	if !strings.Contains(lines.Text(), `"tls":"insecure","metrics":""`) {
		t.Errorf("want the first line of the log, got %q", lines.Text())
	}
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(); err != nil {
		t.Errorf("want exit code 0 after SIGTERM, got %v", err)
	}
}

// TestServeFails shows that a server that cannot start says why, with exit code 1.
func TestServeFails(t *testing.T) {
	t.Setenv(certificatesVariable, "")
	cases := map[string]struct {
		reason, variable string
		args             []string
		want             string
	}{
		"NoCertificates": {reason: "there are no certificates", want: "no certificates: give --tls-certs-dir"},
		"Variable":       {reason: "Crossplane gives the folder by a variable", variable: "/no-such-folder", want: "/no-such-folder/tls.crt"},
		"FlagWins": {
			reason: "the flag wins over the variable", variable: "/no-such-folder", args: []string{"--tls-certs-dir=/another"}, want: "/another/tls.crt",
		},
		"Both": {
			reason: "certificates would not be used",
			args:   []string{"--tls-certs-dir=/another", "--insecure"}, want: "--insecure serves without the certificates",
		},
		"Address": {reason: "the address is none", args: []string{"--insecure"}, want: "missing port in address"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Setenv(certificatesVariable, tc.variable)
			// Whatever happens, it cannot serve on this address.
			got := call(t, binary, append([]string{"serve", "--address=nowhere"}, tc.args...)...)
			if got.Code != 1 || !strings.HasPrefix(got.Err, "error: ") || !strings.Contains(got.Err, tc.want) || strings.Count(got.Err, "\n") != 1 {
				t.Errorf("%s: want exit code 1 and a line with %q, got %d:\n%s", tc.reason, tc.want, got.Code, got.Err)
			}
		})
	}
}
