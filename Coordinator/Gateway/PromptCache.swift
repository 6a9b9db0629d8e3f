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
    /// A prompt's identity: two independent hashes of it, so that two prompts practically never share a key. A mix-up
    /// would send a request to a less fitting engine, never give a wrong answer.
    struct Key: Hashable, Sendable {
        var first: Int
        var second: Int
        var length: Int

        init(_ parts: [[UInt8]]) {
            var first = Hasher()
            var second = Hasher()
            second.combine(0x5DEE_CE66)
            for part in parts {
                first.combine(part)
                second.combine(part)
            }
            self.first = first.finalize()
            self.second = second.finalize()
            length = parts.reduce(0) { $0 + $1.count }
        }
    }

    private struct Entry {
        var chain: PromptChain
        var older: Key?
        var newer: Key?
        var bytes: Int { 160 + chain.hashes.count * 8 }
    }

    private struct State {
        var entries: [Key: Entry] = [:]
        var oldest: Key?
        var newest: Key?
        var bytes = 0

        mutating func unlink(_ key: Key) {
            guard let entry = entries[key] else { return }
            if let older = entry.older { entries[older]?.newer = entry.newer } else { oldest = entry.newer }
            if let newer = entry.newer { entries[newer]?.older = entry.older } else { newest = entry.older }
        }

        mutating func link(_ key: Key, _ entry: Entry) {
            var entry = entry
            entry.older = newest
            entry.newer = nil
            if let newest { entries[newest]?.newer = key } else { oldest = key }
            newest = key
            entries[key] = entry
        }
    }

    private let state = Mutex(State())
    private let bytesMax: Int

    init(bytesMax: Int) { self.bytesMax = bytesMax }

    func find(_ key: Key) -> PromptChain? {
        state.withLock { state in
            guard let entry = state.entries[key] else { return nil }
            state.unlink(key)
            state.link(key, entry)
            return entry.chain
        }
    }

    func insert(_ chain: PromptChain, for key: Key) {
        let entry = Entry(chain: chain)
        guard entry.bytes <= bytesMax else { return }
        state.withLock { state in
            if let old = state.entries[key] {
                state.unlink(key)
                state.bytes -= old.bytes
            }
            state.link(key, entry)
            state.bytes += entry.bytes
            while state.bytes > bytesMax, let oldest = state.oldest, let entry = state.entries[oldest] {
                state.unlink(oldest)
                state.entries[oldest] = nil
                state.bytes -= entry.bytes
            }
        }
    }

    var bytes: Int { state.withLock { $0.bytes } }
}
