extension Usage {
    private static let input = Array("\"input_tokens\":".utf8)
    private static let output = Array("\"output_tokens\":".utf8)
    private static let cacheRead = Array("\"cache_read_input_tokens\":".utf8)
    private static let cachedInput = Array("\"cached_tokens\":".utf8)

    /// The same as `last(in:)` for the interfaces that name tokens otherwise: `input_tokens` and `output_tokens`, as
    /// Messages and Responses do. A stream of Messages may tell its input at the beginning only; that counts as 0 here.
    package static func lastOfAnyInterface(in bytes: Span<UInt8>) -> Usage? {
        guard let found = ByteSearch.last(marker, in: bytes) else { return nil }
        if let usage = at(found, in: bytes) { return usage }
        let window = bytes.extracting(found..<min(bytes.count, found + 1_024))
        guard let completion = value(output, in: window) else { return nil }
        return Usage(
            promptTokens: value(input, in: window) ?? 0, completionTokens: completion,
            cachedTokens: value(cacheRead, in: window) ?? value(cachedInput, in: window))
    }

    /// The whole number after a name and its colon.
    private static func value(_ name: [UInt8], in window: Span<UInt8>) -> Int? {
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
