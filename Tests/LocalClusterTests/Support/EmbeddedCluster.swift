import AsyncHTTPClient
import Logging
import Synchronization

@testable import LocalCluster

/// Runs a local cluster on a free port for as long as `body` takes.
func withEmbeddedCluster<Value: Sendable>(
    directory: String, crdDirectory: String = "",
    _ body: @Sendable @escaping (APIConnection) async throws -> Value
) async throws -> Value {
    let (ports, source) = AsyncStream.makeStream(of: Int.self)
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let cluster = LocalCluster(
        LocalClusterConfiguration(dataDirectory: directory, port: 0, crdDirectory: crdDirectory), logger: logger
    ) { port in
        source.yield(port)
    }
    return try await withThrowingTaskGroup(of: Value?.self) { group in
        group.addTask {
            defer { source.finish() }
            try await cluster.run()
            return nil
        }
        group.addTask {
            var iterator = ports.makeAsyncIterator()
            guard let port = await iterator.next() else { return nil }
            let client = APIConnection.client(certificateAuthority: "\(directory)/ca.crt")
            let token = try text(ofFile: "\(directory)/token")
            let connection = APIConnection(
                server: "https://127.0.0.1:\(port)", token: token, client: client,
                certificateAuthority: "\(directory)/ca.crt")
            let value: Value
            do {
                value = try await body(connection)
            } catch {
                try await client.shutdown()
                throw error
            }
            try await client.shutdown()
            return value
        }
        defer { group.cancelAll() }
        while let result = try await group.next() {
            if let result { return result }
        }
        throw LocalClusterError("the cluster ended before its test")
    }
}

/// A cluster in a directory of its own.
func withEmbeddedCluster<Value: Sendable>(
    _ body: @Sendable @escaping (APIConnection) async throws -> Value
) async throws -> Value {
    try await withTemporaryDirectory { directory in
        try await withEmbeddedCluster(directory: directory, body)
    }
}
