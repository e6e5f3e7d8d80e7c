// Package guest shows that what the function renders works in a guest: cloud-init of several systems reads the seed, makes the user and
// configures the network, and the system's own software then logs in and gets addresses. A guest is a root file system in namespaces of its own. Run
// it with make conformance-guest, which sets the build tag that this file alone does without.
package guest
