import JSONValues
package import KubernetesAPI
import Routing

/// Which HTTPRoutes may send requests to InferencePools of another namespace: what that namespace's ReferenceGrants
/// say. Without a grant nothing is allowed.
package struct ReferenceGrants: Sendable, Hashable {
    private struct Grant: Sendable, Hashable {
        /// Namespaces whose HTTPRoutes are meant.
        var sources: Set<String>
        /// Pools that are meant; nil for all of the grant's namespace.
        var pools: Set<String>?
    }

    private var grants: [String: [Grant]] = [:]

    package init(_ objects: [KubernetesObject] = []) {
        for object in objects where !object.isBeingDeleted {
            let sources = (object.spec["from"]?.elements ?? []).filter {
                $0["group"]?.string == GatewayNames.group && $0["kind"]?.string == "HTTPRoute"
            }.compactMap { $0["namespace"]?.string }
            let targets = (object.spec["to"]?.elements ?? []).filter {
                $0["group"]?.string == GatewayNames.poolGroup && $0["kind"]?.string == "InferencePool"
            }
            guard !sources.isEmpty, !targets.isEmpty else { continue }
            let names = targets.map { $0["name"]?.string ?? "" }
            grants[object.namespace, default: []].append(
                Grant(sources: Set(sources), pools: names.contains("") ? nil : Set(names)))
        }
    }

    /// HTTPRoutes of a namespace may name this pool.
    func allow(routesOf namespace: String, _ pool: ObjectName) -> Bool {
        if pool.namespace == namespace { return true }
        return (grants[pool.namespace] ?? []).contains { grant in
            grant.sources.contains(namespace) && grant.pools?.contains(pool.name) ?? true
        }
    }
}
