import JSONValues
import NIOCore
import NIOPosix

/// The bootstrap server of vLLM's mooncake connector: decode engines and routers ask it at `/query` who the prefill
/// engine is and where its workers are.
enum BootstrapServer {
    /// The engine's id, and its side channel.
    typealias Identity = (id: String, host: String, port: Int)

    private static let answerBytesMax = 65_536
    private typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    // MARK: The prefill engine

    /// Serves until cancelled. Every request is taken for the one question there is.
    static func run(_ place: (host: String, port: Int), _ identity: @escaping @Sendable () -> Identity) async throws {
        let server: NIOAsyncChannel<Connection, Never>
        do {
            server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .bind(host: place.host, port: place.port) { channel in
                    channel.eventLoop.makeCompletedFuture { try Connection(wrappingChannelSynchronously: channel) }
                }
        } catch let error as IOError {
            throw SimulatorError.cannotListen(
                "the bootstrap server", place.host, place.port, error,
                "set VLLM_MOONCAKE_BOOTSTRAP_PORT to a free port")
        }
        try await withThrowingDiscardingTaskGroup { group in
            try await server.executeThenClose { connections in
                for try await connection in connections {
                    group.addTask { try? await answer(connection, identity()) }
                }
            }
        }
    }

    private static func answer(_ connection: Connection, _ identity: Identity) async throws {
        try await connection.executeThenClose { inbound, outbound in
            guard try await head(of: inbound) else { return }
            let body: JSONValue = [
                "0": [
                    "engine_id": .string(identity.id),
                    "worker_addr": ["0": ["0": .string("tcp://\(identity.host):\(identity.port)")]],
                ]
            ]
            let text = body.text()
            try await outbound.write(
                ByteBuffer(
                    string: "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n"
                        + "content-length: \(text.utf8.count)\r\n\r\n\(text)"))
        }
    }

    private static func head(of inbound: NIOAsyncChannelInboundStream<ByteBuffer>) async throws -> Bool {
        var text = ""
        for try await part in inbound {
            text += String(buffer: part)
            if text.contains("\r\n\r\n") { return true }
            if text.utf8.count > answerBytesMax { return false }
        }
        return false
    }

    // MARK: The decode engine

    /// Where the prefill engine of this id waits, as its bootstrap server at `address` (`http://HOST:PORT`) says.
    static func find(_ engineID: String, at address: String) async throws -> (host: String, port: Int) {
        let place = try split(address, after: "http://")
        let connection = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connectTimeout(.seconds(1))
            .connect(host: place.host, port: place.port) { channel in
                channel.eventLoop.makeCompletedFuture { try Connection(wrappingChannelSynchronously: channel) }
            }
        let text = try await connection.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: "GET /query HTTP/1.1\r\nhost: \(place.host)\r\n\r\n"))
            var text = ""
            for try await part in inbound where text.utf8.count <= answerBytesMax { text += String(buffer: part) }
            return text
        }
        guard let start = text.firstRange(of: "\r\n\r\n")?.upperBound else {
            throw SimulatorError("the bootstrap server at \(address) gave no answer")
        }
        let ranks = try JSONValue.parse(String(text[start...])).object ?? JSONObject()
        for (_, entry) in ranks where entry["engine_id"]?.string == engineID {
            guard let worker = entry[path: "worker_addr", "0", "0"]?.string else { break }
            return try split(worker, after: "tcp://")
        }
        throw SimulatorError("the bootstrap server at \(address) knows no engine \(engineID)")
    }

    private static func split(_ address: String, after scheme: String) throws -> (host: String, port: Int) {
        let rest = address.hasPrefix(scheme) ? address.dropFirst(scheme.count) : ""
        guard let colon = rest.lastIndex(of: ":"), let port = Int(rest[rest.index(after: colon)...]) else {
            throw SimulatorError("\(address) is no address of the form \(scheme)HOST:PORT")
        }
        return (String(rest[..<colon]), port)
    }
}
