import HTTPWire
import Testing

struct UsageTests {
    static let chunk = #"data: {"id":"c","choices":[{"index":0,"delta":{"content":"a"}}]}"# + "\n\n"
    static let usage =
        #"data: {"id":"c","choices":[],"usage":{"prompt_tokens":28,"total_tokens":36,"completion_tokens":8,"#
        + #""prompt_tokens_details":{"cached_tokens":16}}}"# + "\n\n"
    static let done = "data: [DONE]\n\n"

    @Test(arguments: [1, 2, 5, 64, 4_096])
    func `takes the usage event out and nothing else`(size: Int) {
        let continuous = #"data: {"choices":[{"index":0}],"usage":{"prompt_tokens":1,"completion_tokens":2}}"# + "\n\n"
        let comment = ": ping\r\n\r\n"
        let text = Array((Self.chunk + comment + continuous + Self.chunk + Self.usage + Self.done).utf8)
        var filter = UsageEventFilter()
        var output: [UInt8] = []
        for start in stride(from: 0, to: text.count, by: size) {
            filter.filter(Array(text[start..<min(text.count, start + size)]).span, into: &output)
        }
        filter.finish(into: &output)
        let expected = Self.chunk + comment + continuous + Self.chunk + Self.done
        #expect(String(decoding: output, as: UTF8.self) == expected)
        #expect(filter.usage == Usage(promptTokens: 28, completionTokens: 8, cachedTokens: 16))
    }

    @Test func `an event too long to hold passes unharmed`() {
        let long = "data: {\"x\":\"" + String(repeating: "a", count: UsageEventFilter.heldBytesMax + 10) + "\"}\n\n"
        let text = Array((long + Self.usage + Self.done).utf8)
        var filter = UsageEventFilter()
        var output: [UInt8] = []
        for start in stride(from: 0, to: text.count, by: 1_000) {
            filter.filter(Array(text[start..<min(text.count, start + 1_000)]).span, into: &output)
        }
        filter.finish(into: &output)
        #expect(String(decoding: output, as: UTF8.self) == long + Self.done)
    }

    @Test func `passes whole events without looking at each byte twice`() {
        func passes(_ text: String) -> Bool { UsageEventFilter().passesWhole(Array(text.utf8).span) }
        #expect(passes(Self.chunk + Self.chunk))
        #expect(!passes(Self.usage))
        #expect(!passes(String(Self.chunk.dropLast())))
    }

    @Test func `reads the last usage of a response`() {
        let body = #"{"usage":null,"x":{"usage":{"prompt_tokens":1}},"usage": null}"#
        func last(_ text: String) -> Usage? { Usage.last(in: Array(text.utf8).span) }
        #expect(last(body) == nil)
        let chat =
            #"{"choices":[],"usage":{"prompt_tokens": 7,"completion_tokens":3,"prompt_tokens_details":null},"m":null}"#
        #expect(last(chat) == Usage(promptTokens: 7, completionTokens: 3, cachedTokens: nil))
    }
}
