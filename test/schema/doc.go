// Package schema tests that the schema of the Wukong API does what it says, with the API server's own code, and that it and
// the function agree on what is valid.
package schema
