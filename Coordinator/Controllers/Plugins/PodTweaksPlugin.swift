import JSONValues
import KubernetesAPI
import ServingAPI

/// `demo-pod-tweaks`: a runtime class, annotations and variables of one's own.
struct PodTweaksPlugin: PodPlugin {
    let tweaks: PodTweaks

    func change(_ pod: inout KubernetesObject, at place: PodPlace) {
        if let name = tweaks.runtimeClassName { pod.spec["runtimeClassName"] = .string(name) }
        if !tweaks.annotations.isEmpty { pod.annotations.merge(tweaks.annotations) { _, ours in ours } }
        pod.changeContainers { container in
            var variables = container["env"]?.elements ?? []
            for variable in tweaks.env {
                // In its place, so that variables after it see the new value.
                if let index = variables.firstIndex(where: { $0["name"] == variable["name"] }) {
                    variables[index] = variable
                } else {
                    variables.append(variable)
                }
            }
            container["env"] = variables.isEmpty ? nil : .array(variables)
        }
    }
}
