import ClusterKit
import JSONValues
import ServingAPI
import TestKit
import Testing

/// Token limits that routers count in one real Redis, from a client's side.
@Suite(.serialized, .enabled(if: RedisServer.isInstalled, Comment(rawValue: RedisServer.reason)))
struct SharedLimitStoryTests {
    /// A route whose prompts may have 45 tokens an hour; the prompt that is asked has nine.
    static func limit(_ router: Router, redis: Int, hasGateways: Bool) async throws {
        let limit: JSONValue = [
            "inputTokensPerUnit": 45, "unit": "hour", "global": ["redis": ["address": .string("127.0.0.1:\(redis)")]],
        ]
        try await router.create(
            .modelRoute, "limited",
            .members([
                "modelName": "limited", "rateLimit": limit,
                "parentRefs": hasGateways ? [["name": "default", "kind": "Gateway"]] : nil,
                "rules": [["targetModels": [["modelServerName": "chat"]]]],
            ]))
        try await eventually("the route") { try await router.ask("limited").status != 404 }
    }

    static func run(hasGateways: Bool, _ body: @Sendable @escaping (Router, Int) async throws -> Void) async throws {
        let ports = try await FreePorts.take(2)
        try await RedisServer.run(port: ports[1]) { () async throws in
            try await Router.with(WatchStoryTests.engines(ports[0]), gateways: hasGateways) { router in
                try await router.serve("chat", label: "chat", port: ports[0], model: "served")
                try await body(router, ports[1])
            }
        }
    }

    @Test(arguments: [false, true]) func `R16: after the quota's end there are only refusals`(hasGateways: Bool)
        async throws
    {
        try await Self.run(hasGateways: hasGateways) { router, redis in
            try await Self.limit(router, redis: redis, hasGateways: hasGateways)
            var statuses: [Int] = []
            for _ in 0..<20 { statuses.append(try await router.ask("limited").status) }
            #expect(statuses.first == 200 && statuses.last == 429, "\(statuses)")
            #expect(!statuses.drop { $0 == 200 }.contains(200), "\(statuses)")
            let refusal = try await router.ask("limited")
            #expect(refusal.text.contains("rate limit exceeded"))
        }
    }

    @Test func `R17: routers share the quota, whichever is asked`() async throws {
        try await Self.run(hasGateways: false) { first, redis in
            try await first.another { second in
                try await Self.limit(first, redis: redis, hasGateways: false)
                try await eventually("the route there") { try await second.ask("limited").status != 404 }
                var served = 0
                for index in 0..<20
                where try await (index.isMultiple(of: 2) ? first : second).ask("limited").status == 200 {
                    served += 1
                }
                // Of five together, and the first of each event loop, which is served until its Redis is reached.
                // Each for itself they would serve eight at least.
                #expect(served <= 7, "\(served) requests were served")
                for router in [first, second] { #expect(try await router.ask("limited").status == 429) }
            }
        }
    }
}
