@testable import Gateway
import HTTPWire
import Testing

struct SessionNameTests {
    @Test(arguments: [
        ("sid=one", "one"), ("a=b; sid=two; c=d", "two"), ("sid = three ", "three"), ("xsid=no; sid=", ""),
        ("a=b", nil), ("sid", nil), ("", nil),
    ])
    func `a cookie is found by its whole name`(field: String, value: String?) {
        #expect(SessionName.cookie("sid", in: field) == value)
    }

    @Test(arguments: [
        ("/v1/x?s=one", "one"), ("/v1/x?a=b&s=two&c=d", "two"), ("/v1/x?ss=no", nil), ("/v1/x", nil), ("/s=no", nil),
    ])
    func `a parameter is found by its whole name`(target: String, value: String?) {
        #expect(SessionName.query("s", in: target) == value)
    }

    @Test(arguments: [
        (
            #"{"messages":[{"role":"user","content":"hello world"}]}"#,
            "<|im_start|>user\nhello world<|im_end|>\n"
        ),
        (
            #"{"messages":[{"role":"system","content":"be"},{"role":"user","content":[{"type":"text","text":"a"},"#
                + #"{"type":"image_url","image_url":{}},{"type":"text","text":"b"}]}]}"#,
            "<|im_start|>system\nbe<|im_end|>\n<|im_start|>user\nab<|im_end|>\n"
        ),
        (#"{"messages":[{"role":"assistant","tool_calls":[]}]}"#, "<|im_start|>assistant\n<|im_end|>\n"),
        (#"{"prompt":"plain\ntext"}"#, "plain\ntext"), (#"{"input":"words"}"#, "words"), (#"{"prompt":[1,2]}"#, ""),
    ])
    func `a prompt's text is ChatML or what stands there`(body: String, text: String) throws {
        let bytes = Array(body.utf8)
        let members = try JSONMembers.scan(bytes.span)
        #expect(PromptText.rendered(members, bytes.span, bytesMax: 1_000) == Array(text.utf8))
        #expect(PromptText.rendered(members, bytes.span, bytesMax: 4) == Array(text.utf8.prefix(4)))
    }
}
