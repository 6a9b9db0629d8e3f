import AsyncHTTPClient
import JSONValues
import Logging
import NIOCore
import NIOHTTP1
import Testing

@testable import coordinator

/// The debug pages over HTTP.
struct DebugServerTests {
    static let silent = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    static func with(_ body: @Sendable @escaping (Int) async throws -> Void) async throws {
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingNewest(1))
        let server = DebugServer(
            port: 0, dump: ConfigDumpTests.dump(), logger: silent, onReady: { continuation.yield($0) })
        try await withThrowingTaskGroup { group in
            group.addTask { try await server.run() }
            var iterator = ports.makeAsyncIterator()
            try await body(try #require(await iterator.next()))
            group.cancelAll()
            while (try? await group.next()) != nil {}
        }
    }

    static func page(_ port: Int, _ path: String) async throws -> (status: Int, text: String) {
        let response = try await HTTPClient.shared.execute(
            HTTPClientRequest(url: "http://127.0.0.1:\(port)/\(path)"), timeout: .seconds(10))
        return (Int(response.status.code), String(buffer: try await response.body.collect(upTo: 1 << 20)))
    }

    @Test func `lists and single objects are where Kthena's are`() async throws {
        try await Self.with { port in
            for list in ConfigDump.List.allCases {
                let page = try await Self.page(port, "debug/config_dump/\(list.rawValue)")
                #expect(page.status == 200)
                #expect(try JSONValue.parse(page.text)[list.rawValue]?.array != nil, "\(page.text)")
                let one = "debug/config_dump/namespaces/dev/\(list.rawValue)"
                let missing = try await Self.page(port, "\(one)/none")
                #expect(missing.status == 404)
                #expect(try JSONValue.parse(missing.text) == ["error": .string("\(list.kind) not found")])
            }
            let pod = try await Self.page(port, "debug/config_dump/namespaces/dev/pods/p-0")
            #expect(pod.status == 200)
            #expect(try JSONValue.parse(pod.text)[path: "metrics", "requestRunningNum"] == 3)
            #expect(try await Self.page(port, "debug/config_dump/secrets").status == 404)
        }
    }

    @Test(arguments: ["", "/profile", "/heap", "/goroutine"])
    func `who asks for a Go profile is told what there is instead`(profile: String) async throws {
        try await Self.with { port in
            let page = try await Self.page(port, "debug/pprof\(profile)")
            #expect(page.status == 404 && page.text.contains("perf record"))
        }
    }

    @Test func `a taken port stops nothing`() async throws {
        try await Self.with { port in
            let second = DebugServer(port: port, dump: ConfigDumpTests.dump(), logger: Self.silent)
            try await withThrowingTaskGroup { group in
                group.addTask { try await second.run() }
                // It ends neither by itself nor with an error.
                group.addTask { try await Task.sleep(for: .milliseconds(300)) }
                try await group.next()
                #expect(try await Self.page(port, "debug/config_dump/pods").status == 200)
                group.cancelAll()
            }
        }
    }
}
