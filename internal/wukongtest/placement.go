package wukongtest

import (
	"pgregory.net/rapid"
)

func highAvailability() *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		ha := map[string]any{}
		maybe(t, ha, "restartPolicy", enum("highAvailability.restartPolicy"))
		maybe(t, ha, "antiAffinity", rapid.Bool())
		maybe(t, ha, "antiAffinityGroup", orEmpty(label()))
		maybe(t, ha, "nodeSelector", nodeSelector())
		maybe(t, ha, "tolerations", rapid.Map(rapid.SliceOfN(toleration(), 0, 64), anys))
		maybe(t, ha, "evictionStrategy", enum("highAvailability.evictionStrategy"))
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

// toleration generates what Kubernetes takes: all taints, or one with any value, or one with this value.
func toleration() *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		o := rapid.OneOf(tolerateAny(), tolerateValue()).Draw(t, "which")
		maybe(t, o, "effect", enum("highAvailability.tolerations.effect"))
		if o["effect"] == "NoExecute" {
			maybe(t, o, "tolerationSeconds", rapid.Int64Range(-(1<<53-1), 1<<53-1))
		}
		return o
	})
}

func tolerateAny() *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		o := map[string]any{"operator": "Exists"}
		maybe(t, o, "key", orEmpty(qualifiedName()))
		maybe(t, o, "value", rapid.Just(""))
		return o
	})
}

func tolerateValue() *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		o := map[string]any{"key": qualifiedName().Draw(t, "key")}
		maybe(t, o, "operator", oneOf("Equal", ""))
		maybe(t, o, "value", labelValue())
		return o
	})
}
