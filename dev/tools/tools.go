//go:build tools

// Package tools pins the control plane binaries that the local stack builds when no prebuilt ones are at hand.
package tools

import (
	_ "go.etcd.io/etcd/server/v3"
	_ "k8s.io/kubernetes/cmd/kube-apiserver"
	_ "k8s.io/kubernetes/cmd/kubectl"
)
