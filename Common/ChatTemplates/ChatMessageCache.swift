import JSONValues

/// Messages of requests met before, by their bytes: a chat comes back with all of them each turn.
///
/// 1. What is made of a message depends on its bytes alone, and two messages are the same only if all bytes are.
/// 2. Memory stays below about `bytesMax`: when the newer half is full the older one is forgotten.
/// 3. One caller's.
package struct ChatMessageCache: ~Copyable {
    /// Bytes of memory for one of a message: as text and as values of templates.
    private static let copies = 4
    /// Bytes of an entry besides.
    private static let entryBytes = 1_024

    private let bytesMax: Int
    private var newer: [UInt64: KnownMessage] = [:]
    private var older: [UInt64: KnownMessage] = [:]
    private var newerBytes = 0

    /// Messages that were taken from here, and those that were read, since the start.
    package private(set) var (found, read) = (0, 0)

    /// An empty cache that takes up to `bytesMax` bytes; 0 keeps nothing.
    package init(bytesMax: Int) { self.bytesMax = bytesMax }

    /// The message at `range` of a request; `place` names it in errors. Throws for one that is not JSON or not known.
    mutating func message(
        _ request: [UInt8], _ range: Range<Int>, at place: @autoclosure () -> String
    ) throws(ChatPromptError) -> KnownMessage {
        let hash = Self.hash(request, range)
        if let known = newer[hash], Self.holds(request, range, known.source) {
            found += 1
            return known
        }
        if let known = older[hash], Self.holds(request, range, known.source) {
            found += 1
            keep(known, hash)
            return known
        }
        read += 1
        let source = Array(request[range])
        let value: JSONValue
        do throws(JSONError) { value = try JSONValue.parse(source) } catch { throw ChatPromptError.notJSON }
        let known = KnownMessage(source, try ChatMessage(value, at: place()))
        keep(known, hash)
        return known
    }

    private mutating func keep(_ known: KnownMessage, _ hash: UInt64) {
        let bytes = known.source.count * Self.copies + Self.entryBytes
        if bytes > bytesMax / 2 { return }
        if newerBytes + bytes > bytesMax / 2 {
            older = newer
            newer = [:]
            newerBytes = 0
        }
        // Of two messages with one hash the newer one is kept; the other's bytes stay counted until all are forgotten.
        newer[hash] = known
        newerBytes += bytes
    }

    /// Whether `bytes` are those at `range`, eight at a time.
    private static func holds(_ request: [UInt8], _ range: Range<Int>, _ bytes: [UInt8]) -> Bool {
        guard range.count == bytes.count else { return false }
        let (left, right) = (unsafe request.span.bytes, unsafe bytes.span.bytes)
        var at = 0
        while at + 8 <= bytes.count {
            let word = unsafe left.unsafeLoadUnaligned(fromByteOffset: range.lowerBound + at, as: UInt64.self)
            if unsafe word != right.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self) { return false }
            at += 8
        }
        return request[(range.lowerBound + at)..<range.upperBound].elementsEqual(bytes[at...])
    }

    private static func hash(_ request: [UInt8], _ range: Range<Int>) -> UInt64 {
        let bytes = unsafe request.span.bytes
        var hash = UInt64(range.count)
        var at = range.lowerBound
        while at + 8 <= range.upperBound {
            let word = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self)
            let product = (hash ^ word).multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
            hash = product.low ^ product.high &+ 0xE703_7ED1_A0B4_28DB
            at += 8
        }
        for byte in request[at..<range.upperBound] { hash = (hash ^ UInt64(byte)) &* 0x9E37_79B9_7F4A_7C15 }
        return hash
    }
}
