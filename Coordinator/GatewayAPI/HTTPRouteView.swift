package import JSONValues
package import KubernetesAPI
package import Routing

/// A view of an HTTPRoute.
package struct HTTPRouteView: Sendable, Hashable {
    package let object: KubernetesObject
    package let parents: [ParentRef]
    package let hostnames: [Hostname]
    package let rules: [HTTPRuleView]

    /// `grants` tell which pools of other namespaces it may name.
    package init(_ object: KubernetesObject, grants: ReferenceGrants = ReferenceGrants()) {
        self.object = object
        parents = ParentRef.all(object.spec["parentRefs"]?.elements ?? [], in: object.namespace)
        hostnames = (object.spec["hostnames"]?.elements ?? []).compactMap { $0.string.flatMap { Hostname($0) } }
        rules = (object.spec["rules"]?.elements ?? []).map {
            HTTPRuleView($0, HTTPRuleReader(namespace: object.namespace, grants: grants))
        }
    }

    package var name: ObjectName { ObjectName(namespace: object.namespace, name: object.name) }
}

/// One rule of an HTTPRoute, with what of it cannot be served.
package struct HTTPRuleView: Sendable, Hashable {
    package let rule: HTTPRule
    /// Objects its requests may not go to: kinds that are no InferencePool, and pools of other namespaces that no
    /// ReferenceGrant allows.
    package let foreignKinds: [String]
    package let foreignPools: [ObjectName]
    /// Parts that this router does not serve: matches and filters. A rule with such a filter is left out whole.
    package let unsupported: [String]
    package let isServed: Bool

    init(_ json: JSONValue, _ reader: HTTPRuleReader) {
        var reader = reader
        rule = reader.rule(json)
        foreignKinds = reader.foreignKinds
        foreignPools = reader.foreignPools
        unsupported = reader.unsupported
        isServed = reader.isServed
    }

    /// Pools that it names and may name.
    package var pools: [ObjectName] { rule.targets.map(\.pool) }
}

/// One object that a route attaches to.
package struct ParentRef: Sendable, Hashable {
    /// As it was written.
    package let json: JSONValue
    package let group: String
    package let kind: String
    package let gateway: ObjectName
    package let section: String?
    package let port: Int?

    init(_ json: JSONValue, in namespace: String) {
        self.json = json
        group = json["group"]?.string ?? GatewayNames.group
        kind = json["kind"]?.string ?? "Gateway"
        gateway = ObjectName(namespace: json["namespace"]?.string ?? namespace, name: json["name"]?.string ?? "")
        section = json["sectionName"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        port = json["port"]?.integer
    }

    /// The parents that a route of a namespace names.
    package static func all(_ refs: [JSONValue], in namespace: String) -> [ParentRef] {
        refs.map { ParentRef($0, in: namespace) }
    }

    package var isGateway: Bool { group == GatewayNames.group && kind == "Gateway" }

    func names(_ listener: ListenerView) -> Bool {
        (section.map { $0 == listener.name } ?? true) && (port.map { $0 == listener.port } ?? true)
    }
}
