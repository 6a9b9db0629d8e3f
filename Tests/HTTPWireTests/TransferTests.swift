import HTTPWire
import TestKit
import Testing

struct TransferTests {
    static let whole =
        #"{"do_remote_prefill": true,"remote_block_ids":[[1,2],[3]],"remote_engine_id":"e","remote_host":"h", "#
        + #""remote_port":5700,"new":{"remote_x":null,"y":[1.50, 1e3]}}"#

    func object(_ text: String) -> String? {
        let bytes = Array(#"{"id":"x","kv_transfer_params": \#(text) ,"z":1}"#.utf8)
        return TransferParameters.object(in: bytes.span).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func `an object is relayed byte for byte`() { #expect(object(Self.whole) == Self.whole) }

    @Test(arguments: ["remote_block_ids", "remote_engine_id", "remote_host", "remote_port"])
    func `without a member, or with none for one, it is not relayed`(member: String) {
        #expect(object(Self.whole.replacing("\"\(member)\"", with: "\"\(member)s\"")) == nil)
        #expect(object(Self.whole.replacing("\"\(member)\":", with: "\"\(member)\":null,\"x\":")) == nil)
        // The name as a value, or further in, is no member.
        let inside = Self.whole.replacing("\"\(member)\"", with: "\"was\"").replacing(
            "\"new\":{", with: "\"new\":{\"\(member)\":1,")
        #expect(object(inside) == nil)
        #expect(object(Self.whole.replacing("\"\(member)\":", with: "\"x\":\"\(member)\",\"y\":")) == nil)
    }

    @Test(arguments: ["null", "[]", "\"a\"", "{}", "1"]) func `what is no object is not relayed`(text: String) {
        #expect(object(text) == nil)
    }

    @Test func `the legs of a meeting name one transfer`() {
        func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
        #expect(
            text(TransferParameters.prefill(transferID: "x\"1"))
                == #"{"do_remote_decode":true,"do_remote_prefill":false,"remote_engine_id":null,"#
                + #""remote_block_ids":null,"remote_host":null,"remote_port":null,"transfer_id":"x\"1"}"#)
        #expect(
            text(TransferParameters.decode(transferID: "x", engineID: "e", bootstrap: "http://[::1]:8998"))
                == #"{"do_remote_decode":false,"do_remote_prefill":true,"transfer_id":"x","remote_engine_id":"e","#
                + #""remote_bootstrap_addr":"http://[::1]:8998"}"#)
    }

    static let answers: [(text: String, ids: [Int: String]?)] = [
        (#"{"0":{"engine_id":"a","worker_addr":{"0":{"0":"tcp://h:1"}}}}"#, [0: "a"]),
        (
            "{\"0\": {\"worker_addr\":{\"engine_id\":\"no\"}, \"engine_id\":\"a\"},\n\"3\":{\"engine_id\":\"b\"}}\n",
            [0: "a", 3: "b"]
        ),
        ("{}", nil), ("[]", nil), ("", nil), (#"{"a":{"engine_id":"a"}}"#, nil), (#"{"0":{"engine":"a"}}"#, nil),
        (#"{"0":"a"}"#, nil), (#"{"0":{"engine_id":7}}"#, nil),
    ]

    @Test(arguments: answers) func `reads who a bootstrap server is`(row: (text: String, ids: [Int: String]?)) {
        let bytes = Array(row.text.utf8)
        #expect(BootstrapAnswer.engineIDs(in: bytes.span) == row.ids)
    }

    static let counts: [(body: String, rooms: Int?)] = [
        (#"{"messages":[]}"#, nil), (#"{"prompt":"a"}"#, nil), (#"{"prompt":[1,2,3]}"#, nil), (#"{"prompt":[]}"#, nil),
        (#"{"prompt":["a"]}"#, 1), (#"{"prompt":["a","b"]}"#, 2), (#"{"prompt":[[1],[2],[3]]}"#, 3),
        (#"{"messages":[],"n":1}"#, nil), (#"{"messages":[],"n":3}"#, 3), (#"{"prompt":["a","b"],"n":2}"#, 4),
        (#"{"messages":[],"n":-2}"#, nil), (#"{"prompt":["a","b"],"n":900000000000000000}"#, 1_800_000_000_000_000_000),
        (#"{"prompt":["a","b","c","d","e","f","g","h","i","j","k"],"n":999999999999999999}"#, .max),
    ]

    @Test(arguments: counts) func `a request has a room for each prompt and sample`(row: (body: String, rooms: Int?))
        throws
    {
        let body = Array(row.body.utf8)
        #expect(try BootstrapRooms.count(of: body.span, JSONMembers.scan(body.span)) == row.rooms)
    }

    @Test func `rooms are set as SGLang takes them`() throws {
        var draws: UInt64 = 0
        func draw() -> UInt64 {
            defer { draws += 1 }
            return draws == 0 ? .max : draws * 2
        }
        let body = Array(#"{"bootstrap_room":1,"prompt":"a"}"#.utf8)
        func edited(_ count: Int?) throws -> String {
            var edits = JSONEdits()
            BootstrapRooms(host: "h", port: 8998, count: count, draw: draw).set(in: &edits)
            return String(decoding: try edits.apply(to: body.span, JSONMembers.scan(body.span)), as: UTF8.self)
        }
        #expect(
            try edited(nil)
                == #"{"bootstrap_room":9223372036854775807,"prompt":"a","bootstrap_host":"h","bootstrap_port":8998}"#)
        #expect(
            try edited(2)
                == #"{"bootstrap_room":[1,2],"prompt":"a","bootstrap_host":["h","h"],"bootstrap_port":[8998,8998]}"#)
        #expect(
            try edited(1)
                == #"{"bootstrap_room":[3],"prompt":"a","bootstrap_host":["h"],"bootstrap_port":[8998]}"#)
    }
}
