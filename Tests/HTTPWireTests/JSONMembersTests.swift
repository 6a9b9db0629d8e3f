import HTTPWire
import Testing

struct JSONMembersTests {
    func text(_ key: JSONMembers.Key, in body: String) throws -> String? {
        let bytes = Array(body.utf8)
        return try JSONMembers.scan(bytes.span)[key].map { String(decoding: bytes[$0.value], as: UTF8.self) }
    }

    @Test func `finds members whatever surrounds them`() throws {
        let body =
            #" { "x" : {"model":"no","a":[1,{"b":"}]\""}]} , "model" : "m\"1" ,"max_tokens":12 , "stream":true } "#
        #expect(try text(.model, in: body) == #""m\"1""#)
        #expect(try text(.maxTokens, in: body) == "12")
        let bytes = Array(body.utf8)
        let members = try JSONMembers.scan(bytes.span)
        let model = members.string(.model, in: bytes.span)
        #expect(model == "m\"1")
        let limit = members.integer(.maxTokens, in: bytes.span)
        #expect(limit == 12)
        #expect(members.isTrue(.stream))
        #expect(members.count == 4)
    }

    @Test func `reads escaped names and takes the last of repeated ones`() throws {
        #expect(try text(.model, in: #"{"mod\u0065l":"a"}"#) == #""a""#)
        #expect(try text(.model, in: #"{"model":"a","model":"b"}"#) == #""b""#)
        let bytes = Array(#"{"model":"\u00e9\ud83d\ude00\n"}"#.utf8)
        let model = try JSONMembers.scan(bytes.span).string(.model, in: bytes.span)
        #expect(model == "é😀\n")
    }

    struct Fault: Sendable {
        var body: String
        var reason: JSONFault.Reason
        var offset: Int

        init(_ body: String, _ reason: JSONFault.Reason, _ offset: Int) {
            self.body = body
            self.reason = reason
            self.offset = offset
        }
    }

    static let faults = [
        Fault("", .empty, 0), Fault("  ", .empty, 0), Fault("[1]", .notAnObject, 0), Fault("{", .unterminated, 1),
        Fault("{a:1}", .expectedKey, 1), Fault(#"{"a" 1}"#, .expectedColon, 5), Fault(#"{"a":}"#, .expectedValue, 5),
        Fault(#"{"a":1 "b":2}"#, .expectedCommaOrBrace, 7), Fault(#"{"a":tru}"#, .badLiteral, 5),
        Fault(#"{"a":-}"#, .badLiteral, 5), Fault(#"{"a":"x}"#, .unterminatedString, 5),
        Fault(#"{"a":[1}"#, .mismatchedBracket, 7), Fault(#"{"a":[1"#, .unterminated, 7),
        Fault(#"{"a":1}x"#, .trailingBytes, 7), Fault(#"{"a":1}{"a":2}"#, .trailingBytes, 7),
        Fault(#"{"a":1,}"#, .expectedKey, 7), Fault(#"{"\u00zz":1}"#, .badEscape, 2),
        Fault(#"{"a":model}"#, .expectedValue, 5),
    ]

    @Test(arguments: faults)
    func `says where a body is broken`(row: Fault) {
        do throws(JSONFault) {
            _ = try JSONMembers.scan(Array(row.body.utf8).span)
            Issue.record("taken: \(row.body)")
        } catch {
            #expect(error.reason == row.reason)
            #expect(error.offset == row.offset)
        }
    }

    @Test func `nests as deep as allowed and no deeper`() throws {
        func body(_ depth: Int) -> [UInt8] {
            Array(("{\"a\":" + String(repeating: "[", count: depth) + String(repeating: "]", count: depth) + "}").utf8)
        }
        func scan(_ depth: Int) throws { _ = try JSONMembers.scan(body(depth).span) }
        try scan(JSONMembers.depthMax - 1)
        #expect(throws: JSONFault.self) { try scan(JSONMembers.depthMax) }
    }

    struct Edit: Sendable {
        var body: String
        var edits: JSONEdits
        var expected: String

        init(_ body: String, _ expected: String, _ change: (inout JSONEdits) -> Void) {
            self.body = body
            self.expected = expected
            edits = JSONEdits()
            change(&edits)
        }
    }

    static let edits = [
        Edit(#"{"model":"a"}"#, #"{"model":"b"}"#) { $0.set(.model, Array(#""b""#.utf8)) },
        Edit(#"{"x":1}"#, #"{"x":1,"model":"b"}"#) { $0.set(.model, Array(#""b""#.utf8)) },
        Edit("{ }", #"{ "model":"b"}"#) { $0.set(.model, Array(#""b""#.utf8)) },
        Edit(#"{"stream":true}"#, "{}") { $0.remove(.stream) },
        Edit(#"{"stream":true,"x":1}"#, #"{"x":1}"#) { $0.remove(.stream) },
        Edit(#"{"x":1 , "stream":true }"#, #"{"x":1  }"#) { $0.remove(.stream) },
        Edit(#"{"stream":1,"x":2,"stream":3}"#, #"{"x":2}"#) { $0.remove(.stream) },
        Edit(#"{"x":1,"stream":true,"stream_options":{}}"#, #"{"x":1}"#) {
            $0.remove(.stream)
            $0.remove(.streamOptions)
        },
        Edit(#"{"stream":true,"stream_options":{}}"#, #"{"max_tokens":1}"#) {
            $0.remove(.stream)
            $0.remove(.streamOptions)
            $0.set(.maxTokens, [UInt8(ascii: "1")])
        },
        Edit(#"{"model":"a","x":[1,2],"model":"b"}"#, #"{"model":"c","x":[1,2],"model":"c"}"#) {
            $0.set(.model, Array(#""c""#.utf8))
        },
    ]

    @Test(arguments: edits)
    func `splices members and leaves the rest as it was`(row: Edit) throws {
        let bytes = Array(row.body.utf8)
        let members = try JSONMembers.scan(bytes.span)
        let output = row.edits.apply(to: bytes.span, members)
        #expect(String(decoding: output, as: UTF8.self) == row.expected)
    }

    @Test func `relays transfer parameters whole or not at all`() {
        func object(_ body: String) -> String? {
            TransferParameters.object(in: Array(body.utf8).span).map { String(decoding: $0, as: UTF8.self) }
        }
        let whole =
            #"{"do_remote_prefill": true, "remote_engine_id":"e","remote_block_ids":[[1,2]],"#
            + #""remote_host":"h","remote_port":5}"#
        #expect(object(#"{"id":"x","kv_transfer_params":\#(whole),"usage":{}}"#) == whole)
        #expect(object(#"{"kv_transfer_params":null}"#) == nil)
        #expect(object(#"{"id":"x"}"#) == nil)
        #expect(
            object(#"{"kv_transfer_params":{"remote_engine_id":"e","remote_block_ids":[],"remote_host":"h"}}"#) == nil)
    }
}
