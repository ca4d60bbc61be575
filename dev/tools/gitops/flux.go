package main

import (
	"context"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"github.com/fluxcd/pkg/apis/kustomize"
	"github.com/fluxcd/pkg/runtime/cel"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// What Flux uses where it is told nothing, as do the tools built on cli-utils.
func computeKstatus(object map[string]any) (health, error) {
	result, err := status.Compute(&unstructured.Unstructured{Object: object})
	if err != nil {
		return health{}, err
	}
	return health{Status: result.Status.String(), Message: result.Message}, nil
}

// What Flux does with the entry of `healthCheckExprs` that names the object's kind.
func evaluateFlux(object map[string]any, expressions kustomize.HealthCheckExpressions) (health, error) {
	evaluator, err := cel.NewStatusEvaluator(&expressions)
	if err != nil {
		return health{}, err
	}
	result, err := evaluator.Evaluate(context.Background(), &unstructured.Unstructured{Object: object})
	if err != nil {
		return health{}, err
	}
	return health{Status: result.Status.String(), Message: result.Message}, nil
}
