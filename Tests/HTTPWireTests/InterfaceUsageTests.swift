import HTTPWire
import Testing

struct InterfaceUsageTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var start = ""
        var end: String
        var usage: Usage?
        var testDescription: String { end }
    }

    static let started =
        "event: message_start\ndata: "
        + #"{"type":"message_start","message":{"id":"m","usage":{"input_tokens":25,"cache_creation_input_tokens":8,"#
        + #""cache_read_input_tokens":40,"output_tokens":1}}}"# + "\n\n"

    static let rows = [
        // Messages counts its cache beside the input, Responses among it.
        Row(
            end: #"{"type":"message","usage":{"input_tokens":7,"cache_read_input_tokens":4,"output_tokens":9}}"#,
            usage: Usage(promptTokens: 11, completionTokens: 9, cachedTokens: 4)),
        Row(
            end: #"data: {"type":"message_delta","usage":{"output_tokens":12}}"#,
            usage: Usage(promptTokens: 0, completionTokens: 12)),
        Row(
            start: started, end: #"data: {"type":"message_delta","usage":{"output_tokens":12}}"#,
            usage: Usage(promptTokens: 73, completionTokens: 12, cachedTokens: 40)),
        Row(
            start: started, end: #"data: {"type":"message_delta","usage":{"input_tokens":30,"output_tokens":12}}"#,
            usage: Usage(promptTokens: 78, completionTokens: 12, cachedTokens: 40)),
        Row(start: started, end: "", usage: Usage(promptTokens: 73, completionTokens: 1, cachedTokens: 40)),
        Row(
            end: #"{"response":{"usage":{"input_tokens":5,"input_tokens_details":{"cached_tokens":1},"#
                + #""output_tokens":2}}}"#,
            usage: Usage(promptTokens: 5, completionTokens: 2, cachedTokens: 1)),
        Row(
            end: #"{"usage":{"prompt_tokens":3,"completion_tokens":1}}"#,
            usage: Usage(promptTokens: 3, completionTokens: 1)),
        Row(
            start: #"{"id":"r","usage":{"total_tokens":56},"results":[{"#, end: #""text":"long"}}]}"#,
            usage: Usage(promptTokens: 56, completionTokens: 0)),
        Row(
            start: #"{"usage":{"prompt_tokens":6,"total_tokens":6},"#, end: "]}",
            usage: Usage(promptTokens: 6, completionTokens: 0)),
        Row(end: #"{"usage":{}}"#), Row(end: "{}"), Row(start: "{", end: ""),
    ]

    @Test(arguments: rows) func `reads the usage of every interface`(row: Row) {
        let (start, end) = (Array(row.start.utf8), Array(row.end.utf8))
        #expect(Usage.ofAnyInterface(start: start.span, end: end.span) == row.usage)
    }
}
