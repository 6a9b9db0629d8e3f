import JSONValues
import KubernetesAPI
import KubernetesClient
import Testing

@Suite(.timeLimit(.minutes(1))) struct FailureTests {
    struct Row: Sendable {
        var replies: [Reply]
        /// The calls that reach the server.
        var calls: Int
        /// Nil where the request succeeds in the end.
        var code: Int?
    }

    static let ok = Reply.json(.pod("a"))

    static let reads: [Row] = [
        Row(replies: [.json(503, .status(503, .serviceUnavailable)), ok], calls: 2, code: nil),
        Row(replies: [.text(500, "boom"), .text(502, "<html>"), ok], calls: 3, code: nil),
        Row(replies: [.json(429, .status(429, .tooManyRequests), retryAfter: 0), ok], calls: 2, code: nil),
        Row(
            replies: [
                .json(
                    429,
                    APIStatus(
                        code: 429, reason: .tooManyRequests, message: "later", details: ["retryAfterSeconds": 1]
                    ).json), ok,
            ], calls: 2, code: nil),
        Row(replies: [.text(503, "")], calls: 5, code: 503),
        Row(replies: [.json(401, .status(401, .unauthorized)), ok], calls: 1, code: 401),
        Row(replies: [.text(501, "")], calls: 1, code: 501),
        Row(replies: [.json(404, .status(404, .notFound))], calls: 1, code: 404),
        Row(replies: [.json(409, .status(409, .conflict))], calls: 1, code: 409),
    ]

    static let creations: [Row] = [
        Row(replies: [.json(503, .status(503, .serviceUnavailable)), ok], calls: 1, code: 503),
        Row(replies: [.json(429, .status(429, .tooManyRequests), retryAfter: 0), ok], calls: 2, code: nil),
    ]

    @Test(arguments: reads) func `a read is tried again where that may help`(row: Row) async throws {
        try await Self.check(row) { _ = try await $0.get(.pod, namespace: "dev", name: "a") }
    }

    @Test(arguments: creations) func `a creation is tried again only when it was not carried out`(row: Row) async throws
    {
        try await Self.check(row) { _ = try await $0.create(.pod, KubernetesObject(.pod("a"))) }
    }

    private static func check(
        _ row: Row, _ operation: @escaping @Sendable (KubernetesClient) async throws -> Void
    ) async throws {
        try await ScriptedServer.run(reply: { _, number in row.replies[min(number, row.replies.count) - 1] }) {
            server in
            let client = try server.client()
            do {
                try await operation(client)
                #expect(row.code == nil)
            } catch let status as APIStatus {
                #expect(status.code == row.code)
            }
            #expect(server.calls.count == row.calls)
            try await client.shutdown()
        }
    }

    @Test func `the server's reason and details arrive`() async throws {
        let details: JSONValue = ["name": "a", "causes": [["field": "spec.x", "message": "must be positive"]]]
        let status = APIStatus(code: 422, reason: .invalid, message: "Pod a is invalid", details: details)
        try await ScriptedServer.run(reply: { _, _ in .json(422, status.json) }) { server in
            let client = try server.client()
            let thrown = await #expect(throws: APIStatus.self) {
                try await client.create(.pod, KubernetesObject(.pod("a")))
            }
            #expect(thrown == status)
            try await client.shutdown()
        }
    }

    @Test func `a server that is not there is named`() async throws {
        // The port was a server's a moment ago and is nobody's now.
        let port = PortBox()
        try await ScriptedServer.run(reply: { _, _ in .json(.null) }) { port.set($0.port) }
        let server = "http://127.0.0.1:\(port.value)"
        let client = try KubernetesClient(ClientConfiguration(server: server), logger: .silent)
        let error = await #expect(throws: TransportError.self) { try await client.get(.node, name: "n") }
        #expect(error?.description == "cannot reach \(server): connection refused; is it running?")
        try await client.shutdown()
    }

    @Test func `TLS with the configured authority works and others are refused`() async throws {
        try await ScriptedServer.run(tls: true, reply: { _, _ in .json(["gitVersion": "v1"]) }) { server in
            var configuration = ClientConfiguration(
                server: "https://127.0.0.1:\(server.port)", credential: .token("t0ken"))
            configuration.authority = Array(TestCertificates.server.utf8)
            configuration.serverName = "api.example"
            let client = try KubernetesClient(configuration, logger: .silent)
            #expect(try await client.read(path: "/version") == ["gitVersion": "v1"])
            #expect(server.calls.first?.authorization == "Bearer t0ken")
            try await client.shutdown()

            configuration.serverName = nil
            let misnamed = try KubernetesClient(configuration, logger: .silent)
            let misname = await #expect(throws: TransportError.self) { try await misnamed.read(path: "/version") }
            #expect(misname?.description.contains("a certificate for another name") == true)
            try await misnamed.shutdown()

            configuration.serverName = "api.example"
            configuration.authority = Array(TestCertificates.stranger.utf8)
            let stranger = try KubernetesClient(configuration, logger: .silent)
            let error = await #expect(throws: TransportError.self) { try await stranger.read(path: "/version") }
            #expect(error?.description.contains("the configured authority did not sign") == true)
            #expect(server.calls.count == 1)
            try await stranger.shutdown()
        }
    }
}
