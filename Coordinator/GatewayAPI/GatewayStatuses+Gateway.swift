package import JSONValues
import KubernetesAPI
import Routing

extension GatewayStatuses {
    /// Of a Gateway of this router.
    package func status(of gateway: GatewayView) -> JSONValue {
        let faults = gateway.listeners.compactMap { fault(of: $0, gateway) }
        let closed = gateway.listeners.filter { fault(of: $0, gateway) == nil }
            .compactMap { facts.portProblems[$0.port] }
        let isServed = gateway.listeners.contains {
            fault(of: $0, gateway) == nil && certificateFault(of: $0, gateway) == nil
        }
        var conditions = Self.conditions(gateway.object.status)
        if faults.isEmpty {
            conditions.set(condition("Accepted", true, "Accepted", "Every listener is served", gateway.object))
        } else {
            conditions.set(
                condition(
                    "Accepted", isServed, "ListenersNotValid",
                    "\(faults.count) of \(gateway.listeners.count) listeners cannot be served; see their conditions",
                    gateway.object))
        }
        if let problem = closed.first {
            conditions.set(condition("Programmed", false, "Pending", problem, gateway.object))
        } else if isServed {
            conditions.set(condition("Programmed", true, "Programmed", "Every served port is open", gateway.object))
        } else {
            conditions.set(condition("Programmed", false, "Invalid", "No listener can be served", gateway.object))
        }
        let before = gateway.object.status["listeners"]?.elements ?? []
        return [
            "conditions": .array(conditions.map(\.json)),
            "listeners": .array(
                gateway.listeners.map { listener in
                    status(of: listener, gateway, before.first { $0["name"]?.string == listener.name })
                }),
        ]
    }

    private func fault(of listener: ListenerView, _ gateway: GatewayView) -> Attachment.Fault? {
        facts.attachment.fault(ListenerID(gateway: gateway.name, name: listener.name))
    }

    private func certificateFault(of listener: ListenerView, _ gateway: GatewayView) -> CertificateFault? {
        facts.attachment.certificateFault(ListenerID(gateway: gateway.name, name: listener.name))
    }

    private func status(of listener: ListenerView, _ gateway: GatewayView, _ before: JSONValue?) -> JSONValue {
        let fault = fault(of: listener, gateway)
        let certificateFault = certificateFault(of: listener, gateway)
        var conditions = Self.conditions(before)
        func set(_ type: String, _ holds: Bool, _ reason: String, _ message: String) {
            conditions.set(condition(type, holds, reason, message, gateway.object))
        }
        if let fault {
            set("Accepted", false, fault.rawValue, fault.sentence(listener))
        } else {
            set("Accepted", true, "Accepted", "The listener is served")
        }
        if let fault, fault.isConflict {
            set("Conflicted", true, fault.rawValue, fault.sentence(listener))
        } else {
            set("Conflicted", false, "NoConflicts", "No other listener has this port and hostname")
        }
        let isKnown = listener.kinds.allSatisfy { [.httpRoute, .modelRoute].contains($0) }
        if let certificateFault {
            set("ResolvedRefs", false, certificateFault.reason, certificateFault.sentence)
        } else if isKnown {
            set("ResolvedRefs", true, "ResolvedRefs", "Every kind of route it allows is served")
        } else {
            set("ResolvedRefs", false, "InvalidRouteKinds", "It allows kinds other than HTTPRoute and ModelRoute")
        }
        if fault != nil {
            set("Programmed", false, "Invalid", "The listener cannot be served")
        } else if certificateFault != nil {
            set("Programmed", false, "Invalid", "The listener has no certificate to show")
        } else if let problem = facts.portProblems[listener.port] {
            set("Programmed", false, "Pending", problem)
        } else {
            set("Programmed", true, "Programmed", "Port \(listener.port) is open")
        }
        let id = ListenerID(gateway: gateway.name, name: listener.name)
        return [
            "name": .string(listener.name), "attachedRoutes": JSONValue(attachedRoutes[id] ?? 0),
            "supportedKinds": .array(
                listener.supportedKinds.map { ["group": .string($0.group), "kind": .string($0.kind)] }),
            "conditions": .array(conditions.map(\.json)),
        ]
    }
}

extension Attachment.Fault {
    /// Another listener is in the way.
    var isConflict: Bool { self == .hostnameConflict || self == .protocolConflict }

    func sentence(_ listener: ListenerView) -> String {
        switch self {
        case .unsupportedProtocol: "Protocol \(listener.proto) is not served; use HTTP or HTTPS"
        case .unsupportedTLS:
            "TLS is terminated here and clients show no certificate; take mode and frontendValidation out"
        case .protocolConflict:
            "An older Gateway, or an earlier listener of this one, has port \(listener.port) with another protocol"
        case .portUnavailable: "Port \(listener.port) is no port; choose one from 1 to 65535"
        case .hostnameConflict:
            "An older Gateway, or an earlier listener of this one, has port \(listener.port) with the same hostname"
        }
    }
}
