/// Items that were numbered and are not acknowledged yet, in the order of their numbers.
///
/// 1. The numbers run without a gap from `acknowledged + 1` to `last`.
/// 2. What is under way never exceeds the credit, but for a single item, nor `itemsUnderWayMax` items.
struct StreamBuffer {
    static let itemsUnderWayMax: UInt64 = 4096

    private struct Entry {
        var item: StreamItem
        var byteCount: Int
    }

    private var entries: [Entry] = []
    private(set) var acknowledged: UInt64 = 0
    /// The last number sent in this session; items after it wait to be sent again.
    private(set) var sent: UInt64 = 0
    private var bytesUnderWay = 0

    var last: UInt64 { acknowledged + UInt64(entries.count) }

    var isEmpty: Bool { entries.isEmpty }

    var hasUnsent: Bool { sent < last }

    /// The buffer begins with a snapshot, so sending it again from the start restores everything.
    var beginsWithSnapshot: Bool { entries.first?.item == .snapshotBegan }

    mutating func append(_ item: StreamItem, byteCount: Int) {
        entries.append(Entry(item: item, byteCount: byteCount))
    }

    /// The next item to send, if the credit allows.
    mutating func next(credit: UInt64) -> (sequence: UInt64, item: StreamItem)? {
        guard hasUnsent, sent - acknowledged < Self.itemsUnderWayMax else { return nil }
        let entry = entries[Int(sent - acknowledged)]
        guard bytesUnderWay == 0 || UInt64(bytesUnderWay + entry.byteCount) <= credit else { return nil }
        sent += 1
        bytesUnderWay += entry.byteCount
        return (sent, entry.item)
    }

    mutating func acknowledge(_ sequence: UInt64) {
        guard sequence > acknowledged, sequence <= sent else { return }
        let count = Int(sequence - acknowledged)
        for entry in entries.prefix(count) { bytesUnderWay -= entry.byteCount }
        entries.removeFirst(count)
        acknowledged = sequence
    }

    /// Sends again from after `sequence`; false when items after it are no longer here.
    mutating func rewind(after sequence: UInt64) -> Bool {
        guard sequence >= acknowledged, sequence <= last else { return false }
        sent = max(sent, sequence)
        acknowledge(sequence)
        sent = sequence
        bytesUnderWay = 0
        return true
    }

    /// Forgets every item; the numbers go on.
    mutating func clear() {
        acknowledged = last
        sent = acknowledged
        entries = []
        bytesUnderWay = 0
    }
}
