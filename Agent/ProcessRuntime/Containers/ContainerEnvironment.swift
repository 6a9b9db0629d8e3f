package import JSONValues
package import KubernetesAPI

/// The environment of a container by Kubernetes' rules.
///
/// 1. `envFrom` comes first, later sources win; `env` wins over it, in its order.
/// 2. `$(NAME)` in a value sees only variables that stand before it.
/// 3. A reference that is not optional and leads nowhere stops the start.
package struct ContainerEnvironment {
    let pod: Pod
    let facts: PodFacts
    let objects: FoundObjects
    /// What the node has of each resource, for limits that are not set.
    let capacity: [String: Quantity]

    package init(pod: Pod, facts: PodFacts, objects: FoundObjects, capacity: [String: Quantity] = [:]) {
        self.pod = pod
        self.facts = facts
        self.objects = objects
        self.capacity = capacity
    }

    /// All variables, starting from `base`.
    package func variables(of container: JSONValue, base: [String: String]) throws(StartProblem) -> [String: String] {
        var result = base
        for source in container["envFrom"]?.elements ?? [] { try add(source, to: &result) }
        for variable in container["env"]?.elements ?? [] {
            guard let name = variable["name"]?.string, !name.isEmpty else { continue }
            if let source = variable["valueFrom"] {
                if let value = try value(source, container) { result[name] = value }
            } else {
                result[name] = VariableExpansion.expand(variable["value"]?.string ?? "", result)
            }
        }
        return result
    }

    private func add(_ source: JSONValue, to result: inout [String: String]) throws(StartProblem) {
        let prefix = source["prefix"]?.string ?? ""
        for (field, kind) in [("configMapRef", ResourceKind.configMap), ("secretRef", .secret)] {
            guard let reference = source[field], let name = reference["name"]?.string else { continue }
            guard let entries = objects.entries(kind, pod.key.namespace, name) else {
                if reference["optional"]?.bool == true { continue }
                throw missing(kind, name)
            }
            for (key, bytes) in entries { result[prefix + key] = String(decoding: bytes, as: UTF8.self) }
        }
    }

    /// Nil for an optional reference that leads nowhere.
    private func value(_ source: JSONValue, _ container: JSONValue) throws(StartProblem) -> String? {
        if let path = source[path: "fieldRef", "fieldPath"]?.string {
            guard let value = PodFields.value(path, of: pod, facts) else {
                throw .configuration("field path \"\(path)\" is not one of the downward API")
            }
            return value
        }
        if let reference = source["resourceFieldRef"] {
            let name = container["name"]?.string ?? ""
            guard let value = PodFields.resource(reference, of: pod, container: name, capacity: capacity) else {
                throw .configuration(
                    "resource \"\(reference["resource"]?.string ?? "")\" is not known for container \"\(name)\"")
            }
            return value
        }
        for (field, kind) in [("configMapKeyRef", ResourceKind.configMap), ("secretKeyRef", .secret)] {
            guard let reference = source[field] else { continue }
            let (name, key) = (reference["name"]?.string ?? "", reference["key"]?.string ?? "")
            let isOptional = reference["optional"]?.bool == true
            guard let entries = objects.entries(kind, pod.key.namespace, name) else {
                if isOptional { return nil }
                throw missing(kind, name)
            }
            guard let bytes = entries[key] else {
                if isOptional { return nil }
                throw .configuration(
                    "couldn't find key \(key) in \(kind.kind) \(pod.key.namespace)/\(name)")
            }
            return String(decoding: bytes, as: UTF8.self)
        }
        return nil
    }

    private func missing(_ kind: ResourceKind, _ name: String) -> StartProblem {
        .configuration("\(kind.kind.lowercased()) \"\(name)\" not found in namespace \(pod.key.namespace)")
    }
}
