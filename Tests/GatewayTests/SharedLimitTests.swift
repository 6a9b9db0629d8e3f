import Gateway
import Governance
import Routing
import TestKit
import Testing

/// Token limits that several gateways count in one real Redis.
@Suite(.serialized, .enabled(if: RedisServer.isInstalled, Comment(rawValue: RedisServer.reason)))
struct SharedLimitTests {
    static let chat = RateLimitTests.chat

    static func policy(_ port: Int, _ limits: TokenLimit...) -> LimitPolicy {
        LimitPolicy(model: "m", limits: limits, redis: "127.0.0.1:\(port)")
    }

    /// Gateways of two loops each with this policy, before one engine whose answers have five tokens.
    static func run(
        _ count: Int, _ policy: LimitPolicy, _ body: @Sendable @escaping ([GatewayHarness]) async throws -> Void
    ) async throws {
        let engine = try await ScriptedEngine.start { _ in
            [ScriptedEngine.response(#"{"choices":[],\#(RateLimitTests.usage)}"#)]
        }
        try await nest(count, [engine.endpoint()], policy, [], body)
        try await engine.stop()
    }

    private static func nest(
        _ count: Int, _ endpoints: [Endpoint], _ policy: LimitPolicy, _ started: [GatewayHarness],
        _ body: @Sendable @escaping ([GatewayHarness]) async throws -> Void
    ) async throws {
        guard started.count < count else { return try await body(started) }
        try await GatewayHarness.run(endpoints, configuration: { $0.loops = 2 }) { harness async throws in
            harness.gateway.limit([policy])
            try await nest(count, endpoints, policy, started + [harness], body)
        }
    }

    /// Statuses of requests to the gateways in turn.
    static func statuses(_ harnesses: [GatewayHarness], _ count: Int) async throws -> [Int] {
        var statuses: [Int] = []
        for index in 0..<count {
            statuses += try await RateLimitTests.statuses(harnesses[index % harnesses.count], 1)
        }
        return statuses
    }

    @Test func `three gateways share one quota`() async throws {
        let port = try await FreePorts.take(1)[0]
        try await RedisServer.run(port: port) { () async throws in
            try await Self.run(3, Self.policy(port, RateLimitTests.limit(.input, 50, .hour))) {
                harnesses async throws in
                let statuses = try await Self.statuses(harnesses, 9)
                #expect(statuses == [200, 200, 200, 200, 200, 429, 429, 429, 429])
                let refusal = try await harnesses[0].ask(Self.chat)
                #expect(refusal.contains("input token rate limit exceeded") && refusal.contains("retry-after: 7"))
            }
            let fields = try await Command.run("redis-cli", ["-p", "\(port)", "hkeys", "kthena:ratelimit:m:input"])
            #expect(fields.output == "tokens\nlast_update\n")
            let expiry = try await Command.run("redis-cli", ["-p", "\(port)", "ttl", "kthena:ratelimit:m:input"])
            #expect((10_700...10_800).contains(Int(expiry.output.dropLast()) ?? 0))
        }
    }

    @Test func `answers are counted for all of them, and the quota refills`() async throws {
        let port = try await FreePorts.take(1)[0]
        try await RedisServer.run(port: port) { () async throws in
            try await Self.run(2, Self.policy(port, RateLimitTests.limit(.output, 10, .second))) {
                harnesses async throws in
                // Ten tokens a second, and an answer has five: they are used up faster than they come back.
                var refused = false
                for _ in 0..<200 where !refused { refused = try await Self.statuses(harnesses, 2).contains(429) }
                #expect(refused)
                try await Self.untilPassing(harnesses[0])
            }
            let expiry = try await Command.run("redis-cli", ["-p", "\(port)", "ttl", "kthena:ratelimit:m:output"])
            #expect((590...600).contains(Int(expiry.output.dropLast()) ?? 0))
        }
    }

    @Test(arguments: ["127.0.0.1:1", "no.such.host.invalid:6379", "not an address:x"])
    func `a Redis that cannot be reached limits nothing`(address: String) async throws {
        var policy = Self.policy(1, RateLimitTests.limit(.input, 10, .hour))
        policy.redis = address
        try await Self.run(1, policy) { harnesses async throws in
            #expect(try await Self.statuses(harnesses, 5) == [200, 200, 200, 200, 200])
        }
    }

    @Test func `a Redis that goes away lets nothing pass, until it is back`() async throws {
        let port = try await FreePorts.take(1)[0]
        try await Self.run(1, Self.policy(port, RateLimitTests.limit(.input, 1_000, .hour))) { harnesses async throws in
            let harness = harnesses[0]
            try await RedisServer.run(port: port) { try await Self.untilCounted(harness, port) }
            let answer = try await harness.ask(Self.chat)
            #expect(answer.hasPrefix("HTTP/1.1 429") && answer.contains("rate limit exceeded: the Redis at"))
            try await RedisServer.run(port: port) { try await Self.untilPassing(harness) }
        }
    }

    /// Asks until both loops of a gateway count in Redis.
    static func untilCounted(_ harness: GatewayHarness, _ port: Int) async throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < deadline {
            _ = try await statuses([harness], 4)
            let clients = try await Command.run("redis-cli", ["-p", "\(port)", "client", "list"])
            let counting = clients.output.split(separator: "\n").filter { $0.contains("cmd=evalsha") }
            if counting.count == 2 { return }
        }
        Issue.record("waited in vain for two connections")
    }

    static func untilPassing(_ harness: GatewayHarness) async throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while try await statuses([harness], 1) != [200] {
            try #require(ContinuousClock.now < deadline, "waited in vain")
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
