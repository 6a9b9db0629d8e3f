import JSONValues
package import KubernetesAPI
package import Routing

/// A view of a Gateway: the ports it listens on, and which routes may attach there.
package struct GatewayView: Sendable, Hashable {
    package let object: KubernetesObject
    package let className: String
    package let listeners: [ListenerView]

    package init(_ object: KubernetesObject) {
        self.object = object
        className = object.spec["gatewayClassName"]?.string ?? ""
        listeners = (object.spec["listeners"]?.elements ?? []).map { ListenerView($0, in: object.namespace) }
    }

    package var name: ObjectName { ObjectName(namespace: object.namespace, name: object.name) }

    /// Seconds since 1970; of two Gateways that want the same the older has it.
    var createdAt: Int64 { object.creationTimestamp.map { $0.microseconds / 1_000_000 } ?? 0 }

    static func precedes(_ left: GatewayView, _ right: GatewayView) -> Bool {
        left.createdAt == right.createdAt ? left.name < right.name : left.createdAt < right.createdAt
    }
}

/// One listener as its Gateway writes it.
package struct ListenerView: Sendable, Hashable {
    /// Namespaces whose routes may attach.
    package enum Source: Sendable, Hashable {
        case same, all
        case selected(LabelSelector)
        /// The selector is missing or cannot be read.
        case broken
    }

    /// A kind of route.
    package struct RouteKind: Sendable, Hashable {
        package var group: String
        package var kind: String

        package static let httpRoute = RouteKind(group: GatewayNames.group, kind: "HTTPRoute")
        package static let modelRoute = RouteKind(group: "networking.serving.volcano.sh", kind: "ModelRoute")
    }

    package let name: String
    package let port: Int
    /// `HTTP` or `HTTPS`; other protocols are not served.
    package let proto: String
    /// Of a listener that encrypts.
    package let certificates: [CertificateRef]
    /// It asks of TLS what this router does not do: to pass it through, or to check clients' certificates.
    package let hasUnsupportedTLS: Bool
    package let hostname: Hostname?
    package let source: Source
    /// Empty for the kinds that go with the protocol.
    package let kinds: [RouteKind]

    init(_ json: JSONValue, in namespace: String) {
        name = json["name"]?.string ?? ""
        port = json["port"]?.integer ?? 0
        proto = json["protocol"]?.string ?? ""
        hostname = json["hostname"]?.string.flatMap { Hostname($0) }
        let tls = json["tls"]
        certificates = (tls?["certificateRefs"]?.elements ?? []).map { CertificateRef($0, in: namespace) }
        hasUnsupportedTLS = (tls?["mode"]?.string ?? "Terminate") != "Terminate" || tls?["frontendValidation"] != nil
        let allowed = json["allowedRoutes"]
        kinds = (allowed?["kinds"]?.elements ?? []).map {
            RouteKind(group: $0["group"]?.string ?? GatewayNames.group, kind: $0["kind"]?.string ?? "")
        }
        switch allowed?[path: "namespaces", "from"]?.string ?? "Same" {
        case "Same": source = .same
        case "All": source = .all
        case "Selector":
            let selector = allowed?[path: "namespaces", "selector"].flatMap { LabelSelector($0) }
            source = selector.map { .selected($0) } ?? .broken
        default: source = .broken
        }
    }

    package var isEncrypted: Bool { proto == "HTTPS" }

    /// Kinds it takes, among those that this router knows.
    var supportedKinds: [RouteKind] {
        let known: [RouteKind] = [.httpRoute, .modelRoute]
        return kinds.isEmpty ? known : known.filter(kinds.contains)
    }
}
