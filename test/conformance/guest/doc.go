// Package guest shows that what the function renders works in guests with several operating systems. cloud-init reads the seed, creates the user and
// configures the network, and the system's own software then logs in and gets addresses. A guest is a root file system in its own namespaces.
//
// The tests need root and the build tag conformance: make conformance-guest.
package guest
