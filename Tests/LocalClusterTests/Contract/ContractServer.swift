import AsyncHTTPClient
import FoundationEssentials
import JSONValues
import Testing

/// The API server a contract is checked against, with a namespace of the test's own.
///
/// With MARTLET_CONTRACT_SERVER (an https address), MARTLET_CONTRACT_TOKEN and MARTLET_CONTRACT_CA (a file) that is a
/// real control plane; without them the embedded one, started for the test.
struct ContractServer: Sendable {
    let api: APIConnection
    let namespace: String

    static var isEmbedded: Bool { ProcessInfo.processInfo.environment["MARTLET_CONTRACT_SERVER"] == nil }

    /// The collection path of a kind in this test's namespace.
    func path(_ plural: String, _ rest: String = "") -> String {
        let root = plural == "widgets" ? "/apis/\(Widget.group)/v1" : "/api/v1"
        return "\(root)/namespaces/\(namespace)/\(plural)\(rest)"
    }

    static func run(_ body: @Sendable @escaping (ContractServer) async throws -> Void) async throws {
        let environment = ProcessInfo.processInfo.environment
        guard let server = environment["MARTLET_CONTRACT_SERVER"] else {
            try await withEmbeddedCluster { try await use($0, body) }
            return
        }
        let authority = environment["MARTLET_CONTRACT_CA"] ?? ""
        let client = APIConnection.client(certificateAuthority: authority)
        let api = APIConnection(
            server: server, token: environment["MARTLET_CONTRACT_TOKEN"], client: client,
            certificateAuthority: authority)
        do {
            try await use(api, body)
        } catch {
            try await client.shutdown()
            throw error
        }
        try await client.shutdown()
    }

    private static func use(
        _ api: APIConnection, _ body: @Sendable (ContractServer) async throws -> Void
    ) async throws {
        let namespace = "contract-\(UUID().uuidString.lowercased())"
        let made = try await api.post("/api/v1/namespaces", ["metadata": ["name": .string(namespace)]])
        try #require(made.code == 201, "\(made.text)")
        try await Widget.install(api)
        let server = ContractServer(api: api, namespace: namespace)
        do {
            try await body(server)
        } catch {
            _ = try await api.delete("/api/v1/namespaces/\(namespace)")
            throw error
        }
        _ = try await api.delete("/api/v1/namespaces/\(namespace)")
    }

    /// Asks until an answer is as wanted; a real control plane does in the background what the embedded one does at
    /// once.
    func eventually(
        _ what: String, _ isDone: @Sendable (APIConnection) async throws -> Bool
    ) async throws {
        for _ in 0..<100 {
            if try await isDone(api) { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        Issue.record("not within ten seconds: \(what)")
    }
}
