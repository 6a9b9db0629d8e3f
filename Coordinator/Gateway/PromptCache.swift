import HTTPWire
import KVBlocks
import Synchronization

/// A prompt as routing sees it.
struct PromptChain: Sendable, Hashable {
    var tokenCount: Int
    var blockSize: Int
    var hashes: [BlockHash]
}

/// Chains of prompts that were tokenised before, by everything that decides their tokens. The least recently used
/// leaves when the bytes are used up.
final class PromptCache: Sendable {
    /// A prompt's identity: a hash of it under this process's own seed, and its length. A mix-up, which 400,000 prompts
    /// bring about once in 10⁸ times, would send a request to a less fitting engine, never give a wrong answer.
    struct Key: Hashable, Sendable {
        private static let seed = UInt64.random(in: 0 ... .max)

        var hash: UInt64
        var length: Int

        /// `namespace` is what decides the prompt's blocks besides its text, `blockSize` tokens each.
        init(_ text: [UInt8], _ namespace: ChainNamespace, blockSize: Int) {
            var names = ByteWriter(capacity: 256)
            names.append(quoted: namespace.adapter)
            names.append(quoted: namespace.salt)
            names.append(decimal: blockSize)
            hash = XXH3.hash(text, seed: XXH3.hash(names.bytes, seed: Self.seed))
            length = text.count
        }
    }

    /// Bytes of a prompt's entry besides its hashes.
    private static let entryBytes = 160
    /// Bytes of an entry that room is made for beforehand; a table that grows holds a loop up for milliseconds.
    private static let expectedBytes = 1_024

    /// An entry, linked in the order of use.
    private struct Entry {
        var key: Key
        var chain: PromptChain
        var older = none
        var newer = none
        var bytes: Int { PromptCache.entryBytes + chain.hashes.count * 8 }

        static let none: Int32 = -1
    }

    private struct State {
        var places: [Key: Int32] = [:]
        var entries: [Entry] = []
        var free: [Int32] = []
        var oldest = Entry.none
        var newest = Entry.none
        var bytes = 0

        private mutating func unlink(_ place: Int32) {
            let (older, newer) = (entries[Int(place)].older, entries[Int(place)].newer)
            if older == Entry.none { oldest = newer } else { entries[Int(older)].newer = newer }
            if newer == Entry.none { newest = older } else { entries[Int(newer)].older = older }
        }

        private mutating func link(_ place: Int32) {
            entries[Int(place)].older = newest
            entries[Int(place)].newer = Entry.none
            if newest == Entry.none { oldest = place } else { entries[Int(newest)].newer = place }
            newest = place
        }

        mutating func use(_ key: Key) -> PromptChain? {
            guard let place = places[key] else { return nil }
            unlink(place)
            link(place)
            return entries[Int(place)].chain
        }

        mutating func insert(_ entry: Entry) {
            if let place = places[entry.key] { remove(place) }
            let place = free.popLast() ?? Int32(entries.count)
            if Int(place) == entries.count { entries.append(entry) } else { entries[Int(place)] = entry }
            places[entry.key] = place
            link(place)
            bytes += entry.bytes
        }

        mutating func remove(_ place: Int32) {
            unlink(place)
            places[entries[Int(place)].key] = nil
            bytes -= entries[Int(place)].bytes
            entries[Int(place)].chain.hashes = []
            free.append(place)
        }
    }

    private let state = Mutex(State())
    private let bytesMax: Int

    init(bytesMax: Int) {
        self.bytesMax = bytesMax
        state.withLock { $0.places.reserveCapacity(bytesMax / Self.expectedBytes) }
    }

    func find(_ key: Key) -> PromptChain? { state.withLock { $0.use(key) } }

    func insert(_ chain: PromptChain, for key: Key) {
        let entry = Entry(key: key, chain: chain)
        guard entry.bytes <= bytesMax else { return }
        state.withLock { state in
            state.insert(entry)
            while state.bytes > bytesMax, state.oldest != Entry.none { state.remove(state.oldest) }
        }
    }

    var bytes: Int { state.withLock { $0.bytes } }
}
