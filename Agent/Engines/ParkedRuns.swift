import EngineWire

/// Runs that wait for the block before them.
struct ParkedRuns: Sendable {
    private let max: Int
    private var runs: [UInt64: [BlocksStored]] = [:]
    /// Parents in the order their first run came.
    private var order: [UInt64] = []
    private var count = 0

    init(max: Int) { self.max = max }

    var isEmpty: Bool { count == 0 }

    /// Parks a run; the number of blocks that had to go for it.
    mutating func add(_ run: BlocksStored, parent: UInt64) -> Int {
        if runs[parent] == nil { order.append(parent) }
        runs[parent, default: []].append(run)
        count += run.blockHashes.count
        var dropped = 0
        while count > max, let oldest = order.first {
            order.removeFirst()
            let lost = (runs.removeValue(forKey: oldest) ?? []).reduce(0) { $0 + $1.blockHashes.count }
            count -= lost
            dropped += lost
        }
        return dropped
    }

    /// The runs that waited for a block.
    mutating func take(parent: UInt64) -> [BlocksStored] {
        guard count > 0, let waiting = runs.removeValue(forKey: parent) else { return [] }
        order.removeAll { $0 == parent }
        count -= waiting.reduce(0) { $0 + $1.blockHashes.count }
        return waiting
    }
}
