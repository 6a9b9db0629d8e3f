import NIOCore
import Observability
import TestKit
import Testing

/// What RFC 9113 asks of a server, row by row, from bytes.
struct HTTP2ConformanceTests {
    /// Error codes of RFC 9113 §7.
    enum Code: UInt32 {
        case none, protocolError, internalError, flowControl, settingsTimeout, streamClosed, frameSize, refusedStream
        case cancel, compression, connect, enhanceYourCalm
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var bytes: [UInt8]
        var codes: [Code]
        var testDescription: String { name }

        init(_ name: String, _ bytes: [UInt8], _ codes: Code...) {
            self.name = name
            self.bytes = bytes
            self.codes = codes
        }
    }

    private typealias Wire = HTTP2Wire

    static let connectionErrors: [Row] = [
        Row("DATA on stream 0", Wire.frame(.data, 0, 0, [1]), .protocolError),
        Row("DATA on an idle stream", Wire.frame(.data, 0, 1, [1]), .protocolError, .streamClosed),
        Row("HEADERS on stream 0", Wire.request(0), .protocolError),
        Row("HEADERS on an even stream", Wire.request(2), .protocolError),
        Row("a stream below the last one", Wire.request(5) + Wire.request(3), .protocolError, .streamClosed),
        Row("SETTINGS on a stream", Wire.frame(.settings, 0, 1), .protocolError),
        Row("SETTINGS of 5 bytes", Wire.frame(.settings, 0, 0, [0, 1, 0, 0, 0]), .frameSize),
        Row("an acknowledgement with settings", Wire.frame(.settings, 1, 0, Wire.setting(1, 1)), .frameSize),
        Row("ENABLE_PUSH of 2", Wire.frame(.settings, 0, 0, Wire.setting(2, 2)), .protocolError),
        Row("INITIAL_WINDOW_SIZE of 2^31", Wire.frame(.settings, 0, 0, Wire.setting(4, 1 << 31)), .flowControl),
        Row("MAX_FRAME_SIZE of 100", Wire.frame(.settings, 0, 0, Wire.setting(5, 100)), .protocolError),
        Row("MAX_FRAME_SIZE of 2^24", Wire.frame(.settings, 0, 0, Wire.setting(5, 1 << 24)), .protocolError),
        Row("PING of 7 bytes", Wire.frame(.ping, 0, 0, Array(repeating: 0, count: 7)), .frameSize),
        Row("PING on a stream", Wire.frame(.ping, 0, 1, Array(repeating: 0, count: 8)), .protocolError),
        Row("RST_STREAM of an idle stream", Wire.frame(.reset, 0, 1, Wire.bytes(8)), .protocolError),
        Row("RST_STREAM on stream 0", Wire.frame(.reset, 0, 0, Wire.bytes(8)), .protocolError),
        Row("RST_STREAM of 3 bytes", Wire.request(1, isLast: false) + Wire.frame(.reset, 0, 1, [0, 0, 8]), .frameSize),
        Row("WINDOW_UPDATE of an idle stream", Wire.frame(.windowUpdate, 0, 1, Wire.bytes(1)), .protocolError),
        Row("WINDOW_UPDATE of 0", Wire.frame(.windowUpdate, 0, 0, Wire.bytes(0)), .protocolError),
        Row(
            "a window beyond 2^31-1", Wire.frame(.windowUpdate, 0, 0, Wire.bytes(0x7FFF_FFFF)), .flowControl,
            .protocolError),
        Row("WINDOW_UPDATE of 3 bytes", Wire.frame(.windowUpdate, 0, 0, [0, 0, 1]), .frameSize),
        Row("CONTINUATION of nothing", Wire.frame(.continuation, 4, 1, Wire.block(Wire.health)), .protocolError),
        Row(
            "another frame inside a head",
            Wire.frame(.headers, 1, 1, Wire.block(Wire.health))
                + Wire.frame(.ping, 0, 0, Array(repeating: 0, count: 8)), .protocolError),
        Row("a field of a table that is not there", Wire.frame(.headers, 5, 1, [0xFF, 0x80, 0x01]), .compression),
        Row("a field cut short", Wire.frame(.headers, 5, 1, [0, 5, 0x61]), .compression),
        Row(
            "a frame larger than allowed", Wire.frame(.data, 0, 1, Array(repeating: 0, count: 20), length: 1 << 17),
            .frameSize),
        Row("PUSH_PROMISE of a client", Wire.frame(.pushPromise, 4, 1, Wire.bytes(2)), .protocolError),
        Row("more padding than frame", Wire.frame(.headers, 13, 1, [200, 0]), .protocolError),
    ]

    @Test(arguments: connectionErrors)
    func `ends the connection with GOAWAY`(row: Row) async throws {
        try await GatewayHarness.run([]) { harness async throws in
            let client = try await RawClient.connect(harness.port)
            try await client.send(ByteBuffer(bytes: HTTP2Wire.hello + row.bytes))
            _ = try await client.readToEnd()
            let frames = HTTP2Wire.frames(client.bytes)
            let goAway = frames.last { $0.kind == HTTP2Wire.Kind.goAway.rawValue }
            #expect(row.codes.map(\.rawValue).contains(goAway?.code ?? 99), "\(frames)")
            try await eventually("the connection's end here") {
                harness.metrics.text().contains("martlet_gateway_http2_connections 0")
            }
        }
    }

    static func head(_ fields: [(String, String)]) -> [UInt8] { HTTP2Wire.request(1, fields) }

    static let streamErrors: [Row] = [
        Row("a name in capitals", head(Wire.health + [("X-A", "b")]), .protocolError),
        Row("a field of the connection", head(Wire.health + [("connection", "close")]), .protocolError),
        Row("a transfer coding", head(Wire.health + [("transfer-encoding", "chunked")]), .protocolError),
        Row("te other than trailers", head(Wire.health + [("te", "gzip")]), .protocolError),
        Row("a line break in a value", head(Wire.health + [("x", "a\r\nb: c")]), .protocolError),
        Row("no :path", head([Wire.health[0], Wire.health[1], Wire.health[3]]), .protocolError),
        Row("an empty :path", head([Wire.health[0], Wire.health[1], (":path", "")]), .protocolError),
        Row("no :scheme", head([Wire.health[0], Wire.health[2]]), .protocolError),
        Row("two :method", head([Wire.health[0]] + Wire.health), .protocolError),
        Row("an unknown pseudo-header", head(Wire.health + [(":test", "1")]), .protocolError),
        Row("a pseudo-header of answers", head(Wire.health + [(":status", "200")]), .protocolError),
        Row("a pseudo-header after a field", head([("x", "y")] + Wire.health), .protocolError),
        Row(
            "less data than announced",
            Wire.request(1, Wire.health + [("content-length", "2")], isLast: false) + Wire.frame(.data, 1, 1, [0x61]),
            .protocolError),
        Row(
            "more data than announced",
            Wire.request(1, Wire.health + [("content-length", "1")], isLast: false)
                + Wire.frame(.data, 1, 1, [0x61, 0x61]), .protocolError),
        Row(
            "a window update of 0",
            Wire.request(1, isLast: false) + Wire.frame(.windowUpdate, 0, 1, Wire.bytes(0)), .protocolError),
    ]

    @Test(arguments: streamErrors)
    func `resets the stream alone`(row: Row) async throws {
        try await GatewayHarness.run([]) { harness async throws in
            let client = try await RawClient.connect(harness.port)
            try await client.send(ByteBuffer(bytes: HTTP2Wire.hello + row.bytes + HTTP2Wire.request(3)))
            try await eventually("an answer on stream 3") {
                HTTP2Wire.frames(client.bytes).contains { $0.stream == 3 && $0.kind == 0 && $0.flags & 1 == 1 }
                    || client.isClosed
            }
            let frames = HTTP2Wire.frames(client.bytes)
            let reset = frames.first { $0.stream == 1 && $0.kind == HTTP2Wire.Kind.reset.rawValue }
            #expect(row.codes.map(\.rawValue).contains(reset?.code ?? 99), "\(frames)")
            #expect(!frames.contains { $0.stream == 1 && $0.kind == HTTP2Wire.Kind.headers.rawValue })
            #expect(frames.contains { $0.stream == 3 && $0.kind == HTTP2Wire.Kind.headers.rawValue })
            try await client.close()
        }
    }

    static let tolerated: [Row] = [
        Row("an unknown frame", Wire.frame(.unknown, 7, 0, [1, 2, 3])),
        Row("an unknown setting", Wire.frame(.settings, 0, 0, Wire.setting(200, 1))),
        Row("PRIORITY", Wire.frame(.priority, 0, 1, Wire.bytes(0) + [1])),
        Row("padding", Wire.frame(.headers, 13, 1, [3] + Wire.block(Wire.health) + [0, 0, 0])),
        Row(
            "a head in three frames",
            Wire.frame(.headers, 1, 1, Array(Wire.block(Wire.health).prefix(5)))
                + Wire.frame(.continuation, 0, 1, Array(Wire.block(Wire.health).dropFirst(5).prefix(9)))
                + Wire.frame(.continuation, 4, 1, Array(Wire.block(Wire.health).dropFirst(14)))),
        Row(
            "trailers",
            Wire.request(1, isLast: false) + Wire.frame(.data, 0, 1, [0x61])
                + Wire.frame(.headers, 5, 1, Wire.block([("x-end", "1")]))),
        Row("a huge window", Wire.frame(.settings, 0, 0, Wire.setting(4, 0x7FFF_FFFF))),
    ]

    @Test(arguments: tolerated)
    func `goes on after it`(row: Row) async throws {
        try await GatewayHarness.run([]) { harness async throws in
            let client = try await RawClient.connect(harness.port)
            let ping = HTTP2Wire.frame(.ping, 0, 0, Array("deadbeef".utf8))
            try await client.send(ByteBuffer(bytes: HTTP2Wire.hello + row.bytes + HTTP2Wire.request(3) + ping))
            try await eventually("an answer on stream 3, and to the ping") {
                let frames = HTTP2Wire.frames(client.bytes)
                return client.isClosed
                    || frames.contains { $0.stream == 3 && $0.kind == 0 && $0.flags & 1 == 1 }
                        && frames.contains { $0.kind == 6 && $0.flags == 1 && $0.payload == Array("deadbeef".utf8) }
            }
            #expect(!client.isClosed)
            #expect(!HTTP2Wire.frames(client.bytes).contains { $0.code != nil })
            try await client.close()
        }
    }

    @Test(arguments: [1, 20_261_121] as [UInt64])
    func `garbage ends connections and nothing else`(seed: UInt64) async throws {
        try await GatewayHarness.run([]) { harness async throws in
            var random = SeededRandom(seed: seed)
            for round in 0..<200 {
                let client = try await RawClient.connect(harness.port)
                var bytes = HTTP2Wire.hello
                for _ in 0..<Int.random(in: 1...12, using: &random) { bytes += Self.garbage(&random) }
                // Cut anywhere.
                let cut = Int.random(in: 0...bytes.count, using: &random)
                _ = try? await client.send(ByteBuffer(bytes: bytes.prefix(cut)))
                _ = try? await client.send(ByteBuffer(bytes: bytes.dropFirst(cut)))
                if round % 40 == 0 {
                    let answer = try await harness.ask(HTTP2Tests.health)
                    #expect(answer.hasPrefix("HTTP/1.1 200 "))
                }
                _ = try? await client.close()
            }
            let metrics = harness.metrics
            try await eventually("every connection's end, seed \(seed)") {
                metrics.text().contains("martlet_gateway_client_connections 0\n")
            }
        }
    }

    /// A frame that is well-formed more often than not, or noise.
    private static func garbage(_ random: inout SeededRandom) -> [UInt8] {
        func noise(_ most: Int, _ random: inout SeededRandom) -> [UInt8] {
            (0..<Int.random(in: 0...most, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
        }
        let stream = UInt32.random(in: 0...9, using: &random)
        switch Int.random(in: 0..<8, using: &random) {
        case 0: return noise(60, &random)
        case 1: return HTTP2Wire.request(stream)
        case 2: return HTTP2Wire.request(stream, isLast: false)
        case 3: return HTTP2Wire.frame(.data, UInt8.random(in: 0...9, using: &random), stream, noise(40, &random))
        case 4: return HTTP2Wire.frame(.headers, 5, stream, noise(40, &random))
        case 5: return HTTP2Wire.frame(.reset, 0, stream, HTTP2Wire.bytes(8))
        default:
            let kind = HTTP2Wire.Kind(rawValue: UInt8.random(in: 0...9, using: &random)) ?? .unknown
            return HTTP2Wire.frame(kind, UInt8.random(in: 0...255, using: &random), stream, noise(30, &random))
        }
    }
}
