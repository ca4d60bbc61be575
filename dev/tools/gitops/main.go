// Command gitops judges Jobs as the GitOps tools do: with kstatus itself, with Flux's own evaluation of health check
// expressions, and with Argo CD's scripts in the sandbox that Argo CD runs them in.
//
// It reads a request as JSON on standard input and prints one verdict per object, in their order, as a JSON array.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	kjson "k8s.io/apimachinery/pkg/util/json"

	"github.com/fluxcd/pkg/apis/kustomize"
)

type request struct {
	// As the API server prints them.
	Objects []map[string]any `json:"objects"`
	Argo    argoScripts      `json:"argo"`
	// By name: there may be several ways to look at a Job.
	Flux map[string]kustomize.HealthCheckExpressions `json:"flux"`
}

type health struct {
	Status  string `json:"status"`
	Message string `json:"message,omitempty"`
}

type verdict struct {
	Kstatus health            `json:"kstatus"`
	Flux    map[string]health `json:"flux"`
	Argo    health            `json:"argo"`
	// By name of the action.
	Actions map[string]action `json:"actions"`
}

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "gitops:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	text, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	var asked request
	// Kubernetes' own decoder: whole numbers become int64, as in these tools, and not floating point.
	if err := kjson.Unmarshal(text, &asked); err != nil {
		return fmt.Errorf("the request cannot be read: %w", err)
	}
	verdicts := make([]verdict, 0, len(asked.Objects))
	for _, object := range asked.Objects {
		one, err := judge(object, asked)
		if err != nil {
			return err
		}
		verdicts = append(verdicts, one)
	}
	return json.NewEncoder(out).Encode(verdicts)
}

func judge(object map[string]any, asked request) (verdict, error) {
	kstatus, err := computeKstatus(object)
	if err != nil {
		return verdict{}, fmt.Errorf("kstatus: %w", err)
	}
	flux := map[string]health{}
	for name, expressions := range asked.Flux {
		if flux[name], err = evaluateFlux(object, expressions); err != nil {
			return verdict{}, fmt.Errorf("flux, %s: %w", name, err)
		}
	}
	argo, err := asked.Argo.health(object)
	if err != nil {
		return verdict{}, fmt.Errorf("argo-cd, health: %w", err)
	}
	actions, err := asked.Argo.actions(object)
	if err != nil {
		return verdict{}, fmt.Errorf("argo-cd, actions: %w", err)
	}
	return verdict{Kstatus: kstatus, Flux: flux, Argo: argo, Actions: actions}, nil
}
