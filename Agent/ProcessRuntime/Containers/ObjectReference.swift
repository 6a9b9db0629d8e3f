package import JSONValues
package import KubernetesAPI

/// A ConfigMap or Secret that a pod refers to.
package struct ObjectReference: Sendable, Hashable {
    package var kind: ResourceKind
    package var key: ObjectKey

    package init(_ kind: ResourceKind, _ key: ObjectKey) {
        self.kind = kind
        self.key = key
    }

    /// What one container needs before it starts: its environment's references, and those of the pod's volumes.
    package static func all(in pod: Pod, container: JSONValue) -> Set<ObjectReference> {
        var found: Set<ObjectReference> = []
        func add(_ kind: ResourceKind, _ name: String?) {
            guard let name, !name.isEmpty else { return }
            found.insert(ObjectReference(kind, ObjectKey(namespace: pod.key.namespace, name: name)))
        }
        for source in container["envFrom"]?.elements ?? [] {
            add(.configMap, source[path: "configMapRef", "name"]?.string)
            add(.secret, source[path: "secretRef", "name"]?.string)
        }
        for variable in container["env"]?.elements ?? [] {
            add(.configMap, variable[path: "valueFrom", "configMapKeyRef", "name"]?.string)
            add(.secret, variable[path: "valueFrom", "secretKeyRef", "name"]?.string)
        }
        for volume in pod.object.spec["volumes"]?.elements ?? [] {
            for source in [volume] + (volume[path: "projected", "sources"]?.elements ?? []) {
                add(.configMap, source[path: "configMap", "name"]?.string)
                add(.secret, source[path: "secret", "secretName"]?.string ?? source[path: "secret", "name"]?.string)
            }
        }
        return found
    }
}

/// The objects that were looked up for a start, by reference; one that is missing does not exist.
package typealias FoundObjects = [ObjectReference: KubernetesObject]

extension [ObjectReference: KubernetesObject] {
    /// The entries of a ConfigMap or Secret, decoded; nil when the object does not exist.
    func entries(_ kind: ResourceKind, _ namespace: String, _ name: String) -> [String: [UInt8]]? {
        guard let object = self[ObjectReference(kind, ObjectKey(namespace: namespace, name: name))] else { return nil }
        var entries: [String: [UInt8]] = [:]
        let isSecret = kind == .secret
        for (key, text) in object.json["data"]?.stringMap ?? [:] {
            entries[key] = isSecret ? decode(text) : Array(text.utf8)
        }
        for (key, text) in object.json["binaryData"]?.stringMap ?? [:] { entries[key] = decode(text) }
        for (key, text) in object.json["stringData"]?.stringMap ?? [:] { entries[key] = Array(text.utf8) }
        return entries
    }

    /// Secrets and binary entries are base64; the API server has checked that.
    private func decode(_ text: String) -> [UInt8] { Base64.decode(text) ?? [] }
}
