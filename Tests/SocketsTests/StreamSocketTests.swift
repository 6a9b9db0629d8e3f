import Glibc
import NIOCore
import Sockets
import Testing

struct StreamSocketTests {
    @Test(.timeLimit(.minutes(1))) func `what is written arrives in order, both pieces`() async throws {
        try await withLoop { loop in
            let pair = try await Pair.made(on: loop)
            try await pair.run { pair in
                pair.client.socket.write([1, 2].span, [3].span)
                pair.client.socket.write([4].span, Span())
                pair.client.socket.write(Span(), [5].span)
            } until: {
                $0.server
            } _: {
                $0.bytes.count >= 5
            }
            #expect(try await pair.read { $0.server.bytes } == [1, 2, 3, 4, 5])
        }
    }

    @Test(.timeLimit(.minutes(1))) func `what a slow reader does not take is kept, and said`() async throws {
        let size = 8 * 1_048_576
        try await withLoop { loop in
            let pair = try await Pair.made(on: loop)
            try await pair.run { pair in
                pair.server.socket.setReading(false)
                let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 >> 8) }
                pair.client.socket.write(bytes.span, Span())
            } until: {
                $0.client
            } _: {
                $0.changes == [false]
            }
            #expect(try await pair.read { $0.server.bytes.isEmpty })
            try await pair.run { pair in
                pair.server.socket.setReading(true)
            } until: {
                $0.server
            } _: {
                $0.bytes.count == size
            }
            let isRight = try await pair.read { pair in
                pair.server.bytes.enumerated().allSatisfy { $1 == UInt8(truncatingIfNeeded: $0 >> 8) }
            }
            #expect(isRight)
            #expect(try await pair.read { $0.client.changes } == [false, true])
        }
    }

    @Test(.timeLimit(.minutes(1))) func `our end closes behind all that was written`() async throws {
        let size = 3 * 1_048_576
        try await withLoop { loop in
            let pair = try await Pair.made(on: loop)
            try await pair.run { pair in
                pair.client.socket.write([UInt8](repeating: 7, count: size).span, Span())
                pair.client.socket.finishWriting {}
                pair.client.socket.write([8].span, Span())
            } until: {
                $0.server
            } _: {
                !$0.closings.isEmpty
            }
            #expect(try await pair.read { $0.server.bytes.count } == size)
            #expect(try await pair.read { $0.server.closings } == [nil])
        }
    }

    @Test(.timeLimit(.minutes(1))) func `the end is told once on either side`() async throws {
        try await withLoop { loop in
            let pair = try await Pair.made(on: loop)
            try await pair.run { pair in
                pair.client.socket.close()
                pair.client.socket.close()
                pair.client.socket.write([1].span, Span())
            } until: {
                $0.server
            } _: {
                !$0.closings.isEmpty
            }
            #expect(try await pair.read { $0.client.closings.count } == 1)
            #expect(try await pair.read { $0.server.closings } == [nil])
        }
    }

    @Test(.timeLimit(.minutes(1))) func `a handler may close its connection while it reads`() async throws {
        try await withLoop { loop in
            let pair = try await Pair.made(on: loop)
            try await pair.run { pair in
                pair.server.onChange = { $0.socket.close() }
                pair.client.socket.write([UInt8](repeating: 1, count: 500_000).span, Span())
            } until: {
                $0.client
            } _: {
                !$0.closings.isEmpty
            }
            #expect(try await pair.read { $0.server.closings.count } == 1)
        }
    }

    @Test(.timeLimit(.minutes(1))) func `a descriptor that was given away is silent`() async throws {
        try await withLoop { loop in
            let pair = try await Pair.made(on: loop)
            let descriptor = try await pair.read { $0.server.socket.detach() }
            defer { close(descriptor) }
            try await pair.run { pair in
                pair.client.socket.write([9].span, Span())
                pair.client.socket.finishWriting {}
            } until: {
                $0.client
            } _: { _ in
                true
            }
            #expect(try await pair.read { $0.server.closings.isEmpty && $0.server.bytes.isEmpty })
            var byte: UInt8 = 0
            #expect(unsafe read(descriptor, &byte, 1) == 1 && byte == 9)
        }
    }

    @Test(.timeLimit(.minutes(1))) func `nobody listens`() async throws {
        try await withLoop { loop in
            let failed = loop.makePromise(of: SocketError.self)
            try await loop.submit {
                // A port that was just free.
                let listener = try SocketListener.listen(on: "127.0.0.1", port: 0, loop: loop) { _ in }
                let port = listener.port
                listener.close()
                SocketConnector.connect(to: "127.0.0.1", port: port, on: loop, timeout: .seconds(10)) { result in
                    switch result {
                    case .success(let socket): failed.fail(SocketError("connected to \(socket.localPort)", 0))
                    case .failure(let error): failed.succeed(error)
                    }
                }
            }.get()
            #expect(try await failed.futureResult.get().code == ECONNREFUSED)
        }
    }

    @Test func `a name is no address`() async throws {
        try await withLoop { loop in
            let isNil = try await loop.submit {
                SocketConnector.connect(to: "localhost", port: 80, on: loop, timeout: .seconds(1)) { _ in } == nil
            }.get()
            #expect(isNil)
        }
    }

    @Test(.timeLimit(.minutes(1))) func `the loop's end closes what is open`() async throws {
        let closed = Notes()
        try await withLoop { loop in
            let pair = try await Pair.made(on: loop)
            try await loop.submit { pair.value.server.onChange = { closed.add($0.closings.count) } }.get()
        }
        #expect(closed.numbers == [1])
    }
}
