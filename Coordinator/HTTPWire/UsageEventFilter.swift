/// Takes the usage-only event out of a stream of server-sent events, for clients that did not ask for it.
///
/// 1. Every other byte passes in order; a usage event that has choices passes too.
/// 2. Only an incomplete event waits, and never more than `heldBytesMax`: a longer one passes as it comes.
package struct UsageEventFilter: Sendable {
    /// Bytes of an incomplete event held back.
    package static let heldBytesMax = 65_536

    private static let marker = Array("\"usage\"".utf8)
    private var held: [UInt8] = []
    /// Inside an event too long to hold, up to its end.
    private var isPassing = false
    /// What the event taken out said.
    package private(set) var usage: Usage?

    package init() {}

    /// No part of an event is held back and the next byte begins an event.
    package var isAtEventStart: Bool { held.isEmpty && !isPassing }

    /// These bytes are whole events without usage, so that they can pass as they are.
    package func passesWhole(_ data: Span<UInt8>) -> Bool {
        guard isAtEventStart, data.count >= 2, data[data.count - 1] == 0x0A, data[data.count - 2] == 0x0A else {
            return false
        }
        return ByteSearch.first(Self.marker, in: data, from: 0) == nil
    }

    /// Appends to `output` what of `data` may pass now.
    package mutating func filter(_ data: Span<UInt8>, into output: inout [UInt8]) {
        held.append(contentsOf: data.copied)
        var start = 0
        while let end = Self.eventEnd(held, from: start) {
            if !isPassing, isUsageOnly(start..<end) {
                usage = Usage.last(in: held.span.extracting(start..<end))
            } else {
                output.append(contentsOf: held[start..<end])
            }
            isPassing = false
            start = end
        }
        held.removeFirst(start)
        if held.count > Self.heldBytesMax || isPassing {
            isPassing = true
            // The last bytes may be the beginning of the event's end.
            let count = max(0, held.count - 3)
            output.append(contentsOf: held.prefix(count))
            held.removeFirst(count)
        }
    }

    /// Appends what is still held at the end of the stream.
    package mutating func finish(into output: inout [UInt8]) {
        output.append(contentsOf: held)
        held = []
    }

    /// Where the event that begins at `start` ends: after its empty line.
    private static func eventEnd(_ bytes: [UInt8], from start: Int) -> Int? {
        var position = start
        while let newline = ByteSearch.first(0x0A, in: bytes.span, from: position) {
            if newline + 1 < bytes.count, bytes[newline + 1] == 0x0A { return newline + 2 }
            if newline + 2 < bytes.count, bytes[newline + 1] == 0x0D, bytes[newline + 2] == 0x0A { return newline + 3 }
            position = newline + 1
        }
        return nil
    }

    private func isUsageOnly(_ event: Range<Int>) -> Bool {
        let bytes = held.span.extracting(event)
        guard ByteSearch.first(Self.marker, in: bytes, from: 0) != nil,
            let brace = ByteSearch.first(UInt8(ascii: "{"), in: bytes, from: 0),
            let payload = try? JSONMembers.scan(bytes.extracting(brace..<bytes.count)),
            payload[.usage]?.kind == .object, let choices = payload[.choices], choices.kind == .array
        else { return false }
        let inside = choices.value.lowerBound + 1 + brace..<choices.value.upperBound - 1 + brace
        return inside.allSatisfy { bytes[$0] <= 0x20 }
    }
}
