import NIOCore
import Observability
import TestKit
import Testing

/// What a hostile client of HTTP/2 may cost: each limit named in `HTTP2Limits`, from below and from above.
struct HTTP2FloodTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var allowed: [UInt8]
        var refused: [UInt8]
        var reason: String
        /// ENHANCE_YOUR_CALM unless said otherwise.
        var code: UInt32 = 11
        var testDescription: String { name }
    }

    private typealias Wire = HTTP2Wire

    private static func times(_ count: Int, _ frame: (UInt32) -> [UInt8]) -> [UInt8] {
        (0..<UInt32(count)).flatMap { frame($0 * 2 + 1) }
    }

    private static func resets(_ count: Int) -> [UInt8] {
        times(count) { Wire.request($0, isLast: false) + Wire.frame(.reset, 0, $0, Wire.bytes(8)) }
    }

    private static func head(continuations count: Int) -> [UInt8] {
        Wire.frame(.headers, 1, 1, Wire.block(Wire.health))
            + (1...count).flatMap { Wire.frame(.continuation, $0 == count ? 4 : 0, 1, Wire.block([("x\($0)", "y")])) }
    }

    private static func fields(bytes: Int) -> [UInt8] {
        let fields = (0..<bytes / 1_000).map { ("x\($0)", String(repeating: "a", count: 950)) }
        let block = Wire.block(Wire.health + fields)
        var frames: [UInt8] = []
        var rest = block[...]
        while !rest.isEmpty {
            let piece = Array(rest.prefix(16_000))
            rest = rest.dropFirst(piece.count)
            frames += Wire.frame(
                frames.isEmpty ? .headers : .continuation, (frames.isEmpty ? 1 : 0) | (rest.isEmpty ? 4 : 0), 1, piece)
        }
        return frames
    }

    static let rows: [Row] = [
        Row(name: "rapid reset", allowed: resets(400), refused: resets(600), reason: "reset_flood"),
        Row(
            name: "CONTINUATION", allowed: head(continuations: 7), refused: head(continuations: 12),
            reason: "continuation_flood"),
        Row(
            name: "PING", allowed: times(900) { _ in Wire.frame(.ping, 0, 0, Array("01234567".utf8)) },
            refused: times(1_200) { _ in Wire.frame(.ping, 0, 0, Array("01234567".utf8)) }, reason: "control_flood"),
        Row(
            name: "SETTINGS", allowed: times(900) { _ in Wire.frame(.settings) },
            refused: times(1_200) { _ in Wire.frame(.settings) }, reason: "control_flood"),
        Row(
            name: "PRIORITY", allowed: times(900) { Wire.frame(.priority, 0, $0, [0, 0, 0, 0, 1]) },
            refused: times(1_200) { Wire.frame(.priority, 0, $0, [0, 0, 0, 0, 1]) }, reason: "control_flood"),
        Row(
            name: "empty DATA", allowed: Wire.request(1, isLast: false) + times(4) { _ in Wire.frame(.data, 0, 1) },
            refused: Wire.request(1, isLast: false) + times(10) { _ in Wire.frame(.data, 0, 1) },
            reason: "empty_data_flood"),
        Row(
            name: "malformed requests", allowed: times(200) { Wire.request($0, [Wire.health[0]]) },
            refused: times(300) { Wire.request($0, [Wire.health[0]]) }, reason: "error_flood"),
        Row(
            name: "a huge head", allowed: fields(bytes: 50_000), refused: fields(bytes: 80_000),
            reason: "header_list_too_large", code: 1),
    ]

    @Test(arguments: rows)
    func `is stopped at its limit and not before`(row: Row) async throws {
        try await GatewayHarness.run([]) { harness async throws in
            let calm = try await RawClient.connect(harness.port)
            try await calm.send(ByteBuffer(bytes: HTTP2Wire.hello + row.allowed + HTTP2Wire.request(9_001)))
            try await eventually("an answer after what is allowed") {
                HTTP2Wire.frames(calm.bytes).contains { $0.stream == 9_001 && $0.kind == 0 } || calm.isClosed
            }
            #expect(!calm.isClosed, "\(HTTP2Wire.frames(calm.bytes).suffix(3))")
            try await calm.close()

            let wild = try await RawClient.connect(harness.port)
            _ = try? await wild.send(ByteBuffer(bytes: HTTP2Wire.hello + row.refused))
            _ = try await wild.readToEnd()
            #expect(
                harness.metrics.text().contains(#"martlet_gateway_http2_faults_total{reason="\#(row.reason)"}"#),
                "\(HTTP2Wire.frames(wild.bytes).suffix(2))")
            let goAway = HTTP2Wire.frames(wild.bytes).last { $0.kind == HTTP2Wire.Kind.goAway.rawValue }
            #expect(goAway == nil || goAway?.code == row.code, "\(String(describing: goAway))")
            // Others are served on.
            #expect(try await harness.ask(HTTP2Tests.health).hasPrefix("HTTP/1.1 200 "))
        }
    }

    @Test func `a stream too many is refused and the others go on`() async throws {
        let engine = try await ScriptedEngine.start { _ in [.pause(.milliseconds(300)), ScriptedEngine.response("{}")] }
        try await GatewayHarness.run([engine.endpoint()]) { harness async throws in
            let client = try await RawClient.connect(harness.port)
            let body = Array(HTTP2Tests.question.utf8)
            let fields = [(":method", "POST"), (":scheme", "http"), (":path", "/v1/completions"), (":authority", "a")]
            let requests = Self.times(130) { Wire.request($0, fields, isLast: false) + Wire.frame(.data, 1, $0, body) }
            try await client.send(ByteBuffer(bytes: HTTP2Wire.hello + requests))
            try await eventually("128 answers or the connection's end") {
                let ends = HTTP2Wire.frames(client.bytes).filter { $0.kind == 0 && $0.flags & 1 == 1 }
                return ends.count == 128 || client.isClosed
            }
            let refused = HTTP2Wire.frames(client.bytes).filter { $0.code != nil }
            #expect(refused.allSatisfy { $0.code == 7 || $0.code == 1 }, "\(refused)")
            _ = try? await client.close()
        }
    }
}
