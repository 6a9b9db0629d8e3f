import Gateway
import JSONValues
import NIOCore
import Observability
import Routing
import Synchronization
import TestKit
import Testing

/// What engines of a pair die of, or answer wrongly to: legs of the other role, and objects that are not whole.
struct PairRoleTests {
    /// An engine that fails at random and notes what no engine of its role may get.
    static func engine(
        _ name: String, _ role: Endpoint.Role, _ connector: TargetServer.Connector, _ random: LockedRandom,
        _ faults: Faults
    ) async throws -> ScriptedEngine {
        try await .start(name) { received in
            if let fault = fault(of: received.body, role, connector) { faults.note("\(name): \(fault)") }
            let wait = ScriptedEngine.Step.pause(.milliseconds(Int64(random.next() % 8)))
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
            switch random.next() % 9 {
            case 0: return [wait, .close]
            case 1: return [wait, ScriptedEngine.response("{}", "503 Busy")]
            case 2: return [wait, ScriptedEngine.response("{}", "500 Oops")]
            case 3: return [.send(head + "content-length: 90\r\n\r\n"), wait, .close]
            default:
                let object = role == .prefill ? PairTests.parameters : "null"
                let answer = #"{"from":"\#(name)","kv_transfer_params":\#(object)}"#
                return [.send(head), wait, .send("content-length: \(answer.utf8.count)\r\n\r\n"), wait, .send(answer)]
            }
        }
    }

    final class Faults: Sendable {
        private let list = Mutex<[String]>([])
        func note(_ fault: String) { list.withLock { $0.append(fault) } }
        var all: [String] { list.withLock { $0 } }
    }

    final class LockedRandom: Sendable {
        private let random: Mutex<SeededRandom>
        init(seed: UInt64) { random = Mutex(SeededRandom(seed: seed)) }
        func next() -> UInt64 { random.withLock { $0.next() } }
    }

    static func fault(of text: String, _ role: Endpoint.Role, _ connector: TargetServer.Connector) -> String? {
        guard let body = try? JSONValue.parse(Array(text.utf8)) else { return "its body is no JSON" }
        let transfer = body["kv_transfer_params"]
        let isPrefill = body["max_tokens"] == 1 && body["stream"] == nil && body["min_tokens"] == nil
        if isPrefill != (role == .prefill) { return "it got the other leg" }
        switch connector {
        case .http, .lmcache:
            return transfer == nil ? nil : "engines with a store know no transfers"
        case .bootstrap:
            return body["bootstrap_room"]?.integer == nil || transfer != nil ? "it is in no room" : nil
        case .nixl, .mooncake:
            guard let transfer else { return role == .prefill ? "it is not asked to keep its blocks" : nil }
            let isPrefilled = transfer["do_remote_prefill"]?.bool ?? false
            if isPrefilled == (role == .prefill) { return "it got the object of the other role" }
            let isWhole = ["remote_engine_id", "remote_block_ids", "remote_host", "remote_port"].allSatisfy {
                transfer[$0].map { !$0.isNull } ?? false
            }
            return role == .decode && !isWhole ? "its object is not whole" : nil
        }
    }

    static let connectors: [TargetServer.Connector] = [.http, .lmcache, .nixl, .mooncake, .bootstrap]

    @Test(arguments: connectors)
    func `whatever fails, a leg goes to an engine of its role, with a whole object or none`(
        connector: TargetServer.Connector
    ) async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        let random = LockedRandom(seed: seed)
        let faults = Faults()
        var prefills: [ScriptedEngine] = []
        var decodes: [ScriptedEngine] = []
        for number in 0..<3 {
            prefills.append(try await Self.engine("p\(number)", .prefill, connector, random, faults))
            decodes.append(try await Self.engine("d\(number)", .decode, connector, random, faults))
        }
        try await PairTests.run(prefills, decodes, connector: connector) { harness async throws in
            // Whatever the client says of transfers is not what engines hear.
            let evil =
                #""kv_transfer_params":{"do_remote_prefill":true},"bootstrap_room":"x","min_tokens":3,"stream":false"#
            for number in 0..<60 {
                if number == 30 { harness.gateway.update(.standard) }
                let request = #"{"model":"m","prompt":"\#(number)","max_tokens":9,\#(evil)}"#
                let answer = try await harness.ask(post("/v1/completions", request))
                // A decode engine alone may break off behind its head, which is with the client then.
                let text = body(of: answer)
                let isAnswered = answer.hasPrefix("HTTP/1.1 200 ") && (text.hasPrefix(#"{"from":"d"#) || text.isEmpty)
                #expect(isAnswered || answer.hasPrefix("HTTP/1.1 50"), "seed \(seed): \(answer)")
                #expect(text.ranges(of: "from").count <= 1, "seed \(seed): \(answer)")
            }
            // Every lease that began has ended.
            let metrics = harness.metrics.text().split(separator: "\n")
            let active = metrics.filter { $0.hasPrefix("kthena_router_active_upstream_requests{") }
            #expect(!active.isEmpty && active.allSatisfy { $0.hasSuffix(" 0") }, "seed \(seed): \(active)")
        }
        #expect(faults.all == [], "seed \(seed)")
    }
}
