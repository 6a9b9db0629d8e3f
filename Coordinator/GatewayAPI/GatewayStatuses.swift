package import JSONValues
package import KubernetesAPI
package import Routing

/// The status of every object of the Gateway API that this router has to do with; pure.
///
/// 1. What other controllers wrote beside it stays.
/// 2. Of an object whose status says all this already it gives the same status again.
package struct GatewayStatuses: Sendable {
    /// Everything that statuses depend on.
    package struct Facts: Sendable {
        package var attachment: Attachment
        package var httpRoutes: [HTTPRouteView]
        package var pools: [PoolView]
        /// Listeners that take each ModelRoute.
        package var modelRoutes: [Set<ListenerID>]
        /// Ports that are not open, each with one sentence why.
        package var portProblems: [Int: String]

        package init(
            attachment: Attachment, httpRoutes: [HTTPRouteView], pools: [PoolView], modelRoutes: [Set<ListenerID>],
            portProblems: [Int: String]
        ) {
            self.attachment = attachment
            self.httpRoutes = httpRoutes
            self.pools = pools
            self.modelRoutes = modelRoutes
            self.portProblems = portProblems
        }
    }

    let facts: Facts
    let now: Timestamp
    let attachedRoutes: [ListenerID: Int]
    private let poolNames: Set<ObjectName>

    package init(_ facts: Facts, now: Timestamp) {
        self.facts = facts
        self.now = now
        var counts: [ListenerID: Int] = [:]
        let attached = facts.modelRoutes + facts.httpRoutes.map { facts.attachment.listeners(of: $0) }
        for listener in attached.flatMap({ $0 }) { counts[listener, default: 0] += 1 }
        attachedRoutes = counts
        poolNames = Set(facts.pools.map(\.name))
    }

    /// Of a GatewayClass of this router.
    package func status(ofClass object: KubernetesObject) -> JSONValue {
        var conditions = Self.conditions(object.status)
        conditions.set(condition("Accepted", true, "Accepted", "This router serves Gateways of the class", object))
        return ["conditions": .array(conditions.map(\.json))]
    }

    func condition(
        _ type: String, _ holds: Bool, _ reason: String, _ message: String, _ object: KubernetesObject
    ) -> Condition {
        Condition(type, holds, reason: reason, message: message, at: now, observedGeneration: object.generation)
    }

    static func conditions(_ json: JSONValue?) -> [Condition] {
        json?["conditions"]?.elements.compactMap { Condition($0) } ?? []
    }

    /// Of an HTTPRoute; nil where it has nothing to do with this router.
    package func status(of route: HTTPRouteView) -> JSONValue? {
        let before = route.object.status["parents"]?.elements ?? []
        let others = before.filter { $0["controllerName"]?.string != GatewayNames.controller }
        let own = route.parents.compactMap { parent -> JSONValue? in
            guard let result = facts.attachment.attach(route, to: parent) else { return nil }
            let earlier = before.first {
                $0["parentRef"] == parent.json && $0["controllerName"]?.string == GatewayNames.controller
            }
            return [
                "parentRef": parent.json, "controllerName": .string(GatewayNames.controller),
                "conditions": .array(conditions(of: route, result, earlier).map(\.json)),
            ]
        }
        return own.isEmpty && others.count == before.count ? nil : ["parents": .array(others + own)]
    }

    private func conditions(
        of route: HTTPRouteView, _ result: Result<[ListenerID], AttachmentRefusal>, _ earlier: JSONValue?
    ) -> [Condition] {
        var conditions = Self.conditions(earlier).filter { $0.type != "PartiallyInvalid" }
        let unserved = route.rules.flatMap(\.unsupported)
        let what = "This router does not serve \(unserved.joined(separator: ", "))"
        let isDropped = !unserved.isEmpty && !route.rules.contains { $0.isServed && !$0.rule.matches.isEmpty }
        switch result {
        case .success where isDropped:
            conditions.set(condition("Accepted", false, "UnsupportedValue", what, route.object))
        case .success(let listeners):
            let names = listeners.map(\.name).joined(separator: ", ")
            conditions.set(condition("Accepted", true, "Accepted", "Attached to listener \(names)", route.object))
            if !unserved.isEmpty {
                conditions.set(
                    condition("PartiallyInvalid", true, "UnsupportedValue", "Dropped Rule: \(what)", route.object))
            }
        case .failure(let refusal):
            conditions.set(
                condition("Accepted", false, refusal.reason.rawValue, refusal.reason.sentence, route.object))
        }
        conditions.set(resolvedRefs(of: route))
        return conditions
    }

    private func resolvedRefs(of route: HTTPRouteView) -> Condition {
        func unresolved(_ reason: String, _ message: String) -> Condition {
            condition("ResolvedRefs", false, reason, message, route.object)
        }
        if let kind = route.rules.flatMap(\.foreignKinds).first {
            return unresolved("InvalidKind", "A backendRef is a \(kind); this router serves InferencePools alone")
        }
        if let pool = route.rules.flatMap(\.foreignPools).first {
            return unresolved(
                "RefNotPermitted",
                "InferencePool \(pool) is in another namespace than the route; a ReferenceGrant there can allow it")
        }
        if let pool = route.rules.flatMap(\.pools).first(where: { !poolNames.contains($0) }) {
            return unresolved("BackendNotFound", "InferencePool \(pool) does not exist; create it or change the rule")
        }
        return condition("ResolvedRefs", true, "ResolvedRefs", "Every InferencePool exists", route.object)
    }
}

extension Attachment.Refusal {
    var sentence: String {
        switch self {
        case .noMatchingParent:
            "The Gateway has no serving listener with this sectionName and port; see the Gateway's status"
        case .notAllowed: "No listener allows routes of this kind and namespace; see its allowedRoutes"
        case .noHostname: "No listener has a hostname that meets one of the route's; change one of them"
        }
    }
}
