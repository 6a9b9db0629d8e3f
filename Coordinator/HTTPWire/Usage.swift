/// The token counts an engine reports at the end of a response.
package struct Usage: Sendable, Hashable {
    package var promptTokens: Int
    package var completionTokens: Int
    /// Prompt tokens served from the engine's prefix cache; nil where it does not say.
    package var cachedTokens: Int?

    package init(promptTokens: Int, completionTokens: Int, cachedTokens: Int? = nil) {
        self.promptTokens = promptTokens
        self.completionTokens = completionTokens
        self.cachedTokens = cachedTokens
    }

    /// Bytes after the word `usage` that are read.
    static let windowBytes = 1_024

    /// Eight bytes, so that a place is looked at as one number.
    static let marker = ByteSearch.word("\"usage\":")
    private static let prompt = Array("\"prompt_tokens\":".utf8)
    private static let completion = Array("\"completion_tokens\":".utf8)
    private static let cached = Array("\"cached_tokens\":".utf8)

    /// Reads the last `"usage":{…}` of a response's final bytes, whatever surrounds it; nil when there is none.
    package static func last(in bytes: Span<UInt8>) -> Usage? {
        guard let found = ByteSearch.last(marker, in: bytes) else { return nil }
        let window = found..<min(bytes.count, found + windowBytes)
        guard let prompt = number(prompt, in: bytes, window) else { return nil }
        return Usage(
            promptTokens: prompt, completionTokens: number(completion, in: bytes, window) ?? 0,
            cachedTokens: number(cached, in: bytes, window))
    }

    /// The whole number after a name and its colon.
    static func number(_ name: [UInt8], in bytes: Span<UInt8>, _ window: Range<Int>) -> Int? {
        let window = bytes.extracting(window)
        guard let hit = ByteSearch.first(name, in: window, from: 0) else { return nil }
        var position = hit + name.count
        while position < window.count, window[position] == 0x20 { position += 1 }
        var value: Int?
        while position < window.count, window[position] >= 0x30, window[position] <= 0x39, (value ?? 0) < 1 << 48 {
            value = (value ?? 0) * 10 + Int(window[position] - 0x30)
            position += 1
        }
        return value
    }
}
