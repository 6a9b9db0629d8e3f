import GatewayAPI
import JSONValues
import KubernetesAPI
import Routing
import Testing

/// HTTPRoutes that send requests to InferencePools of another namespace.
struct GrantTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// Where the grant is, or nil for none.
        var namespace: String? = "theirs"
        var from: JSONValue = ["group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "namespace": "dev"]
        var to: JSONValue = ["group": "inference.networking.k8s.io", "kind": "InferencePool"]
        var isAllowed = false
    }

    static let rows = [
        Row(testDescription: "all pools", isAllowed: true),
        Row(
            testDescription: "this pool",
            to: ["group": "inference.networking.k8s.io", "kind": "InferencePool", "name": "p"], isAllowed: true),
        Row(
            testDescription: "another pool",
            to: ["group": "inference.networking.k8s.io", "kind": "InferencePool", "name": "q"]),
        Row(testDescription: "Services", to: ["group": "", "kind": "Service"]),
        Row(
            testDescription: "routes of another namespace",
            from: ["group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "namespace": "prod"]),
        Row(
            testDescription: "another kind of route",
            from: ["group": "gateway.networking.k8s.io", "kind": "GRPCRoute", "namespace": "dev"]),
        Row(testDescription: "a grant of the route's own namespace", namespace: "dev"),
        Row(testDescription: "no grant", namespace: nil),
    ]

    static func grants(_ row: Row) -> ReferenceGrants {
        guard let namespace = row.namespace else { return ReferenceGrants() }
        let spec: JSONValue = ["from": .array([row.from]), "to": .array([row.to])]
        return ReferenceGrants([Samples.object("ReferenceGrant", "grant", namespace: namespace, spec)])
    }

    @Test(arguments: rows) func `are served where a grant of that namespace allows it`(row: Row) {
        let gateway = Samples.gateway("g", [Samples.listener("a", 80)])
        let object = Samples.route(
            "r", parents: [["name": "g"]], rules: [["backendRefs": [Samples.pool("p", namespace: "theirs")]]])
        let route = HTTPRouteView(object, grants: Self.grants(row))
        let pool = ObjectName(namespace: "theirs", name: "p")
        #expect(route.rules.flatMap(\.pools) == (row.isAllowed ? [pool] : []))
        #expect(route.rules.flatMap(\.foreignPools) == (row.isAllowed ? [] : [pool]))
        let theirs = Samples.object(
            "InferencePool", "p", namespace: "theirs",
            ["selector": ["matchLabels": ["app": "a"]], "targetPorts": [["number": 8000]]])
        let statuses = GatewayStatuses(
            .init(
                attachment: Samples.attachment([gateway]), httpRoutes: [route], pools: [PoolView(theirs)],
                modelRoutes: [], portProblems: [:]), now: StatusTests.now)
        let resolved = StatusTests.facts(statuses.status(of: route)?["parents"]?[0]).last
        #expect(
            resolved == (row.isAllowed ? "ResolvedRefs=True/ResolvedRefs" : "ResolvedRefs=False/RefNotPermitted"))
        // A pool tells of the Gateways whose routes may reach it.
        #expect((statuses.status(of: PoolView(theirs)) == nil) == !row.isAllowed)
    }

    @Test func `a grant that goes takes its permission along`() {
        var object = Samples.object(
            "ReferenceGrant", "grant", namespace: "theirs",
            [
                "from": [["group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "namespace": "dev"]],
                "to": [["group": "inference.networking.k8s.io", "kind": "InferencePool"]],
            ])
        object.json[path: "metadata", "deletionTimestamp"] = "2026-01-01T00:00:00Z"
        let route = Samples.route(
            "r", parents: [["name": "g"]], rules: [["backendRefs": [Samples.pool("p", namespace: "theirs")]]])
        #expect(HTTPRouteView(route, grants: ReferenceGrants([object])).rules.flatMap(\.pools).isEmpty)
    }
}
