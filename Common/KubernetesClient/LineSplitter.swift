/// A line of a watch was longer than any object can be.
struct LineTooLong: Error, Hashable {
    var bytesMax: Int
}

/// Cuts a stream of chunks into lines at LF; chunks and lines have nothing to do with each other.
struct LineSplitter {
    /// An object has at most 1.5 MiB in etcd; its JSON stays well below this.
    static let bytesMax = 8 << 20

    private var pending: [UInt8] = []
    private var start = 0
    /// Where the search for the next LF goes on, so that no byte is looked at twice.
    private var scanned = 0
    private let bytesMax: Int

    init(bytesMax: Int = LineSplitter.bytesMax) { self.bytesMax = bytesMax }

    mutating func append(_ bytes: some Sequence<UInt8>) {
        if start > 0 {
            pending.removeFirst(start)
            scanned -= start
            start = 0
        }
        pending.append(contentsOf: bytes)
    }

    /// The next whole line without its LF (and CR), empty lines passed over; nil until more bytes come.
    ///
    /// Throws where what waits for its LF is longer than the limit.
    mutating func next() throws(LineTooLong) -> [UInt8]? {
        while let end = pending[scanned...].firstIndex(of: UInt8(ascii: "\n")) {
            var line = pending[start..<end]
            start = end + 1
            scanned = start
            if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
            if !line.isEmpty { return Array(line) }
        }
        scanned = pending.count
        guard pending.count - start <= bytesMax else { throw LineTooLong(bytesMax: bytesMax) }
        return nil
    }
}
