import Gateway
import JSONValues
import NIOCore
import TestKit
import Testing

struct HardeningTests {
    @Test func `a request that two readers could read differently gets one refusal, and nothing after it is read`()
        async throws
    {
        let engine = try await ScriptedEngine.start { _ in [ScriptedEngine.response("{}")] }
        try await GatewayHarness.run([engine.endpoint()]) { harness async throws in
            let smuggled = post("/v1/completions", #"{"model":"m","prompt":"smuggled"}"#)
            for row in SmugglingCase.all {
                let client = try await RawClient.connect(harness.port)
                // The gateway may have closed before all of it is sent.
                _ = try? await client.send(row.text + smuggled + smuggled)
                let answer = try await client.readToEnd()
                #expect(answer.hasPrefix("HTTP/1.1 \(row.status) "), "\(row.name): \(answer)")
                #expect(answer.ranges(of: "\r\ncontent-length: ").count == 1, "\(row.name): \(answer)")
                #expect(answer.contains("\r\nconnection: close\r\n"), "\(row.name)")
                #expect(try RefusalTests.error(answer)["message"]?.string?.hasPrefix("The request ") == true)
            }
            #expect(engine.received.isEmpty)
            #expect(try await harness.ask(smuggled).hasPrefix("HTTP/1.1 200 "))
        }
    }

    @Test func `a client that sends its head a byte at a time has the time of one head`() async throws {
        let engine = try await ScriptedEngine.start { _ in [] }
        try await GatewayHarness.run([engine.endpoint()], configuration: { $0.clientTimeout = .milliseconds(300) }) {
            harness async throws in
            let client = try await RawClient.connect(harness.port)
            let start = ContinuousClock.now
            for byte in "GET /healthz HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "a", count: 10_000))".utf8 {
                guard !client.isClosed, client.count == 0 else { break }
                try await client.send(ByteBuffer(bytes: [byte]))
                try await Task.sleep(for: .milliseconds(20))
            }
            let answer = try await client.readToEnd()
            #expect(answer.hasPrefix("HTTP/1.1 408 "))
            #expect(ContinuousClock.now - start < .seconds(8))
        }
    }

    @Test func `a body that stops coming is given up, and one that comes slowly is not`() async throws {
        let engine = try await ScriptedEngine.start { _ in [ScriptedEngine.response("{}")] }
        try await GatewayHarness.run([engine.endpoint()], configuration: { $0.clientTimeout = .seconds(1) }) {
            harness async throws in
            let request = post("/v1/completions", #"{"model":"m","prompt":"slow"}"#)
            let stopped = try await RawClient.connect(harness.port)
            try await stopped.send(String(request.dropLast(3)))
            let slow = try await RawClient.connect(harness.port)
            try await slow.send(String(request.dropLast(12)))
            for character in request.suffix(12) {
                try await slow.send(String(character))
                try await Task.sleep(for: .milliseconds(120))
            }
            #expect(try await slow.read(until: "{}").hasPrefix("HTTP/1.1 200 "))
            #expect(try await stopped.readToEnd().hasPrefix("HTTP/1.1 408 "))
            #expect(engine.received.count == 1)
            try await slow.close()
        }
    }
}
