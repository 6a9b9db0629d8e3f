package import AgentProtocol

/// To which engines the beginnings of prompts were sent lately, by hashes of their text: a guess at what caches hold,
/// made by this router alone.
///
/// 1. Each engine's hashes are in the order of their last use; beyond `Options.hashesMax` the oldest leaves.
/// 2. All engines together keep at most `entriesMax` hashes; at the limit the engine with most gives its oldest.
/// 3. A hash is in `heads` exactly while some engine has it.
package struct PrefixTable: Sendable {
    /// How prompts are cut and how much is remembered.
    package struct Options: Sendable, Hashable {
        /// Bytes a block.
        package var blockBytes = 64
        /// Leading blocks of a prompt that count.
        package var blocksMax = 128
        /// Hashes remembered an engine.
        package var hashesMax = 50_000
        /// Engines that a look-up gives at most.
        package var matchesMax = 5

        package init() {}
    }

    /// Hashes remembered of all engines, about 40 bytes each.
    package static let entriesMax = 262_144

    private struct Entry {
        var hash: UInt64
        var engine: Int32
        /// The next entry of the same hash; -1 for none.
        var sibling: Int32
        /// Neighbours in the engine's order of use; -1 for none.
        var older: Int32
        var newer: Int32
    }

    private struct Order {
        var oldest: Int32 = -1
        var newest: Int32 = -1
        var count = 0
    }

    private let hashesMax: Int
    private let entriesMax: Int
    private var entries: [Entry] = []
    private var free: [Int32] = []
    private var heads: [UInt64: Int32] = [:]
    private var orders: [Int32: Order] = [:]
    private var numbers: [EngineID: Int32] = [:]
    private var nextNumber: Int32 = 0

    package init(hashesMax: Int = Options().hashesMax, entriesMax: Int = entriesMax) {
        self.hashesMax = max(1, hashesMax)
        self.entriesMax = max(1, entriesMax)
    }

    /// Hashes remembered, of all engines.
    package var count: Int { entries.count - free.count }

    /// Leading blocks of a prompt that were sent to each of the engines, in their order. Of all engines in the table
    /// only the `matchesMax` with the longest matches count.
    package func matches(_ hashes: [UInt64], engines: [EngineID], matchesMax: Int) -> [Int32] {
        var found: [Int32: Int32] = [:]
        for (index, hash) in hashes.enumerated().reversed() {
            var entry = heads[hash] ?? -1
            while entry >= 0, found.count < matchesMax {
                let engine = entries[Int(entry)].engine
                if found[engine] == nil { found[engine] = Int32(index + 1) }
                entry = entries[Int(entry)].sibling
            }
            if found.count >= matchesMax { break }
        }
        return engines.map { engine in numbers[engine].flatMap { found[$0] } ?? 0 }
    }

    /// A prompt was answered by an engine; how many hashes were forgotten to make room.
    @discardableResult package mutating func record(_ hashes: [UInt64], on engine: EngineID) -> Int {
        let number = number(of: engine)
        var forgotten = 0
        func forget(_ oldest: Int32) {
            forgotten += 1
            remove(oldest)
        }
        for hash in hashes {
            // A known one moves to the end of the order.
            if let known = entry(hash, of: number) { remove(known) }
            if let order = orders[number], order.count >= hashesMax { forget(order.oldest) }
            if count >= entriesMax, let longest = orders.values.max(by: { $0.count < $1.count }) {
                forget(longest.oldest)
            }
            insert(hash, of: number)
        }
        return forgotten
    }

    /// Forgets engines that are gone.
    package mutating func keep(only known: Set<EngineID>) {
        for (engine, number) in numbers where !known.contains(engine) {
            while let oldest = orders[number]?.oldest, oldest >= 0 { remove(oldest) }
            orders[number] = nil
            numbers[engine] = nil
        }
    }

    private mutating func number(of engine: EngineID) -> Int32 {
        if let number = numbers[engine] { return number }
        nextNumber += 1
        numbers[engine] = nextNumber
        orders[nextNumber] = Order()
        return nextNumber
    }

    private func entry(_ hash: UInt64, of engine: Int32) -> Int32? {
        var entry = heads[hash] ?? -1
        while entry >= 0, entries[Int(entry)].engine != engine { entry = entries[Int(entry)].sibling }
        return entry >= 0 ? entry : nil
    }

    private mutating func insert(_ hash: UInt64, of engine: Int32) {
        let newest = orders[engine]?.newest ?? -1
        let made = Entry(hash: hash, engine: engine, sibling: heads[hash] ?? -1, older: newest, newer: -1)
        let index: Int32
        if let reused = free.popLast() {
            index = reused
            entries[Int(index)] = made
        } else {
            index = Int32(entries.count)
            entries.append(made)
        }
        heads[hash] = index
        if newest >= 0 { entries[Int(newest)].newer = index } else { orders[engine]?.oldest = index }
        orders[engine]?.newest = index
        orders[engine]?.count += 1
    }

    private mutating func remove(_ index: Int32) {
        let entry = entries[Int(index)]
        if heads[entry.hash] == index {
            heads[entry.hash] = entry.sibling >= 0 ? entry.sibling : nil
        } else {
            var before = heads[entry.hash] ?? -1
            while before >= 0, entries[Int(before)].sibling != index { before = entries[Int(before)].sibling }
            if before >= 0 { entries[Int(before)].sibling = entry.sibling }
        }
        if entry.older >= 0 {
            entries[Int(entry.older)].newer = entry.newer
        } else {
            orders[entry.engine]?.oldest = entry.newer
        }
        if entry.newer >= 0 {
            entries[Int(entry.newer)].older = entry.older
        } else {
            orders[entry.engine]?.newest = entry.older
        }
        orders[entry.engine]?.count -= 1
        free.append(index)
    }
}

extension PrefixTable.Options {
    /// The hashes of a prompt's text: each covers its block and, by the hash before it in decimal, all before; the
    /// first goes on from the model's. The last block may be shorter.
    package func hashes(of text: [UInt8], model: String) -> [UInt64] {
        var hashes: [UInt64] = []
        var last = XXHash64.hash(Array(model.utf8))
        var start = 0
        while start < text.count, hashes.count < blocksMax {
            let end = min(text.count, start + max(1, blockBytes))
            last = XXHash64.hash(Array(String(last).utf8) + text[start..<end])
            hashes.append(last)
            start = end
        }
        return hashes
    }
}
