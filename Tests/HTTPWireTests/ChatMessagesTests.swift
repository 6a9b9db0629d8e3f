import HTTPWire
import Testing

struct ChatMessagesTests {
    static let rows: [(body: String, chat: String?)] = [
        (
            #"{"messages":[{"role":"user","content":"a\n\"b\""}],"system":"be"}"#,
            #"[{"role":"system","content":"be"},{"role":"user","content":"a\n\"b\""}]"#
        ),
        (
            #"{"system":[{"type":"text","text":"x-anthropic-billing-header: 1"},{"type":"text","text":"one "},"#
                + #"{"type":"text","text":"two"}],"messages":[{"content":[{"type":"text","text":"q"}],"role":"user"},"#
                + #"{"role":"assistant","content":[{"type":"text","text":"r"},{"text":"s","type":"text"}]}]}"#,
            #"[{"role":"system","content":"one two"},{"role":"user","content":"q"},"#
                + #"{"role":"assistant","content":[{"type":"text","text":"r"},{"type":"text","text":"s"}]}]"#
        ),
        (#"{"input":"hi"}"#, #"[{"role":"user","content":"hi"}]"#),
        (
            #"{"input":"hi","instructions":"be"}"#,
            #"[{"role":"system","content":"be"},{"role":"user","content":"hi"}]"#
        ),
        (
            #"{"instructions":null,"input":[{"type":"message","role":"user","content":"#
                + #"[{"type":"input_text","text":"hi"}]}]}"#, #"[{"role":"user","content":"hi"}]"#
        ),
        // What cannot be told from here: pictures, tools, thoughts, texts that the engine moves or drops.
        (#"{"messages":[{"role":"user","content":[{"type":"image","source":{}}]}]}"#, nil),
        (#"{"messages":[{"role":"user","content":[{"type":"tool_result","content":"r"}]}]}"#, nil),
        (#"{"messages":[{"role":"assistant","content":[{"type":"thinking","thinking":"t"}]}]}"#, nil),
        (#"{"messages":[{"role":"user","content":"a"},{"role":"system","content":"b"}]}"#, nil),
        (#"{"messages":[{"role":"user","content":""}]}"#, nil), (#"{"messages":[{"role":"user"}]}"#, nil),
        (#"{"input":[{"type":"function_call_output","output":"o"}]}"#, nil), (#"{"input":[1,2]}"#, nil),
        (#"{"messages":[]}"#, nil), (#"{"model":"m"}"#, nil),
    ]

    @Test(arguments: rows) func `makes the chat that the engine makes`(row: (body: String, chat: String?)) throws {
        let body = Array(row.body.utf8)
        let chat = try ChatMessages.array(of: body.span, JSONMembers.scan(body.span))
        #expect(chat.map { String(decoding: $0, as: UTF8.self) } == row.chat)
    }
}
