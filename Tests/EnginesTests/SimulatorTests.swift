import AgentProtocol
import Engines
import JSONValues
import KVBlocks
import TestKit
import Testing

/// The monitor against a whole simulated vLLM server, whose own word on its cache is the truth.
@Suite(.timeLimit(.minutes(2))) struct SimulatorTests {
    private static let blockSize = SimulatedServer.blockSize

    @Test func `the block set is the engine's own and predicts what it takes from its cache`() async throws {
        let seed = UInt64.random(in: 0 ... .max)
        try await SimulatedServer.with { server in
            var random = SeededRandom(seed: seed)
            try await Journal.watching { monitor, journal in
                let prompts = (0..<5).map { _ in (0..<200).map { _ in UInt32.random(in: 300..<2000, using: &random) } }
                monitor.update([server.candidate])
                _ = try await journal.engine { $0.isReady && $0.hasExactCache }
                let id = server.id
                for number in 0..<40 {
                    let start = prompts.randomElement(using: &random) ?? []
                    let tokens =
                        start.prefix(Int.random(in: 8...200, using: &random))
                        + (0..<Int.random(in: 0...40, using: &random)).map { _ in
                            UInt32.random(in: 300..<2000, using: &random)
                        }
                    let namespace = ChainNamespace(
                        adapter: number % 5 == 0 ? "lora-a" : "", salt: number % 7 == 0 ? "tenant" : "")
                    let chain = BlockChain.hashes(of: Array(tokens), blockSize: Self.blockSize, namespace: namespace)
                    let held = monitor.blockSet(id)?.first ?? []
                    let matching = chain.firstIndex { !held.contains($0) } ?? chain.count
                    let predicted = min(matching, (tokens.count - 1) / Self.blockSize) * Self.blockSize
                    let cached = try await server.cachedTokens(
                        of: Array(tokens), adapter: namespace.adapter, salt: namespace.salt)
                    #expect(predicted == cached, "request \(number) of seed \(seed)")
                    try await server.agree(monitor, journal)
                }
                let description = try #require(monitor.engines.first).description
                #expect(description.blockSize == Self.blockSize)
                #expect(description.blockCount == 4096)
                #expect(description.adapters == ["lora-a"])
                // The simulator names blocks by vLLM's own rule.
                let counts = try #require(monitor.engines.first?.ranks.first).counts
                #expect(counts.verified > 0 && counts.mismatched == 0)
            }
        }
    }

    struct SocketFault: Sendable, CustomTestStringConvertible {
        var kind: String
        var flags: [String] = []
        /// Batches that were never written down are lost for good: their blocks are not claimed.
        var losesBlocks = false
        var testDescription: String { "\(kind) \(flags)" }
    }

    @Test(arguments: [
        SocketFault(kind: "lose-events"), SocketFault(kind: "lose-events", flags: ["--kv-events-array-form"]),
        SocketFault(kind: "repeat-events"), SocketFault(kind: "delay-events"), SocketFault(kind: "cut-events"),
        SocketFault(kind: "skip-events", losesBlocks: true),
    ]) func `what the event socket does wrong is made good`(fault: SocketFault) async throws {
        try await SimulatedServer.with(["--enable-fault-injection"] + fault.flags) { server in
            try await Journal.watching { monitor, journal in
                monitor.update([server.candidate])
                _ = try await journal.engine { $0.isReady && $0.hasExactCache }
                func work(_ number: Int) async throws {
                    _ = try await server.cachedTokens(of: (0..<100).map { UInt32(300 + number * 7 + $0) })
                }
                try await work(0)
                try await server.agree(monitor, journal)
                #expect(
                    try await server.ask("/simulator/fault", ["kind": .string(fault.kind), "count": 3])["success"]
                        == true)
                for number in 1..<8 { try await work(number) }
                if fault.kind == "cut-events" {
                    // The socket closes on a thread of its own, and is opened again where it was.
                    while try await server.ask("/simulator/fault", ["kind": "mend-events"])["success"] != true {
                        try await Task.sleep(for: .milliseconds(5))
                    }
                }
                var number = 8
                while true {
                    try await work(number)
                    number += 1
                    let (held, truth) = (monitor.blockSet(server.id)?.first ?? [], try await server.truth())
                    #expect(held.isSubset(of: truth))
                    if held == truth || fault.losesBlocks && held.count > 20 { break }
                    try await Task.sleep(for: .milliseconds(20))
                }
            }
        }
    }

    @Test func `an agent that comes late has the block set by replay`() async throws {
        try await SimulatedServer.with { server in
            for first in 0..<10 {
                _ = try await server.ask(
                    "/v1/completions",
                    [
                        "model": "m", "max_tokens": 4,
                        "prompt": .array((0..<100).map { JSONValue(300 + first * 7 + $0) }),
                    ])
            }
            try await Journal.watching { monitor, journal in
                monitor.update([server.candidate])
                try await server.agree(monitor, journal)
                #expect(try await !server.truth().isEmpty)
            }
        }
    }
}
