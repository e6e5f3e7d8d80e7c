package wukongtest

import (
	"pgregory.net/rapid"
)

func highAvailability() *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		ha := map[string]any{}
		maybe(t, ha, "restartPolicy", oneOf("Always", "OnFailure", "Never", ""))
		maybe(t, ha, "antiAffinity", rapid.Bool())
		maybe(t, ha, "antiAffinityGroup", orEmpty(label()))
		maybe(t, ha, "nodeSelector", nodeSelector())
		maybe(t, ha, "tolerations", rapid.Map(rapid.SliceOfN(toleration(), 0, 64), anys))
		maybe(t, ha, "evictionStrategy", oneOf("None", "LiveMigrate", "LiveMigrateIfPossible", "External", ""))
		return ha
	})
}

func nodeSelector() *rapid.Generator[map[string]any] {
	return rapid.Map(rapid.MapOfN(qualifiedName(), labelValue(), 0, 64), func(m map[string]string) map[string]any {
		out := make(map[string]any, len(m))
		for k, v := range m {
			out[k] = v
		}
		return out
	})
}

func toleration() *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		o := map[string]any{}
		maybe(t, o, "key", orEmpty(qualifiedName()))
		maybe(t, o, "operator", oneOf("Exists", "Equal", ""))
		maybe(t, o, "value", labelValue())
		maybe(t, o, "effect", oneOf("NoSchedule", "PreferNoSchedule", "NoExecute", ""))
		maybe(t, o, "tolerationSeconds", rapid.Int64Range(-1, 1<<40))
		return o
	})
}
