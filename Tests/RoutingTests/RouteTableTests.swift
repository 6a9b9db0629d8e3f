import Routing
import Testing

struct RouteTableTests {
    func route(
        _ name: String, model: String = "m", adapters: [String] = [], createdAt: Int64 = 0, version: String = "",
        hasParents: Bool = false, rules: [RouteRule]? = nil
    ) -> Route {
        Route(
            name: ObjectName(namespace: "dev", name: name), createdAt: createdAt, resourceVersion: version,
            model: model,
            adapters: adapters, hasParents: hasParents,
            rules: rules ?? [RouteRule(targets: [RouteTarget(server: "\(name)-server")])])
    }

    @Test func `the oldest of several routes for one model wins, then the lower version, then the name`() {
        let routes = [
            route("c", createdAt: 20), route("b", createdAt: 10, version: "12"),
            route("a", createdAt: 10, version: "12"),
            route("d", createdAt: 10, version: "9"),
        ]
        var left = routes
        for winner in ["d", "a", "b", "c"] {
            let match = RouteTable(routes: left.shuffled()).match(RouteQuery(model: "m", path: "/v1/x"), draw: 0)
            #expect(match?.route.name == winner)
            left.removeAll { $0.name.name == winner }
        }
        #expect(RouteTable().match(RouteQuery(model: "m", path: "/"), draw: 0) == nil)
    }

    @Test func `a model name comes before the same name as an adapter`() {
        let table = RouteTable(routes: [route("old", model: "base", adapters: ["m", "x"]), route("new", createdAt: 5)])
        let asModel = table.match(RouteQuery(model: "m", path: "/"), draw: 0)
        #expect(asModel?.route.name == "new")
        #expect(asModel?.isAdapter == false)
        let asAdapter = table.match(RouteQuery(model: "x", path: "/"), draw: 0)
        #expect(asAdapter?.route.name == "old")
        #expect(asAdapter?.isAdapter == true)
        #expect(table.modelNames == ["base", "m", "x"])
    }

    @Test func `routes of gateways are not for the plain listener`() {
        let table = RouteTable(routes: [route("a", hasParents: true), route("b", createdAt: 9)])
        #expect(table.match(RouteQuery(model: "m", path: "/"), draw: 0)?.route.name == "b")
    }

    @Test func `a listener's requests are for the routes attached to it, without the Gateway API for those of none`() {
        let (first, second) = (ListenerTests.id("a"), ListenerTests.id("b"))
        var attached = route("old", adapters: ["l"], hasParents: true)
        attached.listeners = [first]
        var other = route("new", createdAt: 5)
        other.listeners = [second]
        let table = RouteTable(routes: [attached, other, route("nowhere", createdAt: 9)])
        func winner(_ model: String, _ listener: ListenerID?) -> String? {
            table.match(RouteQuery(model: model, path: "/v1/x", listener: listener), draw: 0)?.route.name
        }
        #expect(winner("m", first) == "old")
        #expect(winner("m", second) == "new")
        #expect(winner("m", nil) == "new")
        #expect(winner("l", first) == "old")
        #expect(winner("l", second) == nil)
        #expect(winner("m", ListenerTests.id("c")) == nil)
    }

    @Test func `every condition of a rule has to hold, and the first rule that does decides`() throws {
        let rules = [
            RouteRule(
                name: "vip", headers: ["X-User": .exact("vip"), "x-tier": .prefix("gold")],
                path: .regex(try Pattern("^/v1/chat")), bodyModel: "m", targets: [RouteTarget(server: "vip")]),
            RouteRule(name: "empty", targets: []),
            RouteRule(name: "absent", headers: ["x-user": .exact("")], targets: [RouteTarget(server: "absent")]),
            RouteRule(name: "rest", targets: [RouteTarget(server: "rest")]),
        ]
        let table = RouteTable(routes: [route("a", rules: rules)])
        func rule(_ headers: [String: String], path: String = "/v1/chat/completions") -> String? {
            table.match(RouteQuery(model: "m", path: path) { headers[$0.lowercased()] ?? "" }, draw: 0)?.rule
        }
        #expect(rule(["x-user": "vip", "x-tier": "golden"]) == "vip")
        #expect(rule(["x-user": "vip", "x-tier": "silver"]) == "rest")
        #expect(rule(["x-user": "vip", "x-tier": "gold"], path: "/v1/completions") == "rest")
        #expect(rule([:]) == "absent")
    }

    @Test func `targets get their weight's share`() {
        let rule = RouteRule(targets: [
            RouteTarget(server: "a", weight: 70), RouteTarget(server: "none", weight: 0),
            RouteTarget(server: "b", weight: 30),
        ])
        let table = RouteTable(routes: [route("r", rules: [rule])])
        var counts: [String: Int] = [:]
        for draw in 0..<1_000 {
            let match = table.match(RouteQuery(model: "m", path: "/"), draw: UInt64(draw))
            counts[match?.server.name ?? "", default: 0] += 1
        }
        #expect(counts == ["a": 700, "b": 300])
        let zero = RouteTable(routes: [
            route("z", rules: [RouteRule(targets: [RouteTarget(server: "a", weight: 0)])])
        ])
        #expect(zero.match(RouteQuery(model: "m", path: "/"), draw: 0) == nil)
    }
}
