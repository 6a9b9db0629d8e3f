/// A kind of object and where the API server serves it.
package struct ResourceKind: Sendable, Hashable {
    /// The API group; empty for the core group.
    package var group: String
    package var version: String
    package var kind: String
    /// The lower-case plural of URLs.
    package var plural: String
    package var isNamespaced: Bool

    package init(group: String = "", version: String = "v1", kind: String, plural: String, isNamespaced: Bool = true) {
        self.group = group
        self.version = version
        self.kind = kind
        self.plural = plural
        self.isNamespaced = isNamespaced
    }

    /// `group/version`, or the version alone in the core group.
    package var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }

    /// The URL path of the collection, or of one object in it, or of one subresource of that.
    package func path(namespace: String? = nil, name: String? = nil, subresource: String? = nil) -> String {
        var path = group.isEmpty ? "/api/\(version)" : "/apis/\(group)/\(version)"
        if isNamespaced, let namespace, !namespace.isEmpty { path += "/namespaces/\(namespace)" }
        path += "/\(plural)"
        if let name { path += "/\(name)" }
        if let subresource { path += "/\(subresource)" }
        return path
    }
}

extension ResourceKind {
    package static let pod = ResourceKind(kind: "Pod", plural: "pods")
    package static let service = ResourceKind(kind: "Service", plural: "services")
    package static let node = ResourceKind(kind: "Node", plural: "nodes", isNamespaced: false)
    package static let namespace = ResourceKind(kind: "Namespace", plural: "namespaces", isNamespaced: false)
    package static let event = ResourceKind(kind: "Event", plural: "events")
    package static let configMap = ResourceKind(kind: "ConfigMap", plural: "configmaps")
    package static let secret = ResourceKind(kind: "Secret", plural: "secrets")
    package static let endpoints = ResourceKind(kind: "Endpoints", plural: "endpoints")
    package static let serviceAccount = ResourceKind(kind: "ServiceAccount", plural: "serviceaccounts")
    package static let controllerRevision = ResourceKind(
        group: "apps", kind: "ControllerRevision", plural: "controllerrevisions")
    package static let lease = ResourceKind(group: "coordination.k8s.io", kind: "Lease", plural: "leases")
    package static let customResourceDefinition = ResourceKind(
        group: "apiextensions.k8s.io", kind: "CustomResourceDefinition", plural: "customresourcedefinitions",
        isNamespaced: false)
}
