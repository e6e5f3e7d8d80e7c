package wukongtest

import (
	"pgregory.net/rapid"
)

// highAvailability generates the fields about placement and eviction.
func highAvailability() *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		ha := map[string]any{}
		drawOptional(t, ha, "restartPolicy", enum("highAvailability.restartPolicy"))
		drawOptional(t, ha, "antiAffinity", rapid.Bool())
		drawOptional(t, ha, "antiAffinityGroup", orEmpty(label()))
		drawOptional(t, ha, "nodeSelector", nodeSelector())
		drawOptional(t, ha, "tolerations", rapid.Map(rapid.SliceOfN(toleration(), 0, 64), anys))
		drawOptional(t, ha, "evictionStrategy", enum("highAvailability.evictionStrategy"))
		return ha
	})
}

// nodeSelector generates node selectors.
func nodeSelector() *rapid.Generator[map[string]any] {
	return rapid.Map(rapid.MapOfN(qualifiedName(), labelValue(), 0, 64), func(m map[string]string) map[string]any {
		out := make(map[string]any, len(m))
		for k, v := range m {
			out[k] = v
		}
		return out
	})
}

// toleration generates tolerations of all taints, of a taint with any value, and of a taint with one value.
func toleration() *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		o := rapid.OneOf(tolerateAny(), tolerateValue()).Draw(t, "which")
		drawOptional(t, o, "effect", enum("highAvailability.tolerations.effect"))
		if o["effect"] == "NoExecute" {
			drawOptional(t, o, "tolerationSeconds", rapid.Int64Range(-(1<<53-1), 1<<53-1))
		}
		return o
	})
}

// tolerateAny generates tolerations of taints with any value.
func tolerateAny() *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		o := map[string]any{"operator": "Exists"}
		drawOptional(t, o, "key", orEmpty(qualifiedName()))
		drawOptional(t, o, "value", rapid.Just(""))
		return o
	})
}

// tolerateValue generates tolerations of taints with one value.
func tolerateValue() *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		o := map[string]any{"key": qualifiedName().Draw(t, "key")}
		drawOptional(t, o, "operator", oneOf("Equal", ""))
		drawOptional(t, o, "value", labelValue())
		return o
	})
}
