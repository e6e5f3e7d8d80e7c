package server

import "github.com/novasphere/function-wukong/internal/message"

// Why the server does not start.
var (
	msgRequestSize = message.New(message.Report, "server-request-size", "--max-recv-message-size is {number} megabytes, and must be from 1 to {number}")

	msgInsecureWithCertificates = message.New(message.Report, "server-insecure-with-certificates",
		"--insecure serves without the certificates that are given: remove --insecure, or --tls-certs-dir and the variable TLS_SERVER_CERTS_DIR")

	msgNoCertificates = message.New(message.Report, "server-no-certificates",
		"no certificates: give --tls-certs-dir (TLS_SERVER_CERTS_DIR), or --insecure for development")
)

// msgPanic is the status of a request on which the function panicked.
var msgPanic = message.New(message.Report, "server-panic", "the function failed on this request: see its log")
