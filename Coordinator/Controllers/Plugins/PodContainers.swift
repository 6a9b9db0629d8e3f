import JSONValues
import KubernetesAPI

extension KubernetesObject {
    /// Changes every container of a pod, init containers included.
    mutating func changeContainers(_ change: (inout JSONValue) -> Void) {
        for list in ["initContainers", "containers"] {
            guard var containers = spec[list]?.array else { continue }
            for index in containers.indices { change(&containers[index]) }
            spec[list] = .array(containers)
        }
    }
}
