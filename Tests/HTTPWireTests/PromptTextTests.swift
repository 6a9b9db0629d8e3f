import HTTPWire
import Testing

struct PromptTextTests {
    @Test(arguments: [
        (#"{"messages":[{"role":"user","content":"hello world"}]}"#, "<|im_start|>user\nhello world<|im_end|>\n"),
        (
            #"{"messages":[{"role":"system","content":"be"},{"content":[{"type":"text","text":"a\n\u00e9"},"#
                + #"{"type":"image_url","image_url":{}},{"type":"text","text":"b"}],"role":"user"}]}"#,
            "<|im_start|>system\nbe<|im_end|>\n<|im_start|>user\na\n\u{e9}b<|im_end|>\n"
        ),
        (#"{"messages":[{"role":"assistant","tool_calls":[]}]}"#, "<|im_start|>assistant\n<|im_end|>\n"),
        (
            #"{"messages":[{"role":"user","content":"q"}],"system":[{"type":"text","text":"s"}]}"#,
            "<|im_start|>system\ns<|im_end|>\n<|im_start|>user\nq<|im_end|>\n"
        ),
        (#"{"prompt":"plain\ntext"}"#, "plain\ntext"), (#"{"prompt":["a","b"]}"#, "ab"),
        (#"{"input":"words","instructions":"first "}"#, "first words"), (#"{"prompt":[1,2]}"#, ""),
        (#"{"messages":"none"}"#, "none"), ("{}", ""), ("", ""),
        (
            #"{"input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"q"}]},"#
                + #"{"type":"function_call","name":"f"}],"instructions":"i"}"#, "i<|im_start|>user\nq<|im_end|>\n"
        ),
        (
            #"{"messages":[{"c\u006fntent":"late","r\u006fle":"us\u0065r"}],"system":"s"}"#,
            "<|im_start|>system\ns<|im_end|>\n<|im_start|>user\nlate<|im_end|>\n"
        ),
        (#"{"messages":[{"content":"a","content":"b","role":"user"}]}"#, "<|im_start|>\nauserb<|im_end|>\n"),
    ])
    func `a prompt's text is ChatML or what stands there`(body: String, text: String) {
        let bytes = Array(body.utf8)
        let members = (try? JSONMembers.scan(bytes.span)) ?? JSONMembers()
        for limit in [1_000, 4, 0] {
            let beginning = PromptText.beginning(of: bytes.span, members, bytesMax: limit)
            #expect(beginning == Array(text.utf8.prefix(limit)))
        }
    }
}
