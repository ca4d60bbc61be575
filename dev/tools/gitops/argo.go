package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	lua "github.com/yuin/gopher-lua"
	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	luajson "layeh.com/gopher-json"
)

// The values of `resource.customizations.health.<group>_<kind>` and of the parts of
// `resource.customizations.actions.<group>_<kind>`.
type argoScripts struct {
	Health      string           `json:"health"`
	Discovery   string           `json:"discovery"`
	Definitions []argoDefinition `json:"definitions"`
}

type argoDefinition struct {
	Name   string `json:"name"`
	Action string `json:"action"`
}

type action struct {
	Disabled    bool   `json:"disabled"`
	DisplayName string `json:"displayName,omitempty"`
	IconClass   string `json:"iconClass,omitempty"`
	// The merge patch that Argo CD would send for it.
	Patch json.RawMessage `json:"patch"`
}

// As Argo CD ends a script that hangs.
const scriptTimeout = time.Second

var healthStatuses = map[string]bool{"Unknown": true, "Progressing": true, "Suspended": true, "Healthy": true, "Degraded": true, "Missing": true}

func (scripts argoScripts) health(object map[string]any) (health, error) {
	// Asked before any script.
	if metadata, ok := object["metadata"].(map[string]any); ok && metadata["deletionTimestamp"] != nil {
		return health{Status: "Progressing", Message: "Pending deletion"}, nil
	}
	text, err := runLua(object, scripts.Health)
	if err != nil {
		return health{}, err
	}
	var result health
	if err := json.Unmarshal(text, &result); err != nil {
		return health{}, fmt.Errorf("the script returned %s: %w", text, err)
	}
	if !healthStatuses[result.Status] {
		return health{Status: "Unknown", Message: "Lua returned an invalid health status"}, nil
	}
	return result, nil
}

func (scripts argoScripts) actions(object map[string]any) (map[string]action, error) {
	text, err := runLua(object, scripts.Discovery)
	if err != nil {
		return nil, fmt.Errorf("discovery.lua: %w", err)
	}
	found := map[string]action{}
	// An empty Lua table is printed as an array.
	if string(text) != "[]" {
		if err := json.Unmarshal(text, &found); err != nil {
			return nil, fmt.Errorf("discovery.lua returned %s: %w", text, err)
		}
	}
	for name, one := range found {
		for _, definition := range scripts.Definitions {
			if definition.Name != name {
				continue
			}
			if one.Patch, err = patchOf(object, definition.Action); err != nil {
				return nil, fmt.Errorf("action.lua of %s: %w", name, err)
			}
		}
		if one.Patch == nil {
			return nil, fmt.Errorf("discovery.lua offers %s, which is not defined", name)
		}
		found[name] = one
	}
	return found, nil
}

// Argo CD sends the difference between the object and what the script made of it.
func patchOf(object map[string]any, script string) (json.RawMessage, error) {
	text, err := runLua(object, script)
	if err != nil {
		return nil, err
	}
	var changed map[string]any
	if err := json.Unmarshal(text, &changed); err != nil {
		return nil, fmt.Errorf("the script returned %s: %w", text, err)
	}
	before, err := json.Marshal(object)
	if err != nil {
		return nil, err
	}
	after, err := json.Marshal(withEmptyObjects(changed, object))
	if err != nil {
		return nil, err
	}
	return jsonpatch.CreateMergePatch(before, after)
}

// Lua has one kind of table: what was an empty object comes back as an empty array, and Argo CD mends that.
func withEmptyObjects(changed any, original any) any {
	switch now := changed.(type) {
	case map[string]any:
		before, ok := original.(map[string]any)
		if !ok {
			return now
		}
		for key, value := range now {
			if old, known := before[key]; known {
				now[key] = withEmptyObjects(value, old)
			}
		}
		return now
	case []any:
		switch before := original.(type) {
		case map[string]any:
			if len(now) == 0 {
				return map[string]any{}
			}
		case []any:
			for i := range min(len(now), len(before)) {
				now[i] = withEmptyObjects(now[i], before[i])
			}
		}
		return now
	default:
		return now
	}
}

// In this order: the first makes room for the others.
var libraries = []struct {
	name string
	open lua.LGFunction
}{
	{lua.LoadLibName, lua.OpenPackage},
	{lua.BaseLibName, lua.OpenBase},
	{lua.TabLibName, lua.OpenTable},
}

// Runs a script as Argo CD does where `useOpenLibs` is not set: with the base library, `table` and `require`, and without
// `string`, `math` and `io`. (Its `os` with nothing but the time is left out: no script of ours asks for the time.)
//
// Returns the value of the script as JSON; it has to be a table.
func runLua(object map[string]any, script string) ([]byte, error) {
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	for _, library := range libraries {
		if err := state.CallByParam(lua.P{Fn: state.NewFunction(library.open), NRet: 0, Protect: true}, lua.LString(library.name)); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), scriptTimeout)
	defer cancel()
	state.SetContext(ctx)
	state.SetGlobal("obj", luaValue(state, object))
	if err := state.DoString(script); err != nil {
		return nil, err
	}
	value := state.Get(-1)
	if value.Type() != lua.LTTable {
		return nil, fmt.Errorf("the script returned a %s, and not a table", value.Type())
	}
	return luajson.Encode(value)
}

// Whole numbers become floating point, and null is the absence of a key: this is what a script sees of an object.
func luaValue(state *lua.LState, value any) lua.LValue {
	switch known := value.(type) {
	case bool:
		return lua.LBool(known)
	case int64:
		return lua.LNumber(known)
	case float64:
		return lua.LNumber(known)
	case string:
		return lua.LString(known)
	case []any:
		table := state.CreateTable(len(known), 0)
		for _, item := range known {
			table.Append(luaValue(state, item))
		}
		return table
	case map[string]any:
		table := state.CreateTable(0, len(known))
		for key, item := range known {
			table.RawSetString(key, luaValue(state, item))
		}
		return table
	default:
		return lua.LNil
	}
}
