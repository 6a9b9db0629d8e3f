import Gateway
import Routing
import TestKit
import Testing

/// Listeners of Gateways: ports that come and go, and who serves what comes in on them.
struct ListenerTests {
    static func id(_ gateway: String) -> ListenerID {
        ListenerID(gateway: ObjectName(namespace: "dev", name: gateway), name: "http")
    }

    /// A route for model `m` at a listener, to a server of its own name.
    static func route(_ name: String, at listener: ListenerID) -> Route {
        var route = Route(
            name: ObjectName(namespace: "dev", name: name), model: "m", hasParents: true,
            rules: [RouteRule(targets: [RouteTarget(server: name)])])
        route.listeners = [listener]
        return route
    }

    static func server(_ name: String, _ engine: ScriptedEngine) -> TargetServer {
        TargetServer(name: ObjectName(namespace: "dev", name: name), endpoints: [engine.endpoint()])
    }

    static let question = post("/v1/completions", #"{"model":"m","prompt":"a"}"#)

    @Test func `a second Gateway's port opens and closes at run time, and routes by itself`() async throws {
        let first = try await ScriptedEngine.start("first") { _ in [ScriptedEngine.response("one")] }
        let second = try await ScriptedEngine.start("second") { _ in [ScriptedEngine.response("two")] }
        let extra = try await FreePorts.take(1)[0]
        try await GatewayHarness.run([], []) { harness async throws in
            func table(_ listeners: [Listener]) -> RouteTable {
                RouteTable(
                    routes: [Self.route("a", at: Self.id("a")), Self.route("b", at: Self.id("b"))],
                    servers: [Self.server("a", first), Self.server("b", second)], listeners: listeners)
            }
            let main = Listener(id: Self.id("a"), port: harness.port)
            harness.gateway.update(table([main]))
            #expect(harness.gateway.listenProblem(extra) != nil)
            harness.gateway.update(table([main, Listener(id: Self.id("b"), port: extra)]))
            try await eventually("the port to open") { harness.gateway.listenProblem(extra) == nil }
            var other = harness
            other.port = extra
            #expect(body(of: try await harness.ask(Self.question)) == "one")
            #expect(body(of: try await other.ask(Self.question)) == "two")
            // Only the router's own port tells how it is.
            #expect(try await harness.ask("GET /readyz HTTP/1.1\r\nHost: gateway\r\n\r\n").contains(" 200 OK"))
            #expect(try await other.ask("GET /readyz HTTP/1.1\r\nHost: gateway\r\n\r\n").contains(" 404 "))
            #expect(try await other.ask("GET /v1/models HTTP/1.1\r\nHost: gateway\r\n\r\n").contains(#""id":"m""#))
            let open = try await RawClient.connect(extra)

            harness.gateway.update(table([main]))
            try await eventually("the port to close") { harness.gateway.listenProblem(extra) != nil }
            await #expect(throws: (any Error).self) { _ = try await RawClient.connect(extra) }
            try await open.send(Self.question)
            let answer = try await open.read(until: "found\"}")
            #expect(answer.hasPrefix("HTTP/1.1 404 "))
            #expect(body(of: answer) == #"{"message":"No matching listener found"}"#)
            try await open.close()
        }
    }

    @Test func `a port that somebody else has is told, and opened once it is free`() async throws {
        let holder = try await ScriptedEngine.start("holder") { _ in [] }
        let port = holder.port
        try await GatewayHarness.run([], []) { harness async throws in
            harness.gateway.update(RouteTable(listeners: [Listener(id: Self.id("a"), port: port)]))
            try await eventually("the problem") {
                harness.gateway.listenProblem(port)?.contains("the port is in use") == true
            }
            try await holder.stop()
            try await eventually("the port") { harness.gateway.listenProblem(port) == nil }
        }
    }

    @Test func `a request for a name that no listener has is refused`() async throws {
        let engine = try await ScriptedEngine.start { _ in [ScriptedEngine.response("one")] }
        try await GatewayHarness.run([], []) { harness async throws in
            harness.gateway.update(
                RouteTable(
                    routes: [Self.route("a", at: Self.id("a"))], servers: [Self.server("a", engine)],
                    listeners: [Listener(id: Self.id("a"), port: harness.port, hostname: Hostname("*.example"))]))
            let named = Self.question.replacing("Host: gateway", with: "Host: a.example:80\r\nConnection: close")
            #expect(body(of: try await harness.ask(named)) == "one")
            let answer = try await harness.ask(Self.question)
            #expect(answer.hasPrefix("HTTP/1.1 404 "))
            #expect(body(of: answer) == #"{"message":"No matching listener found"}"#)
        }
    }

    @Test func `a ModelRoute comes first, and what has none goes by HTTPRoute with its body untouched`() async throws {
        let served = try await ScriptedEngine.start("served") { _ in [ScriptedEngine.response("served")] }
        let pooled = try await ScriptedEngine.start("pooled") { _ in [ScriptedEngine.response("pooled")] }
        var server = Self.server("a", served)
        server.model = "real"
        try await GatewayHarness.run([], []) { [server] harness async throws in
            let pool = ObjectName(namespace: "dev", name: "pool")
            let http = HTTPRoute(
                name: ObjectName(namespace: "dev", name: "llm-route"), listeners: [Self.id("a")],
                rules: [
                    HTTPRule(targets: [PoolTarget(pool: pool)]),
                    HTTPRule(
                        matches: [HTTPMatch(path: .prefix("/old"))],
                        rewrite: HTTPRewrite(hostname: "engine.example", path: .prefix("/v1")),
                        targets: [PoolTarget(pool: pool)]),
                    HTTPRule(matches: [HTTPMatch(path: .exact("/none"))], targets: []),
                    HTTPRule(
                        matches: [HTTPMatch(path: .exact("/gone"))],
                        targets: [PoolTarget(pool: ObjectName(namespace: "dev", name: "gone"))]),
                ])
            harness.gateway.update(
                RouteTable(
                    routes: [Self.route("a", at: Self.id("a"))], servers: [server],
                    pools: [TargetServer(name: pool, endpoints: [pooled.endpoint()])], httpRoutes: [http],
                    listeners: [Listener(id: Self.id("a"), port: harness.port)]))
            #expect(body(of: try await harness.ask(Self.question)) == "served")
            let other = #"{"model":"other","prompt":"a"}"#
            #expect(body(of: try await harness.ask(post("/v1/completions", other))) == "pooled")
            #expect(pooled.received.last?.body == other)
            #expect(body(of: try await harness.ask(post("/old/chat?x=1", "no JSON"))) == "pooled")
            #expect(pooled.received.last?.target == "/v1/chat?x=1")
            #expect(pooled.received.last?.fields["host"] == "engine.example")
            #expect(pooled.received.last?.body == "no JSON")
            // A path that is not of the API goes by HTTPRoute even for a model that has a ModelRoute.
            #expect(body(of: try await harness.ask(post("/other", #"{"model":"m","prompt":"a"}"#))) == "pooled")
            #expect(try await harness.ask(post("/none", "{}")).hasPrefix("HTTP/1.1 503 "))
            #expect(try await harness.ask(post("/gone", "{}")).contains("can't find inference pool: dev/gone"))
            let lines = harness.lines
            try await eventually("the lines") { lines.text.split(separator: "\n").count == 6 }
            let line = try #require(lines.text.split(separator: "\n").dropFirst().first)
            #expect(line.contains(" gateway=dev/a http_route=dev/llm-route inference_pool=dev/pool "), "\(line)")
            #expect(line.contains(" backend_type=inference_pool "), "\(line)")
            #expect(lines.text.contains("model_route=dev/a model_server=dev/a"))
        }
    }
}
