import Gateway
import JSONValues
import NIOCore
import Routing
import Synchronization
import Testing

/// Pairs that meet in a room, as SGLang's engines do.
struct BootstrapPairTests {
    /// Who is in which room: an engine answers only once the other one of its room is there too.
    final class Rooms: Sendable {
        private let present = Mutex<[Int: Set<Endpoint.Role>]>([:])

        static func rooms(of body: String) -> [Int] {
            let room = (try? JSONValue.parse(Array(body.utf8)))?["bootstrap_room"]
            return room?.integer.map { [$0] } ?? room?.elements.compactMap(\.integer) ?? []
        }

        func enter(_ body: String, _ role: Endpoint.Role) -> @Sendable () -> Bool {
            let rooms = Self.rooms(of: body)
            present.withLock { present in for room in rooms { present[room, default: []].insert(role) } }
            return { self.present.withLock { present in rooms.allSatisfy { present[$0]?.count == 2 } } }
        }

        func engine(_ name: String, _ role: Endpoint.Role, _ answer: [ScriptedEngine.Step]? = nil) async throws
            -> ScriptedEngine
        {
            try await .start(name) { received in
                let isMet = self.enter(received.body, role)
                return [.wait(isMet)] + (answer ?? [ScriptedEngine.response(#"{"from":"\#(name)"}"#)])
            }
        }
    }

    static func run(
        _ prefills: [ScriptedEngine], _ decodes: [ScriptedEngine],
        _ body: @Sendable @escaping (GatewayHarness) async throws -> Void
    ) async throws { try await PairTests.run(prefills, decodes, connector: .bootstrap, body) }

    static func room(_ received: ScriptedEngine.Received?) -> [Int] { Rooms.rooms(of: received?.body ?? "") }

    @Test func `both legs run at once and meet in one room`() async throws {
        let rooms = Rooms()
        let (prefill, decode) = (try await rooms.engine("p0", .prefill), try await rooms.engine("d0", .decode))
        try await Self.run([prefill], [decode]) { harness async throws in
            for _ in 0..<3 { #expect(try await harness.ask(PairTests.request).contains("d0")) }
            var met: Set<[Int]> = []
            for (first, second) in zip(prefill.received, decode.received) {
                let room = Self.room(first)
                #expect(room.count == 1 && room[0] >= 0)
                #expect(Self.room(second) == room)
                met.insert(room)
                let meeting = #""bootstrap_host":"127.0.0.1","bootstrap_port":8998,"bootstrap_room":\#(room[0])}"#
                #expect(
                    first.body
                        == #"{"model":"real","messages":[{"role":"user","content":"hi"}],"max_completion_tokens":1,"#
                        + #""max_tokens":1,\#(meeting)"#)
                #expect(
                    second.body
                        == #"{"model":"real","messages":[{"role":"user","content":"hi"}],"stream":false,"#
                        + #""max_completion_tokens":20,"min_tokens":5,\#(meeting)"#)
                #expect(first.fields["x-request-id"] == "pair" && second.fields["x-request-id"] == "pair")
            }
            #expect(met.count == 3, "each request has a room of its own")
        }
    }

    @Test func `a request that is several has a room for each`() async throws {
        let rooms = Rooms()
        let (prefill, decode) = (try await rooms.engine("p0", .prefill), try await rooms.engine("d0", .decode))
        try await Self.run([prefill], [decode]) { harness async throws in
            let request = #"{"model":"m","prompt":["a","b"],"n":2,"bootstrap_room":7}"#
            #expect(try await harness.ask(post("/v1/completions", request)).contains("d0"))
            let met = Self.room(decode.received.first)
            #expect(Set(met).count == 4 && met == Self.room(prefill.received.first))
            #expect(decode.received.first?.body.contains(#""bootstrap_port":[8998,8998,8998,8998]"#) == true)
            let many = #"{"model":"m","prompt":"a","n":\#(1_025)}"#
            let answer = try await harness.ask(post("/v1/completions", many))
            #expect(answer.hasPrefix("HTTP/1.1 400 ") && answer.contains("at most 1024"))
            #expect(decode.received.count == 1)
        }
    }

    @Test func `a failed decode cancels its prefill, and the next attempt has another room`() async throws {
        let rooms = Rooms()
        let prefill = try await rooms.engine("p0", .prefill, [.pause(.seconds(60))])
        let other = try await rooms.engine("p1", .prefill)
        let broken = try await ScriptedEngine.start("d0") { received in
            _ = rooms.enter(received.body, .decode)
            return [.pause(.milliseconds(20)), .close]
        }
        let decode = try await rooms.engine("d1", .decode)
        try await Self.run([prefill, other], [broken, decode]) { harness async throws in
            // The engines are tried in some order until the two that work meet.
            for _ in 0..<4 { #expect(try await harness.ask(PairTests.request).contains("d1")) }
            let met = (prefill.received + other.received).map { Self.room($0) }
            #expect(Set(met).count == met.count, "rooms were used twice")
            #expect(Set(broken.received.map { Self.room($0) }).isSubset(of: Set(met)))
        }
    }

    @Test func `a failed prefill fails the pair before the first byte`() async throws {
        let rooms = Rooms()
        let broken = try await ScriptedEngine.start("p0") { received in
            _ = rooms.enter(received.body, .prefill)
            return [.pause(.milliseconds(20)), ScriptedEngine.response("{}", "500 Oops")]
        }
        let other = try await rooms.engine("p1", .prefill)
        // It has its head out, as servers of streams do, long before it has anything to say.
        let decode = try await ScriptedEngine.start("d0") { received in
            let isMet = rooms.enter(received.body, .decode)
            let isGood = other.received.contains { $0.body.contains("\(Self.room(received)[0])") }
            return [.send(ScriptedEngine.streamHead), .wait(isMet)]
                + (isGood ? [] : [.pause(.milliseconds(60))])
                + [.send(ScriptedEngine.chunk("data: x\n\n") + "0\r\n\r\n")]
        }
        try await Self.run([broken, other], [decode]) { harness async throws in
            for _ in 0..<4 {
                let answer = try await harness.ask(PairTests.request)
                #expect(answer.hasPrefix("HTTP/1.1 200 ") && answer.contains("data: x"))
                #expect(answer.ranges(of: "data: x").count == 1)
            }
        }
    }

    @Test func `after the first byte a failed prefill changes nothing`() async throws {
        let isRelayed = Atomic(false)
        let prefill = try await ScriptedEngine.start("p0") { _ in
            [.wait { isRelayed.load(ordering: .relaxed) }, .close]
        }
        let decode = try await ScriptedEngine.start("d0") { _ in
            [.send(ScriptedEngine.streamHead + ScriptedEngine.chunk("data: x\n\n"))]
                + [.wait { prefill.record.withLock { $0.disconnects } > 0 }, .pause(.milliseconds(30))]
                + [.send(ScriptedEngine.chunk("data: y\n\n") + "0\r\n\r\n")]
        }
        try await Self.run([prefill], [decode]) { harness async throws in
            let client = try await RawClient.connect(harness.port)
            try await client.send(PairTests.request)
            _ = try await client.read(until: "data: x")
            isRelayed.store(true, ordering: .relaxed)
            let rest = try await client.read(until: "0\r\n\r\n")
            #expect(rest.contains("data: y"))
            #expect(decode.received.count == 1 && prefill.received.count == 1)
            try await client.close()
        }
    }

    @Test func `a prompt that the prefill refuses is the client's to mend`() async throws {
        let prefill = try await ScriptedEngine.start("p0") { _ in
            [ScriptedEngine.response(#"{"error":"too long"}"#, "400 Bad Request")]
        }
        let decode = try await ScriptedEngine.start("d0") { _ in [.pause(.seconds(60))] }
        try await Self.run([prefill], [decode]) { harness async throws in
            let answer = try await harness.ask(PairTests.request)
            #expect(answer.hasPrefix("HTTP/1.1 400 ") && answer.contains("too long"))
            try await eventually("the decode to be cut off") { decode.record.withLock { $0.disconnects } == 1 }
        }
    }

    @Test func `no decode engine is asked to compute a prompt, which it cannot`() async throws {
        let prefill = try await ScriptedEngine.start("p0") { _ in [.close] }
        let decode = try await ScriptedEngine.start("d0") { _ in [.pause(.seconds(60))] }
        try await Self.run([prefill], [decode]) { harness async throws in
            harness.gateway.update(.standard)
            let answer = try await harness.ask(PairTests.request)
            #expect(answer.hasPrefix("HTTP/1.1 500 ") && answer.contains("all prefill/decode attempts failed"))
            #expect(decode.received.allSatisfy { $0.body.contains("bootstrap_room") })
        }
    }

    @Test func `a client that leaves cuts both legs off`() async throws {
        let prefill = try await ScriptedEngine.start("p0") { _ in [.pause(.seconds(60))] }
        let decode = try await ScriptedEngine.start("d0") { _ in [.pause(.seconds(60))] }
        try await Self.run([prefill], [decode]) { harness async throws in
            let client = try await RawClient.connect(harness.port)
            try await client.send(PairTests.request)
            try await eventually("both legs to begin") { !prefill.received.isEmpty && !decode.received.isEmpty }
            try await client.close()
            try await eventually("both legs to end") {
                prefill.record.withLock { $0.disconnects } == 1 && decode.record.withLock { $0.disconnects } == 1
            }
        }
    }
}
