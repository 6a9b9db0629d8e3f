/// Counts a stream's output tokens by its server-sent events, for streams that end before the engine reports its usage.
/// Engines put about one token into an event; events without text, such as the first of a chat, count nothing.
package struct StreamTokenCount: Sendable {
    /// Bytes of a line that are looked at.
    package static let lineBytesMax = 4_096

    /// Members that hold text, in all interfaces; some hold objects elsewhere.
    private static let members = [
        "\"content\":", "\"text\":", "\"delta\":", "\"reasoning_content\":", "\"reasoning\":", "\"arguments\":",
        "\"partial_json\":", "\"thinking\":",
    ].map { Array($0.utf8) }
    private static let field = Array("data:".utf8)

    package private(set) var tokens = 0
    /// The beginning of a line whose end has not come.
    private var line: [UInt8] = []

    package init() {}

    /// Takes the next bytes of the stream, cut anywhere.
    package mutating func take(_ data: Span<UInt8>) {
        var start = 0
        while let end = ByteSearch.first(0x0A, in: data, from: start) {
            if line.isEmpty {
                count(data.extracting(start..<end))
            } else {
                keep(data.extracting(start..<end))
                let line = self.line
                count(line.span)
                self.line.removeAll(keepingCapacity: true)
            }
            start = end + 1
        }
        keep(data.extracting(start..<data.count))
    }

    private mutating func keep(_ bytes: Span<UInt8>) {
        let room = Self.lineBytesMax - line.count
        guard room > 0 else { return }
        line.append(contentsOf: bytes.extracting(first: min(room, bytes.count)).copied)
    }

    private mutating func count(_ line: Span<UInt8>) {
        guard line.count > Self.field.count, Self.begins(line, with: Self.field) else { return }
        if Self.members.contains(where: { Self.hasText($0, line) }) { tokens += 1 }
    }

    private static func begins(_ line: Span<UInt8>, with text: [UInt8]) -> Bool {
        for index in text.indices where line[index] != text[index] { return false }
        return true
    }

    /// Some member of this name is a string that is not empty.
    private static func hasText(_ name: [UInt8], _ line: Span<UInt8>) -> Bool {
        var from = 0
        while let found = ByteSearch.first(name, in: line, from: from) {
            var position = found + name.count
            while position < line.count, line[position] == 0x20 { position += 1 }
            if position + 1 < line.count, line[position] == UInt8(ascii: "\""), line[position + 1] != UInt8(ascii: "\"")
            {
                return true
            }
            from = position
        }
        return false
    }
}
