import GatewayAPI
import JSONValues
import KubernetesAPI
import Routing
import Testing

struct StatusTests {
    static let now = Timestamp(microseconds: 1_000_000)
    static let pool = Samples.object(
        "InferencePool", "p", ["selector": ["matchLabels": ["app": "a"]], "targetPorts": [["number": 8000]]])

    static func statuses(
        _ gateways: [KubernetesObject], routes: [KubernetesObject] = [], pools: [KubernetesObject] = [pool],
        modelRoutes: [Set<ListenerID>] = [], ports: [Int: String] = [:], at time: Timestamp = now
    ) -> GatewayStatuses {
        GatewayStatuses(
            .init(
                attachment: Samples.attachment(gateways), httpRoutes: routes.map { HTTPRouteView($0) },
                pools: pools.map { PoolView($0) }, modelRoutes: modelRoutes, portProblems: ports), now: time)
    }

    /// `Type=Status/Reason` of each condition.
    static func facts(_ json: JSONValue?) -> [String] {
        (json?["conditions"]?.elements ?? []).map {
            "\($0["type"]?.string ?? "")=\($0["status"]?.string ?? "")/\($0["reason"]?.string ?? "")"
        }
    }

    @Test func `a Gateway tells of itself and of each listener`() {
        let gateway = Samples.gateway(
            "g",
            [
                Samples.listener("a", 80), Samples.listener("t", 443, proto: "TLS"),
                Samples.listener("again", 80), Samples.listener("closed", 81),
                Samples.listener("kinds", 82, allowed: ["kinds": [["kind": "TCPRoute"]]]),
            ])
        let id = ListenerID(gateway: ObjectName(namespace: "dev", name: "g"), name: "a")
        let routes = [Samples.route("r", parents: [["name": "g", "sectionName": "a"]])]
        let statuses = Self.statuses(
            [gateway], routes: routes, modelRoutes: [[id]], ports: [81: "the port is in use"])
        let status = statuses.status(of: GatewayView(gateway))
        #expect(Self.facts(status) == ["Accepted=True/ListenersNotValid", "Programmed=False/Pending"])
        let listeners = status["listeners"]?.elements ?? []
        #expect(listeners.map { $0["attachedRoutes"]?.integer } == [2, 0, 0, 0, 0])
        #expect(
            listeners.map(Self.facts) == [
                [
                    "Accepted=True/Accepted", "Conflicted=False/NoConflicts", "ResolvedRefs=True/ResolvedRefs",
                    "Programmed=True/Programmed",
                ],
                [
                    "Accepted=False/UnsupportedProtocol", "Conflicted=False/NoConflicts",
                    "ResolvedRefs=True/ResolvedRefs", "Programmed=False/Invalid",
                ],
                [
                    "Accepted=False/HostnameConflict", "Conflicted=True/HostnameConflict",
                    "ResolvedRefs=True/ResolvedRefs", "Programmed=False/Invalid",
                ],
                [
                    "Accepted=True/Accepted", "Conflicted=False/NoConflicts", "ResolvedRefs=True/ResolvedRefs",
                    "Programmed=False/Pending",
                ],
                [
                    "Accepted=True/Accepted", "Conflicted=False/NoConflicts", "ResolvedRefs=False/InvalidRouteKinds",
                    "Programmed=True/Programmed",
                ],
            ])
        #expect(listeners[4]["supportedKinds"]?.elements.isEmpty == true)
        #expect(status["conditions"]?[0]?["observedGeneration"]?.integer == 3)
    }

    @Test func `nothing is news the second time`() {
        var gateway = Samples.gateway("g", [Samples.listener("a", 80)])
        var route = Samples.route("r", parents: [["name": "g"]])
        var pool = Self.pool
        gateway.status = Self.statuses([gateway], routes: [route]).status(of: GatewayView(gateway))
        route.status = Self.statuses([gateway], routes: [route]).status(of: HTTPRouteView(route)) ?? .null
        pool.status = Self.statuses([gateway], routes: [route]).status(of: PoolView(pool)) ?? .null
        #expect(Self.facts(gateway.status) == ["Accepted=True/Accepted", "Programmed=True/Programmed"])
        let later = Self.statuses([gateway], routes: [route], pools: [pool], at: Timestamp(microseconds: 9_000_000))
        #expect(later.status(of: GatewayView(gateway)) == gateway.status)
        #expect(later.status(of: HTTPRouteView(route)) == route.status)
        #expect(later.status(of: PoolView(pool)) == pool.status)
    }

    struct RouteRow: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var parent: JSONValue = ["name": "g"]
        var rule: JSONValue = ["backendRefs": [Samples.pool("p")]]
        var facts: [String]
    }

    static let routeRows = [
        RouteRow(testDescription: "all well", facts: ["Accepted=True/Accepted", "ResolvedRefs=True/ResolvedRefs"]),
        RouteRow(
            testDescription: "no such listener", parent: ["name": "g", "sectionName": "x"],
            facts: ["Accepted=False/NoMatchingParent", "ResolvedRefs=True/ResolvedRefs"]),
        RouteRow(
            testDescription: "a Service", rule: ["backendRefs": [["name": "s"]]],
            facts: ["Accepted=True/Accepted", "ResolvedRefs=False/InvalidKind"]),
        RouteRow(
            testDescription: "no such pool", rule: ["backendRefs": [Samples.pool("q")]],
            facts: ["Accepted=True/Accepted", "ResolvedRefs=False/BackendNotFound"]),
        RouteRow(
            testDescription: "a pool elsewhere", rule: ["backendRefs": [Samples.pool("p", namespace: "prod")]],
            facts: ["Accepted=True/Accepted", "ResolvedRefs=False/RefNotPermitted"]),
        RouteRow(
            testDescription: "a filter that is not served",
            rule: ["filters": [["type": "CORS"]], "backendRefs": [Samples.pool("p")]],
            facts: ["Accepted=False/UnsupportedValue", "ResolvedRefs=True/ResolvedRefs"]),
    ]

    @Test(arguments: routeRows) func `an HTTPRoute tells of each parent`(row: RouteRow) {
        let gateway = Samples.gateway("g", [Samples.listener("a", 80)])
        let route = Samples.route("r", parents: [row.parent, ["name": "theirs"]], rules: [row.rule])
        let status = Self.statuses([gateway], routes: [route]).status(of: HTTPRouteView(route))
        let parents = status?["parents"]?.elements ?? []
        #expect(parents.count == 1)
        #expect(parents.first?["parentRef"] == row.parent)
        #expect(parents.first?["controllerName"]?.string == "volcano.sh/kthena-router")
        #expect(Self.facts(parents.first) == row.facts)
    }

    @Test func `what others wrote stays, and our part goes with our Gateway`() {
        let theirs: JSONValue = [
            "parentRef": ["name": "theirs"], "controllerName": "example.org/other", "conditions": [],
        ]
        var route = Samples.route("r", parents: [["name": "theirs"], ["name": "g"]])
        route.status = ["parents": [theirs]]
        let gateway = Samples.gateway("g", [Samples.listener("a", 80)])
        let with = Self.statuses([gateway], routes: [route]).status(of: HTTPRouteView(route))
        #expect(with?["parents"]?.elements.count == 2)
        #expect(with?["parents"]?[0] == theirs)
        route.status = with ?? .null
        #expect(Self.statuses([]).status(of: HTTPRouteView(route)) == ["parents": [theirs]])
        route.status = ["parents": [theirs]]
        #expect(Self.statuses([]).status(of: HTTPRouteView(route)) == nil)
    }

    @Test func `a pool tells of the Gateways whose routes name it`() {
        let gateways = [
            Samples.gateway("g", [Samples.listener("a", 80)]),
            Samples.gateway("h", [Samples.listener("a", 81, hostname: "x.example")]),
            Samples.gateway("unused", [Samples.listener("a", 82)]),
        ]
        let route = Samples.route("r", parents: [["name": "g"], ["name": "h"]], hostnames: ["y.example"])
        let status = Self.statuses(gateways, routes: [route]).status(of: PoolView(Self.pool))
        let parents = status?["parents"]?.elements ?? []
        #expect(parents.map { $0[path: "parentRef", "name"]?.string } == ["g", "h"])
        #expect(
            parents.map(Self.facts) == [
                ["Accepted=True/Accepted", "ResolvedRefs=True/ResolvedRefs"],
                ["Accepted=False/HTTPRouteNotAccepted", "ResolvedRefs=True/ResolvedRefs"],
            ])
        #expect(Self.statuses(gateways).status(of: PoolView(Self.pool)) == nil)
    }
}
