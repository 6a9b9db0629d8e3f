import JSONValues
package import KubernetesAPI
package import Routing

/// Which listeners serve, and which routes they take.
///
/// 1. A port and hostname belong to one listener: of the oldest Gateway, and of its listeners the first. That one also
///    says whether the port is encrypted.
/// 2. A listener that does not serve takes no route. One that lacks its certificate alone takes them, and serves once
///    it has it.
/// 3. It depends on the objects alone, so every replica and the writer of status come to the same.
package struct Attachment: Sendable {
    /// Why a route is not taken by a parent that it names.
    package enum Refusal: String, Sendable, Hashable {
        case noMatchingParent = "NoMatchingParent"
        case notAllowed = "NotAllowedByListeners"
        case noHostname = "NoMatchingListenerHostname"
    }

    /// Why a listener does not serve.
    package enum Fault: String, Sendable, Hashable {
        case unsupportedProtocol = "UnsupportedProtocol"
        case portUnavailable = "PortUnavailable"
        case hostnameConflict = "HostnameConflict"
        case protocolConflict = "ProtocolConflict"
        case unsupportedTLS = "UnsupportedValue"
    }

    /// The Gateways of this router, in order of precedence.
    package let gateways: [GatewayView]
    private let faults: [ListenerID: Fault]
    private let certificates: [ListenerID: Result<ListenerCertificate, CertificateFault>]
    private let byName: [ObjectName: GatewayView]
    private let namespaceLabels: [String: [String: String]]

    /// `classes` and `namespaces` are the GatewayClasses and Namespaces of the cluster.
    package init(
        gateways: [KubernetesObject], classes: [KubernetesObject], namespaces: [KubernetesObject],
        certificates: CertificateSources = CertificateSources()
    ) {
        let own = Set(classes.filter { $0.spec["controllerName"]?.string == GatewayNames.controller }.map(\.name))
        let views = gateways.map { GatewayView($0) }
            .filter { own.contains($0.className) && !$0.object.isBeingDeleted }
            .sorted(by: GatewayView.precedes)
        self.gateways = views
        byName = Dictionary(views.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        faults = Self.faults(views)
        self.certificates = Self.certificates(views, certificates)
        namespaceLabels = Dictionary(namespaces.map { ($0.name, $0.labels) }, uniquingKeysWith: { $1 })
    }

    private struct Place: Hashable {
        var port: Int
        var hostname: Hostname?
    }

    private static func faults(_ gateways: [GatewayView]) -> [ListenerID: Fault] {
        var taken: Set<Place> = []
        var encrypted: [Int: Bool] = [:]
        var faults: [ListenerID: Fault] = [:]
        for gateway in gateways {
            for listener in gateway.listeners {
                let id = ListenerID(gateway: gateway.name, name: listener.name)
                if listener.proto != "HTTP", !listener.isEncrypted {
                    faults[id] = .unsupportedProtocol
                } else if listener.isEncrypted, listener.hasUnsupportedTLS {
                    faults[id] = .unsupportedTLS
                } else if !(1...65_535).contains(listener.port) {
                    faults[id] = .portUnavailable
                } else if encrypted[listener.port] == !listener.isEncrypted {
                    faults[id] = .protocolConflict
                } else if !taken.insert(Place(port: listener.port, hostname: listener.hostname)).inserted {
                    faults[id] = .hostnameConflict
                } else {
                    encrypted[listener.port] = listener.isEncrypted
                }
            }
        }
        return faults
    }

    private static func certificates(
        _ gateways: [GatewayView], _ sources: CertificateSources
    ) -> [ListenerID: Result<ListenerCertificate, CertificateFault>] {
        var certificates: [ListenerID: Result<ListenerCertificate, CertificateFault>] = [:]
        for gateway in gateways {
            for listener in gateway.listeners where listener.isEncrypted {
                certificates[ListenerID(gateway: gateway.name, name: listener.name)] = sources.certificate(
                    of: listener, gateway: gateway.name)
            }
        }
        return certificates
    }

    /// Why a listener that encrypts has no certificate; nil where it has one or needs none.
    package func certificateFault(_ id: ListenerID) -> CertificateFault? {
        if case .failure(let fault)? = certificates[id] { fault } else { nil }
    }

    /// Nil where it serves.
    package func fault(_ id: ListenerID) -> Fault? { faults[id] }

    /// Every listener that serves; one that lacks its certificate does not.
    package var listeners: [Listener] {
        gateways.flatMap { gateway in
            serving(gateway).compactMap { listener in
                let id = ListenerID(gateway: gateway.name, name: listener.name)
                guard certificateFault(id) == nil else { return nil }
                return Listener(
                    id: id, port: listener.port, hostname: listener.hostname,
                    certificate: try? certificates[id]?.get())
            }
        }
    }

    private func serving(_ gateway: GatewayView) -> [ListenerView] {
        gateway.listeners.filter { faults[ListenerID(gateway: gateway.name, name: $0.name)] == nil }
    }

    /// The Gateway of this router that a parent is; nil where it is somebody else's or none.
    package func gateway(_ parent: ParentRef) -> GatewayView? { parent.isGateway ? byName[parent.gateway] : nil }

    /// The listeners that take an HTTPRoute by one of its parents, or why none does; nil where the parent is not ours.
    package func attach(_ route: HTTPRouteView, to parent: ParentRef) -> Result<[ListenerID], AttachmentRefusal>? {
        guard let gateway = gateway(parent) else { return nil }
        let named = serving(gateway).filter { parent.names($0) }
        guard !named.isEmpty else { return .failure(AttachmentRefusal(.noMatchingParent)) }
        let allowing = named.filter { listener in
            listener.supportedKinds.contains(.httpRoute) && takes(listener, of: gateway, from: route.name.namespace)
        }
        guard !allowing.isEmpty else { return .failure(AttachmentRefusal(.notAllowed)) }
        let meeting = allowing.filter { listener in
            guard let hostname = listener.hostname, !route.hostnames.isEmpty else { return true }
            return route.hostnames.contains { $0.meets(hostname) }
        }
        guard !meeting.isEmpty else { return .failure(AttachmentRefusal(.noHostname)) }
        return .success(meeting.map { ListenerID(gateway: gateway.name, name: $0.name) })
    }

    /// Every listener that takes an HTTPRoute.
    package func listeners(of route: HTTPRouteView) -> Set<ListenerID> {
        Set(
            route.parents.flatMap { parent -> [ListenerID] in
                guard case .success(let listeners)? = attach(route, to: parent) else { return [] }
                return listeners
            })
    }

    /// The listeners that take a ModelRoute: those its parents name, and without parents those of the Gateways of its
    /// namespace. `allowedRoutes.namespaces` is about HTTPRoutes alone, as in Kthena.
    package func listeners(ofModelRouteIn namespace: String, parents: [ParentRef]) -> Set<ListenerID> {
        let pairs: [(GatewayView, ListenerView)] =
            parents.isEmpty
            ? gateways.filter { $0.name.namespace == namespace }.flatMap { gateway in
                serving(gateway).map { (gateway, $0) }
            }
            : parents.flatMap { parent in
                gateway(parent).map { gateway in
                    serving(gateway).filter { parent.names($0) }.map { (gateway, $0) }
                } ?? []
            }
        return Set(
            pairs.filter { $1.supportedKinds.contains(.modelRoute) }.map {
                ListenerID(gateway: $0.name, name: $1.name)
            })
    }

    private func takes(_ listener: ListenerView, of gateway: GatewayView, from namespace: String) -> Bool {
        switch listener.source {
        case .same: namespace == gateway.name.namespace
        case .all: true
        case .selected(let selector): selector.matches(namespaceLabels[namespace] ?? [:])
        case .broken: false
        }
    }
}

/// Why no listener takes a route.
package struct AttachmentRefusal: Error, Sendable, Hashable {
    package var reason: Attachment.Refusal

    init(_ reason: Attachment.Refusal) { self.reason = reason }
}
