extension Usage {
    private static let markerBytes = Array("\"usage\":".utf8)
    private static let input = Array("\"input_tokens\":".utf8)
    private static let output = Array("\"output_tokens\":".utf8)
    private static let total = Array("\"total_tokens\":".utf8)
    private static let cacheRead = Array("\"cache_read_input_tokens\":".utf8)
    private static let cacheCreation = Array("\"cache_creation_input_tokens\":".utf8)
    private static let cachedInput = Array("\"cached_tokens\":".utf8)

    /// The same as `last(in:)` for the interfaces that name tokens otherwise: Responses, Messages, Rerank. Streams of
    /// Messages tell their input in their first event and their output in the last but one, and Rerank its tokens
    /// before its results, so `start` has the first bytes of such an answer; empty it says nothing.
    package static func ofAnyInterface(start: Span<UInt8>, end: Span<UInt8>) -> Usage? {
        last(in: end) ?? read(end, start) ?? last(in: start) ?? read(start, start)
    }

    private static func read(_ bytes: Span<UInt8>, _ start: Span<UInt8>) -> Usage? {
        guard let found = ByteSearch.last(marker, in: bytes) else { return nil }
        let window = found..<min(bytes.count, found + windowBytes)
        guard let completion = number(output, in: bytes, window) else {
            return number(total, in: bytes, window).map { Usage(promptTokens: $0, completionTokens: 0) }
        }
        // What the last event does not say, the first one said.
        let first = ByteSearch.first(markerBytes, in: start, from: 0) ?? start.count
        let earlier = first..<min(start.count, first + windowBytes)
        func told(_ name: [UInt8]) -> Int? { number(name, in: bytes, window) ?? number(name, in: start, earlier) }
        let (read, created) = (told(cacheRead), told(cacheCreation))
        // Messages count what the cache had, and what went into it, beside the input; Responses among it.
        return Usage(
            promptTokens: (told(input) ?? 0) + (read ?? 0) + (created ?? 0), completionTokens: completion,
            cachedTokens: read ?? told(cachedInput))
    }
}
