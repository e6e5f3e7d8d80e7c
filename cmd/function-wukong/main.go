// Command function-wukong is the composition function that gives Kubernetes namespaces virtual machines. It serves Crossplane, and previews
// what Wukongs create.
package main

import (
	"context"
	"errors"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
	sdk "github.com/crossplane/function-sdk-go"

	"github.com/novasphere/function-wukong/fn"
	"github.com/novasphere/function-wukong/internal/preview"
	"github.com/novasphere/function-wukong/internal/server"
	"github.com/novasphere/function-wukong/internal/version"
)

// cli is the command line.
type cli struct {
	Version kong.VersionFlag `help:"Print the version, the commit and the Go version of this build."`

	Serve  serveCmd  `cmd:"" default:"withargs" help:"Serve Crossplane over gRPC. This is the default."`
	Render renderCmd `cmd:"" help:"Preview what Wukongs would create, without a server or a cluster."`
}

// serveCmd serves Crossplane.
type serveCmd struct {
	Debug          bool   `short:"d" help:"Log each request."`
	Address        string `default:":9443" placeholder:"ADDRESS" help:"Serve on this address (${default})."`
	TLSCertsDir    string `name:"tls-certs-dir" env:"TLS_SERVER_CERTS_DIR" placeholder:"DIR" help:"Folder with tls.crt, tls.key and the clients' ca.crt for mTLS."`
	Insecure       bool   `help:"Serve without mTLS, for development. Not together with --tls-certs-dir."`
	MetricsAddress string `default:":8080" placeholder:"ADDRESS" help:"Serve Prometheus metrics on this address (${default}); empty for none."`
	MaxRequestMB   int    `name:"max-recv-message-size" default:"4" placeholder:"MB" help:"Largest request in megabytes, from 1 to 2047 (${default})."`
}

// Run serves until the context is done.
func (c *serveCmd) Run(ctx context.Context) error {
	log, err := sdk.NewLogger(c.Debug)
	if err != nil {
		return err
	}
	creds, err := server.Credentials(c.TLSCertsDir, c.Insecure)
	if err != nil {
		return err
	}
	maxBytes, err := server.RequestBytes(c.MaxRequestMB)
	if err != nil {
		return err
	}

	lis, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Address)
	if err != nil {
		return err
	}
	var metrics net.Listener
	if c.MetricsAddress != "" {
		if metrics, err = (&net.ListenConfig{}).Listen(ctx, "tcp", c.MetricsAddress); err != nil {
			return err
		}
	}

	if err := server.TuneGC(); err != nil {
		log.Info("The memory that the function may use is not known", "error", err)
	}
	log.Info("Serving", "version", version.String(), "address", lis.Addr().String(), "tls", creds.Info().SecurityProtocol, "metrics", c.MetricsAddress)
	s := server.Server{Function: fn.New(log), Credentials: creds, MaxRequestBytes: maxBytes, Log: log}
	if err := s.Serve(ctx, lis, metrics); err != nil {
		return err
	}
	log.Info("Stopped")
	return nil
}

// renderCmd previews Wukongs.
type renderCmd struct {
	Files     []string `arg:"" name:"file" help:"Files with Wukongs or XWukongs, or lists of them as kubectl prints them; - reads standard input."`
	Target    string   `enum:",claim,namespaced,native" default:"" placeholder:"TARGET" help:"namespaced, native or claim (default: as --input, or namespaced)."`
	Input     string   `placeholder:"FILE" help:"The platform team's settings: an Input, or a Composition with one."`
	Observed  string   `placeholder:"FILE" help:"Composed resources as they are in the cluster, to preview what an edit changes."`
	Required  string   `placeholder:"FILE" help:"Other objects of the cluster, which a Wukong without a provider requires."`
	Manifests bool     `xor:"as" help:"Print the bare Kubernetes objects, ready for kubectl diff -f -."`
	Tree      bool     `xor:"as" help:"Print a summary for people."`
}

// Run previews the Wukongs of the files. It returns preview.ErrRefused if one of them is refused.
func (c *renderCmd) Run(ctx context.Context) error {
	format := preview.Composed
	switch {
	case c.Manifests:
		format = preview.Manifests
	case c.Tree:
		format = preview.Tree
	}
	return preview.Command{
		Files: c.Files, Target: preview.Target(c.Target), Input: c.Input, Observed: c.Observed, Required: c.Required, Format: format,
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
	}.Run(ctx)
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	k := kong.Parse(&cli{},
		kong.Name("function-wukong"),
		kong.Description("A Crossplane composition function that gives Kubernetes namespaces virtual machines."),
		kong.Vars{"version": "function-wukong " + version.Long()},
		kong.UsageOnError(),
		kong.BindTo(ctx, (*context.Context)(nil)),
	)
	err := k.Run()
	if errors.Is(err, preview.ErrRefused) {
		// The preview has printed the reasons.
		os.Exit(1) //nolint:gocritic // Nothing is left to stop.
	}
	k.FatalIfErrorf(err)
}
