import AsyncHTTPClient
import ClusterKit
import Glibc
import JSONValues
import NIOCore
import NIOHTTP1
import ServingAPI
import Synchronization
import TestKit
import Testing

/// The end of a coordinator process, from its clients' side.
@Suite(.serialized) struct ShutdownTests {
    /// What a streaming client got so far.
    final class Stream: Sendable {
        struct State {
            var text = ""
            var isOver = false
            var isWhole = false
        }

        let state = Mutex(State())
        var hasBegun: Bool { state.withLock { !$0.text.isEmpty } }
        var isWhole: Bool { state.withLock { $0.isWhole } }

        /// Reads an answer to its end, or to where it breaks off.
        func read(_ port: Int, tokens: Int) async throws {
            var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)/v1/completions")
            request.method = .POST
            let body: JSONValue = [
                "model": "m", "prompt": "a", "stream": true, "ignore_eos": true, "max_tokens": JSONValue(tokens),
            ]
            request.body = .bytes(ByteBuffer(bytes: body.bytes()))
            do {
                let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
                for try await piece in response.body { state.withLock { $0.text += String(buffer: piece) } }
            } catch {}
            state.withLock { state in
                state.isOver = true
                state.isWhole = state.text.hasSuffix("data: [DONE]\n\n")
            }
        }
    }

    static func ready(_ port: Int) async -> UInt? {
        let request = HTTPClientRequest(url: "http://127.0.0.1:\(port)/readyz")
        return try? await HTTPClient.shared.execute(request, timeout: .seconds(5)).status.code
    }

    @Test func `not ready at once, closed after the grace, short streams whole and long ones cut, status 0`()
        async throws
    {
        let ports = try await FreePorts.take(1)
        let engine = Engine(
            pod: "slow", labels: ["app": "slow"], host: "127.0.22.1", port: ports[0], model: "m",
            flags: ["--time-scale", "1"])
        try await Router.with(
            [engine], gateways: false, environment: ["DRAIN_TIMEOUT": "5s", "READINESS_GRACE": "1s"]
        ) { router in
            try await router.serve("server", label: "slow", port: ports[0])
            try await router.create(
                .modelRoute, "route",
                ["modelName": "m", "rules": [["targetModels": [["modelServerName": "server"]]]]])
            try await router.wait("m", for: "m")
            let (short, long) = (Stream(), Stream())
            try await withThrowingTaskGroup { tasks in
                tasks.addTask { try await short.read(router.port, tokens: 150) }
                tasks.addTask { try await long.read(router.port, tokens: 4_000) }
                try await eventually("both streams") { short.hasBegun && long.hasBegun }
                #expect(await Self.ready(router.port) == 200)
                #expect(kill(router.process.pid, SIGTERM) == 0)
                // On its port it still answers, and says that it is leaving.
                try await eventually("not ready") { await Self.ready(router.port) == 503 }
                try await eventually("closed") { await Self.ready(router.port) == nil }
                #expect(!long.state.withLock { $0.isOver })
                try await tasks.waitForAll()
            }
            #expect(short.isWhole)
            #expect(!long.isWhole)
            try await eventually("the log") {
                try router.lines.contains { $0.contains("Cutting off requests that did not end in time") }
            }
        }
    }
}
