package import JSONValues
package import KubernetesAPI
package import KubernetesClient

/// The writes that controllers make; what they read comes from informers, but for an object that stands in their way.
package protocol ClusterWriter: Sendable {
    func get(_ kind: ResourceKind, namespace: String, name: String) async throws -> KubernetesObject
    func create(_ kind: ResourceKind, _ object: KubernetesObject) async throws -> KubernetesObject
    /// Deletes the very object with this UID; throws NotFound or Conflict where it is not there any more.
    func delete(_ kind: ResourceKind, _ key: ObjectKey, uid: String) async throws
    func patch(_ kind: ResourceKind, _ key: ObjectKey, _ patch: Patch) async throws -> KubernetesObject
    /// Merges members into an object's status; null removes one.
    func mergeStatus(_ kind: ResourceKind, _ key: ObjectKey, _ status: JSONValue) async throws -> KubernetesObject
    func bind(pod: Pod, to node: String) async throws
}

extension KubernetesClient: ClusterWriter {
    package func delete(_ kind: ResourceKind, _ key: ObjectKey, uid: String) async throws {
        try await delete(kind, namespace: key.namespace, name: key.name, uid: uid)
    }

    package func patch(_ kind: ResourceKind, _ key: ObjectKey, _ patch: Patch) async throws -> KubernetesObject {
        try await self.patch(kind, namespace: key.namespace, name: key.name, patch)
    }

    package func mergeStatus(
        _ kind: ResourceKind, _ key: ObjectKey, _ status: JSONValue
    ) async throws -> KubernetesObject {
        try await patch(
            kind, namespace: key.namespace, name: key.name, subresource: "status", .merge(["status": status]))
    }
}
