import JSONValues
package import KubernetesAPI
import Routing

/// What objects of one namespace may name in another: what that namespace's ReferenceGrants say. Without a grant
/// nothing is allowed.
package struct ReferenceGrants: Sendable, Hashable {
    /// A kind of object that names others, or is named.
    package struct Kind: Sendable, Hashable {
        var group: String
        var kind: String

        static let gateway = Kind(group: GatewayNames.group, kind: "Gateway")
        static let httpRoute = Kind(group: GatewayNames.group, kind: "HTTPRoute")
        static let secret = Kind(group: "", kind: "Secret")
        static let inferencePool = Kind(group: GatewayNames.poolGroup, kind: "InferencePool")
    }

    private struct Source: Sendable, Hashable {
        var kind: Kind
        var namespace: String
    }

    private struct Target: Sendable, Hashable {
        var kind: Kind
        /// Nil for all of the grant's namespace.
        var name: String?
    }

    private struct Grant: Sendable, Hashable {
        var sources: Set<Source>
        var targets: Set<Target>
    }

    private var grants: [String: [Grant]] = [:]

    package init(_ objects: [KubernetesObject] = []) {
        for object in objects where !object.isBeingDeleted {
            let sources = (object.spec["from"]?.elements ?? []).map {
                Source(kind: Self.kind($0), namespace: $0["namespace"]?.string ?? "")
            }
            let targets = (object.spec["to"]?.elements ?? []).map { target in
                Target(kind: Self.kind(target), name: target["name"]?.string.flatMap { $0.isEmpty ? nil : $0 })
            }
            grants[object.namespace, default: []].append(Grant(sources: Set(sources), targets: Set(targets)))
        }
    }

    private static func kind(_ json: JSONValue) -> Kind {
        Kind(group: json["group"]?.string ?? "", kind: json["kind"]?.string ?? "")
    }

    /// Objects of a kind and namespace may name this one; within a namespace they always may.
    func allow(_ source: Kind, in namespace: String, toName kind: Kind, _ target: ObjectName) -> Bool {
        if target.namespace == namespace { return true }
        return (grants[target.namespace] ?? []).contains { grant in
            grant.sources.contains(Source(kind: source, namespace: namespace))
                && (grant.targets.contains(Target(kind: kind))
                    || grant.targets.contains(Target(kind: kind, name: target.name)))
        }
    }
}
