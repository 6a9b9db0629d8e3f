import Gateway
import NIOCore
import Routing
import Synchronization
import Testing

struct PairTests {
    static let parameters =
        #"{"do_remote_prefill": true,"do_remote_decode":false,"remote_block_ids":[[1,2],[3]],"remote_engine_id":"e","#
        + #""remote_request_id":"q","remote_host":"127.0.0.1","remote_port":5700,"tp_size":1,"new":{"x":null}}"#

    static func prefill(_ name: String = "p0", _ body: String? = nil, status: String = "200 OK") async throws
        -> ScriptedEngine
    {
        let answer = body ?? #"{"id":"x","choices":[],"kv_transfer_params":\#(parameters)}"#
        return try await .start(name) { _ in [ScriptedEngine.response(answer, status)] }
    }

    static func decode(_ name: String = "d0") async throws -> ScriptedEngine {
        try await .start(name) { _ in [ScriptedEngine.response(#"{"from":"\#(name)"}"#)] }
    }

    static func run(
        _ prefills: [ScriptedEngine], _ decodes: [ScriptedEngine], connector: TargetServer.Connector = .nixl,
        configuration: (inout GatewayConfiguration) -> Void = { _ in },
        _ body: @Sendable @escaping (GatewayHarness) async throws -> Void
    ) async throws {
        let endpoints =
            prefills.map { $0.endpoint(.prefill, group: "g") } + decodes.map { $0.endpoint(.decode, group: "g") }
        try await GatewayHarness.run(
            endpoints,
            server: {
                $0.isDisaggregated = true
                $0.connector = connector
            }, configuration: configuration
        ) { harness async throws in
            harness.gateway.update(Self.always)
            try await body(harness)
        }
    }

    /// Takes pairs for short prompts too.
    static var always: RoutingPolicy {
        var costs = CostModel.standard
        costs.localPrefillMax = 0
        return .cost(CostPolicy(costs: costs))
    }

    static let request = post(
        "/v1/chat/completions",
        #"{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":false,"#
            + #""max_completion_tokens":20,"min_tokens":5}"#,
        fields: "X-Request-Id: pair\r\n")

    static let asked =
        #"{"do_remote_decode":true,"do_remote_prefill":false,"remote_engine_id":null,"remote_block_ids":null,"#
        + #""remote_host":null,"remote_port":null}"#

    @Test func `both legs say exactly what they have to`() async throws {
        let (prefill, decode) = (try await Self.prefill(), try await Self.decode())
        try await Self.run([prefill], [decode]) { harness async throws in
            let answer = try await harness.ask(Self.request)
            #expect(body(of: answer) == #"{"from":"d0"}"#)
            #expect(
                prefill.received.map(\.body) == [
                    #"{"model":"real","messages":[{"role":"user","content":"hi"}],"#
                        + #""max_completion_tokens":1,"max_tokens":1,"#
                        + #""kv_transfer_params":\#(Self.asked)}"#
                ])
            #expect(
                decode.received.map(\.body) == [
                    #"{"model":"real","messages":[{"role":"user","content":"hi"}],"stream":false,"#
                        + #""max_completion_tokens":20,"#
                        + #""min_tokens":5,"kv_transfer_params":\#(Self.parameters)}"#
                ])
            for received in prefill.received + decode.received {
                #expect(received.target == "/v1/chat/completions")
                #expect(received.fields["x-request-id"] == "pair")
            }
            let decision = try await harness.decision("pair")
            #expect(decision.contains(#""pod":"d0","prefillPod":"p0""#))
            #expect(decision.contains("prefillMilliseconds"))
        }
    }

    @Test(arguments: [TargetServer.Connector.http, .lmcache])
    func `engines that share a store get no parameters`(connector: TargetServer.Connector) async throws {
        let (prefill, decode) = (try await Self.prefill(), try await Self.decode())
        try await Self.run([prefill], [decode], connector: connector) { harness async throws in
            #expect(try await harness.ask(Self.request).contains("d0"))
            #expect(prefill.received.first?.body.contains("kv_transfer_params") == false)
            #expect(prefill.received.first?.body.contains(#""max_tokens":1"#) == true)
            #expect(decode.received.first?.body.contains("kv_transfer_params") == false)
        }
    }

    @Test func `a stream comes from the decode engine, and its usage stays hidden`() async throws {
        let prefill = try await Self.prefill()
        let events = RelayTests.chunks + [RelayTests.usage, RelayTests.done]
        let decode = try await ScriptedEngine.start("d0", RelayTests.streaming(events))
        try await Self.run([prefill], [decode]) { harness async throws in
            let request = #"{"model":"m","prompt":"a","max_tokens":9,"stream":true}"#
            let answer = try await harness.ask(post("/v1/completions", request, fields: "X-Request-Id: s\r\n"))
            let expected = RelayTests.chunks + [RelayTests.done]
            #expect(body(of: answer) == expected.map(ScriptedEngine.chunk).joined() + "0\r\n\r\n")
            #expect(
                prefill.received.first?.body
                    == #"{"model":"real","prompt":"a","max_tokens":1,"kv_transfer_params":\#(Self.asked)}"#)
            #expect(decode.received.first?.body.contains(#""stream_options":{"include_usage":true}"#) == true)
            #expect(try await harness.decision("s").contains(#""cachedTokens":16"#))
        }
    }

    static let partial = [
        #"{"id":"x","kv_transfer_params":null}"#, #"{"id":"x"}"#,
        #"{"id":"x","kv_transfer_params":{"do_remote_prefill":true,"remote_engine_id":"e","remote_host":"h"}}"#,
    ]

    @Test(arguments: partial)
    func `parameters that are not whole are not relayed at all`(answer: String) async throws {
        let (prefill, decode) = (try await Self.prefill("p0", answer), try await Self.decode())
        try await Self.run([prefill], [decode]) { harness async throws in
            let request = #"{"model":"m","prompt":"a","kv_transfer_params":{"do_remote_prefill":true}}"#
            #expect(try await harness.ask(post("/v1/completions", request)).contains("d0"))
            #expect(decode.received.first?.body == #"{"model":"real","prompt":"a"}"#)
        }
    }

    @Test func `parameters older than the lease are dropped`() async throws {
        let (prefill, decode) = (try await Self.prefill(), try await Self.decode())
        try await Self.run([prefill], [decode], configuration: { $0.transferLease = .zero }) { harness async throws in
            #expect(try await harness.ask(Self.request).contains("d0"))
            #expect(decode.received.first?.body.contains("kv_transfer_params") == false)
            #expect(decode.received.first?.body.contains(#""max_completion_tokens":20"#) == true)
            #expect(try await harness.decision("pair").contains(#""transferDropped":true"#))
        }
    }

    @Test func `a request that the prefill engine refuses is the client's to mend`() async throws {
        let prefill = try await Self.prefill("p0", #"{"error":{"message":"too long"}}"#, status: "400 Bad Request")
        let decode = try await Self.decode()
        try await Self.run([prefill], [decode]) { harness async throws in
            let answer = try await harness.ask(Self.request)
            #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request"))
            #expect(body(of: answer) == #"{"error":{"message":"too long"}}"#)
            #expect(decode.received.isEmpty)
        }
    }

    @Test func `a failed prefill goes to another pair, and at last to a decode engine alone`() async throws {
        let broken = try await Self.prefill("p0", "{}", status: "500 Oops")
        let (other, decode) = (try await Self.prefill("p1"), try await Self.decode())
        try await Self.run([broken, other], [decode]) { harness async throws in
            for _ in 0..<6 { #expect(try await harness.ask(Self.request).contains("d0")) }
            #expect(decode.received.allSatisfy { $0.body.contains("kv_transfer_params") })
        }
        try await Self.run([broken], [decode]) { harness async throws in
            #expect(try await harness.ask(Self.request).contains("d0"))
            #expect(decode.received.last?.body.contains("kv_transfer_params") == false)
            #expect(decode.received.last?.body.contains(#""max_completion_tokens":20"#) == true)
        }
    }

    @Test func `when nothing of a pair answers the client learns it`() async throws {
        let broken = try await Self.prefill("p0", "{}", status: "500 Oops")
        let decode = try await ScriptedEngine.start("d0") { _ in [.close] }
        try await Self.run([broken], [decode]) { harness async throws in
            let answer = try await harness.ask(Self.request)
            #expect(answer.hasPrefix("HTTP/1.1 500 "))
            #expect(answer.contains("all prefill/decode attempts failed"))
            #expect(answer.contains("p0 and d0: it answered 500"))
        }
    }

    @Test func `a client that leaves during the prefill cuts it off`() async throws {
        let prefill = try await ScriptedEngine.start("p0") { _ in [.pause(.seconds(60))] }
        let decode = try await Self.decode()
        try await Self.run([prefill], [decode]) { harness async throws in
            let client = try await RawClient.connect(harness.port)
            try await client.send(Self.request)
            try await eventually("the prefill to begin") { !prefill.received.isEmpty }
            try await client.close()
            try await eventually("the prefill's connection to end") { prefill.record.withLock { $0.disconnects } == 1 }
            #expect(decode.received.isEmpty)
        }
    }
}
