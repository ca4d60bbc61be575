//go:build tools

// Package toxiproxy pins the TCP proxy that stands between the operator and its servers where a test breaks the line. Apart from the
// control plane, so that neither decides the other's dependencies.
package toxiproxy

import _ "github.com/Shopify/toxiproxy/v2/cmd/server"
