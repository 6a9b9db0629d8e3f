/// Turns a choice's tokens into text, withholding what may still become a stop string or a whole character.
struct StopFinder: Sendable {
    private let stops: [[UInt8]]
    private let withheldMax: Int
    private var pending: [UInt8] = []

    init(stops: [String]) {
        self.stops = stops.map { Array($0.utf8) }
        withheldMax = max(0, (self.stops.map(\.count).max() ?? 0) - 1)
    }

    /// Text that is certain now, and the stop string that ended it.
    mutating func add(_ token: UInt32) -> (text: String, stop: String?) {
        pending += Tokenizer.standard.piece(token)
        if let (start, stop) = firstStop() {
            let text = String(decoding: pending[..<start], as: UTF8.self)
            pending = []
            return (text, String(decoding: stop, as: UTF8.self))
        }
        let certain = pending.count - withheldMax
        guard certain > 0 else { return ("", nil) }
        let end = Self.wholeCharacters(pending, upTo: certain)
        defer { pending.removeFirst(end) }
        return (String(decoding: pending[..<end], as: UTF8.self), nil)
    }

    /// What was withheld, at the end.
    mutating func rest() -> String {
        defer { pending = [] }
        return String(decoding: pending, as: UTF8.self)
    }

    private func firstStop() -> (Int, [UInt8])? {
        for start in pending.indices {
            for stop in stops where pending[start...].starts(with: stop) { return (start, stop) }
        }
        return nil
    }

    /// The largest count up to `limit` that ends between characters.
    private static func wholeCharacters(_ bytes: [UInt8], upTo limit: Int) -> Int {
        var start = limit
        while start > 0, limit - start < 4, bytes[start - 1] & 0xC0 == 0x80 { start -= 1 }
        guard start > 0 else { return limit }
        let lead = bytes[start - 1]
        let length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1
        return start - 1 + length > limit ? start - 1 : limit
    }
}
