/// Cuts one output stream of a container into lines of the CRI log format.
///
/// 1. Each piece is `<time> <stream> F <text>` and a line end; a line that is longer than `lineBytesMax` comes in
///    pieces marked `P`, the last one `F`.
/// 2. A line without its end stays back until the end comes or `finish` is called.
package struct LogLines: Sendable {
    /// The longest text of a piece, bytes; the limit that container runtimes use.
    package static let lineBytesMax = 16_384

    private let stream: String
    private var rest: [UInt8] = []

    /// `stream` is `stdout` or `stderr`.
    package init(stream: String) { self.stream = stream }

    /// The pieces that are complete after some more output.
    package mutating func append(_ bytes: [UInt8], at time: String) -> [UInt8] {
        var output: [UInt8] = []
        var start = bytes.startIndex
        while let end = bytes[start...].firstIndex(of: 0x0A) {
            rest += bytes[start..<end]
            emit(at: time, into: &output)
            start = end + 1
        }
        rest += bytes[start...]
        while rest.count > LogLines.lineBytesMax {
            LogLines.piece(rest.prefix(LogLines.lineBytesMax), "P", stream, time, &output)
            rest.removeFirst(LogLines.lineBytesMax)
        }
        return output
    }

    /// What is left when the stream ends.
    package mutating func finish(at time: String) -> [UInt8] {
        var output: [UInt8] = []
        if !rest.isEmpty { emit(at: time, into: &output) }
        return output
    }

    private mutating func emit(at time: String, into output: inout [UInt8]) {
        var line = rest[...]
        while line.count > LogLines.lineBytesMax {
            LogLines.piece(line.prefix(LogLines.lineBytesMax), "P", stream, time, &output)
            line = line.dropFirst(LogLines.lineBytesMax)
        }
        LogLines.piece(line, "F", stream, time, &output)
        rest.removeAll(keepingCapacity: true)
    }

    private static func piece(
        _ text: ArraySlice<UInt8>, _ tag: String, _ stream: String, _ time: String, _ output: inout [UInt8]
    ) {
        output += Array("\(time) \(stream) \(tag) ".utf8)
        output += text
        output.append(0x0A)
    }
}
