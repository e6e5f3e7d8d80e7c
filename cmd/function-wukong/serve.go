package main

import (
	"context"
	"net"
	"os"

	sdk "github.com/crossplane/function-sdk-go"
	"github.com/spf13/cobra"

	"github.com/novasphere/function-wukong/fn"
	"github.com/novasphere/function-wukong/internal/cli"
	"github.com/novasphere/function-wukong/internal/server"
	"github.com/novasphere/function-wukong/internal/version"
)

func init() { register(70, serveCommand) }

// certificatesVariable is the variable with the folder of the certificates, which Crossplane sets.
const certificatesVariable = "TLS_SERVER_CERTS_DIR"

// A serving is a call of the server.
type serving struct {
	debug, insecure         bool
	address, metricsAddress string
	certificates            string
	maxRequestMB            int
}

// serveCommand returns the command that serves Crossplane.
func serveCommand() *cobra.Command {
	s := serving{address: ":9443", metricsAddress: ":8080", maxRequestMB: 4}
	cmd := &cobra.Command{
		Use:   "serve [flags]",
		Short: "Serve Crossplane. The function's image does.",
		Long: "Serve Crossplane over gRPC, with mutual TLS. The function's image calls it, and\n" +
			"the arguments of a DeploymentRuntimeConfig add flags to the call.",
		Example: "# On a machine of your own, for a renderer\n" +
			"function-wukong serve --insecure --address localhost:9443",
		Annotations: cli.ExitCodes(
			"0  it was stopped by a signal",
			"1  it cannot serve",
			"2  the call is wrong",
		),
		Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !cmd.Flags().Changed("tls-certs-dir") {
				s.certificates = os.Getenv(certificatesVariable)
			}
			return s.run(cmd.Context())
		},
	}
	f := cmd.Flags()
	f.BoolVarP(&s.debug, "debug", "d", false, "Log each request.")
	f.StringVar(&s.address, "address", s.address, "Serve on this `ADDRESS`.")
	f.StringVar(&s.certificates, "tls-certs-dir", "",
		"`FOLDER` with tls.crt, tls.key and the clients' ca.crt. Without the flag it is that of "+certificatesVariable+".")
	f.BoolVar(&s.insecure, "insecure", false, "Serve without TLS, for development.")
	f.StringVar(&s.metricsAddress, "metrics-address", s.metricsAddress, "Serve Prometheus metrics on this `ADDRESS`; an empty one for none.")
	f.IntVar(&s.maxRequestMB, "max-recv-message-size", s.maxRequestMB, "Largest request in megabytes (`MB`), from 1 to 2047.")
	return cmd
}

// run serves until the context is done.
func (s serving) run(ctx context.Context) error {
	log, err := sdk.NewLogger(s.debug)
	if err != nil {
		return err
	}
	creds, err := server.Credentials(s.certificates, s.insecure)
	if err != nil {
		return err
	}
	maxBytes, err := server.RequestBytes(s.maxRequestMB)
	if err != nil {
		return err
	}

	lis, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.address)
	if err != nil {
		return err
	}
	var metrics net.Listener
	if s.metricsAddress != "" {
		if metrics, err = (&net.ListenConfig{}).Listen(ctx, "tcp", s.metricsAddress); err != nil {
			return err
		}
	}

	if err := server.TuneGC(); err != nil {
		log.Info("The memory that the function may use is not known", "error", err)
	}
	log.Info("Serving", "version", version.String(), "address", lis.Addr().String(), "tls", creds.Info().SecurityProtocol, "metrics", s.metricsAddress)
	srv := server.Server{Function: fn.New(log), Credentials: creds, MaxRequestBytes: maxBytes, Log: log}
	if err := srv.Serve(ctx, lis, metrics); err != nil {
		return err
	}
	log.Info("Stopped")
	return nil
}
