import NIOCore
import NIOPosix
import Redis
import Synchronization
import TestKit
import Testing

@Suite(.serialized, .enabled(if: RedisServer.isInstalled, Comment(rawValue: RedisServer.reason)))
struct RedisClientTests {
    /// Answers its first argument, and counts in its first key.
    static let script = "if KEYS[1] then redis.call('INCR', KEYS[1]) end return ARGV[1]"

    /// A client on an event loop, called from a test.
    struct Caller: Sendable {
        let client: NIOLoopBound<RedisClient>

        init(port: Int, password: String? = nil, script: String = RedisClientTests.script) async throws {
            let loop = MultiThreadedEventLoopGroup.singleton.next()
            client = try await loop.submit {
                NIOLoopBound(
                    RedisClient(
                        loop: loop, address: RedisAddress(host: "127.0.0.1", port: port), password: password,
                        script: script), eventLoop: loop)
            }.get()
        }

        func run(
            _ argument: String = "hello", keys: [String] = [], within timeout: TimeAmount = .seconds(5)
        ) async -> Result<RESPValue, RedisFailure> {
            await withCheckedContinuation { continuation in
                client.eventLoop.execute {
                    client.value.run(keys: keys, arguments: [argument], timeout: timeout) {
                        continuation.resume(returning: $0)
                    }
                }
            }
        }
    }

    static let hello = Result<RESPValue, RedisFailure>.success(.text(Array("hello".utf8)))

    @Test func `runs its script, many at once and in order`() async throws {
        let port = try await FreePorts.take(1)[0]
        try await RedisServer.run(port: port) { () async throws in
            let caller = try await Caller(port: port)
            let replies = await withTaskGroup { group in
                for index in 0..<200 {
                    group.addTask {
                        await caller.run("\(index)", keys: ["k"]) == .success(.text(Array("\(index)".utf8)))
                    }
                }
                return await group.reduce(into: 0) { if $1 { $0 += 1 } }
            }
            #expect(replies == 200)
        }
    }

    @Test func `a Redis that forgets its scripts is given this one again`() async throws {
        let port = try await FreePorts.take(1)[0]
        try await RedisServer.run(port: port) { () async throws in
            let caller = try await Caller(port: port)
            #expect(await caller.run() == Self.hello)
            #expect(try await Command.run("redis-cli", ["-p", "\(port)", "script", "flush"]).succeeded)
            #expect(await caller.run() == Self.hello)
            #expect(await caller.run() == Self.hello)
        }
    }

    @Test func `a password is used, and a wrong one is no connection`() async throws {
        let port = try await FreePorts.take(1)[0]
        try await RedisServer.run(port: port, password: "secret") { () async throws in
            #expect(await (try Caller(port: port, password: "secret")).run() == Self.hello)
            #expect(await (try Caller(port: port, password: "wrong")).run() == .failure(.neverConnected))
            #expect(await (try Caller(port: port)).run() == .failure(.neverConnected))
        }
    }

    @Test func `what was never there is told from what went, and what came back serves`() async throws {
        let port = try await FreePorts.take(1)[0]
        let caller = try await Caller(port: port)
        #expect(await caller.run() == .failure(.neverConnected))
        #expect(await caller.run() == .failure(.neverConnected))
        try await RedisServer.run(port: port) { () async throws in
            try await Self.until { await caller.run() == Self.hello }
        }
        try await Self.until { await caller.run() == .failure(.disconnected) }
        try await RedisServer.run(port: port) { () async throws in
            try await Self.until { await caller.run() == Self.hello }
        }
    }

    @Test func `a call has its deadline`() async throws {
        let port = try await FreePorts.take(1)[0]
        try await RedisServer.run(port: port) { () async throws in
            let caller = try await Caller(port: port, script: "while ARGV[1] == 'forever' do end return ARGV[1]")
            #expect(await caller.run() == Self.hello)
            #expect(await caller.run("forever", within: .milliseconds(50)) == .failure(.timeout))
        }
    }

    @Test func `a script's fault is told`() async throws {
        let port = try await FreePorts.take(1)[0]
        try await RedisServer.run(port: port) { () async throws in
            let caller = try await Caller(port: port, script: "return redis.call('INCR', 'a', 'b')")
            guard case .failure(.refused(let reason)) = await caller.run() else {
                Issue.record("a fault passed")
                return
            }
            #expect(reason.contains("ERR"))
        }
    }

    /// Asks again until it holds; the connection is retried with growing pauses, five seconds at most.
    static func until(_ condition: () async -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while !(await condition()) {
            try #require(ContinuousClock.now < deadline, "waited in vain")
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}
