import Routing
import Testing

struct HTTPRouteTests {
    static let listener = ListenerTests.id("http")

    static func route(
        _ name: String, created: Int64 = 0, hosts: [String] = [], _ matches: [HTTPMatch] = [HTTPMatch()],
        rewrite: HTTPRewrite = HTTPRewrite(), weights: [UInt64] = [1]
    ) -> HTTPRoute {
        HTTPRoute(
            name: ObjectName(namespace: "dev", name: name), createdAt: created,
            hostnames: hosts.compactMap { Hostname($0) }, listeners: [listener],
            rules: [
                HTTPRule(
                    matches: matches, rewrite: rewrite,
                    targets: weights.enumerated().map {
                        PoolTarget(pool: ObjectName(namespace: "dev", name: "\(name)-\($0)"), weight: $1)
                    })
            ])
    }

    static func query(
        _ path: String, method: String = "POST", text: String = "", listener: ListenerID? = listener,
        _ headers: [String: String] = [:]
    ) -> RouteQuery {
        RouteQuery(model: "", path: path, method: method, queryText: text, listener: listener) {
            headers[$0.lowercased()] ?? ""
        }
    }

    static func winner(_ routes: [HTTPRoute], _ query: RouteQuery, draw: UInt64 = 0) -> RouteTable.Match? {
        guard case .matched(let match) = HTTPRouteTable(routes.shuffled()).match(query, draw: draw) else { return nil }
        return match
    }

    @Test(
        arguments: [
            ("/foo", "/foo", true), ("/foo", "/foo/", true), ("/foo/", "/foo", true), ("/foo", "/foo/bar", true),
            ("/foo", "/foobar", false), ("/foo", "/Foo", false), ("/", "/any", true), ("/", "/", true),
        ] as [(String, String, Bool)])
    func `a prefix is of whole elements`(prefix: String, path: String, isSo: Bool) {
        let match = Self.winner([Self.route("r", [HTTPMatch(path: .prefix(prefix))])], Self.query(path))
        #expect((match != nil) == isSo)
    }

    @Test func `method, headers and query all have to hold`() throws {
        let match = HTTPMatch(
            path: .exact("/v1/x"), method: "GET",
            headers: [
                .init(name: "X-Tier", match: .exact("gold")),
                .init(name: "X-User", match: .regex(try Pattern("^[a-z]+$"))),
            ], query: [.init(name: "v", match: .exact("a b"))])
        let routes = [Self.route("r", [match])]
        let headers = ["x-tier": "gold", "x-user": "ann"]
        #expect(Self.winner(routes, Self.query("/v1/x", method: "GET", text: "u=1&v=a+b", headers)) != nil)
        #expect(Self.winner(routes, Self.query("/v1/x", method: "GET", text: "v=a%20b", headers)) != nil)
        #expect(Self.winner(routes, Self.query("/v1/x", method: "POST", text: "v=a+b", headers)) == nil)
        #expect(Self.winner(routes, Self.query("/v1/x", method: "GET", text: "v=b", headers)) == nil)
        #expect(Self.winner(routes, Self.query("/v1/x", method: "GET", headers)) == nil)
        #expect(Self.winner(routes, Self.query("/v1/x", method: "GET", text: "v=a+b", ["x-tier": "gold"])) == nil)
        #expect(Self.winner(routes, Self.query("/v1/x/", method: "GET", text: "v=a+b", headers)) == nil)
    }

    /// From the best match of a request on to the worst.
    @Test func `the better match decides, whatever the order of routes`() throws {
        let header = HTTPMatch.Value(name: "x-a", match: .exact("1"))
        let parameter = HTTPMatch.Value(name: "q", match: .exact("1"))
        var routes = [
            Self.route("exact-host", hosts: ["a.b.example"]),
            Self.route("long-wildcard", hosts: ["*.b.example"]), Self.route("wildcard", hosts: ["*.example"]),
            Self.route("exact", [HTTPMatch(path: .exact("/v1/chat"))]),
            Self.route("longer", [HTTPMatch(path: .prefix("/v1/chat"))]),
            Self.route("method", [HTTPMatch(path: .prefix("/v1"), method: "POST")]),
            Self.route("headers", [HTTPMatch(path: .prefix("/v1"), headers: [header])]),
            Self.route("parameters", [HTTPMatch(path: .prefix("/v1"), query: [parameter])]),
            Self.route("shorter", [HTTPMatch(path: .prefix("/v1"))]),
            Self.route("older", created: 1), Self.route("a-newer", created: 2), Self.route("b-newer", created: 2),
            Self.route("regex", created: -1, [HTTPMatch(path: .regex(try Pattern("chat")))]),
        ]
        let query = Self.query("/v1/chat", text: "q=1", ["x-a": "1", "host": "a.b.example:80"])
        while let best = routes.first {
            #expect(Self.winner(routes, query)?.route == best.name)
            routes.removeFirst()
        }
    }

    @Test func `a route of another listener takes nothing`() {
        let routes = [Self.route("r")]
        #expect(Self.winner(routes, Self.query("/", listener: ListenerTests.id("other"))) == nil)
        #expect(Self.winner(routes, Self.query("/", listener: nil)) == nil)
    }

    @Test func `pools get their weight's share, and none at all when all are zero`() {
        let routes = [Self.route("r", weights: [3, 0, 1])]
        var counts: [String: Int] = [:]
        for draw in 0..<400 {
            counts[Self.winner(routes, Self.query("/"), draw: UInt64(draw))?.server.name ?? "", default: 0] += 1
        }
        #expect(counts == ["r-0": 300, "r-2": 100])
        let nothing = Self.route("zero", weights: [0, 0])
        #expect(HTTPRouteTable([nothing]).match(Self.query("/"), draw: 0) == .noTarget(route: nothing.name))
    }

    @Test(
        arguments: [
            (.full("/new"), "/old", "/old/x", "/new"), (.prefix("/new"), "/old", "/old/x", "/new/x"),
            (.prefix("/new/"), "/old/", "/old/x", "/new/x"), (.prefix("/new"), "/old", "/old", "/new"),
            (.prefix("/"), "/old", "/old/x", "/x"), (.prefix("/"), "/old", "/old", "/"),
            (.prefix("/new"), "/", "/x", "/new/x"),
        ] as [(HTTPRewrite.Path, String, String, String)])
    func `rewrites the path`(rewrite: HTTPRewrite.Path, prefix: String, path: String, new: String) {
        let routes = [
            Self.route(
                "r", [HTTPMatch(path: .prefix(prefix))], rewrite: HTTPRewrite(hostname: "engine", path: rewrite))
        ]
        let match = Self.winner(routes, Self.query(path))
        #expect(match?.path == new)
        #expect(match?.host == "engine")
        #expect(match?.backend == .inferencePool)
    }
}
