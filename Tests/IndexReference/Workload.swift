package import KVBlocks

/// A seeded stream of prompts that share beginnings, and of the events that engines make of them.
package struct Workload: Sendable {
    private var state: UInt64
    /// The prompts.
    package let chains: [[BlockHash]]

    /// `chainCount` prompts of at most `lengthMax` blocks.
    package init(seed: UInt64, chainCount: Int, lengthMax: Int) {
        state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        var made: [[BlockHash]] = []
        for _ in 0..<chainCount {
            let stem = made.isEmpty ? [] : made[Self.next(&state, made.count)]
            let shared = stem.isEmpty ? 0 : Self.next(&state, stem.count + 1)
            let length = max(1, Self.next(&state, lengthMax) + 1)
            var chain = Array(stem.prefix(min(shared, length)))
            while chain.count < length { chain.append(BlockHash(Self.word(&state))) }
            made.append(chain)
        }
        chains = made
    }

    /// A number from 0 to below `bound`.
    package mutating func next(_ bound: Int) -> Int { Self.next(&state, bound) }

    /// One of the prompts.
    package mutating func chain() -> [BlockHash] { chains[next(chains.count)] }

    /// A store of part of a chain, a removal anywhere in one (holes), a duplicate of either, or rarely a clear.
    package mutating func event() -> KVEvent {
        let chain = chain()
        let from = next(chain.count)
        let part = Array(chain[from..<min(chain.count, from + 1 + next(12))])
        let tier = [KVTier.device, .device, .device, .host, .disk][next(5)]
        switch next(200) {
        case 0: return .cleared
        case 1..<60: return .removed(blocks: part, tier: tier)
        case 60..<120: return .stored(parent: nil, blocks: chain, tier: tier)
        default: return .stored(parent: from == 0 ? nil : chain[from - 1], blocks: part, tier: tier)
        }
    }

    private static func next(_ state: inout UInt64, _ bound: Int) -> Int {
        Int(word(&state).multipliedFullWidth(by: UInt64(bound)).high)
    }

    private static func word(_ state: inout UInt64) -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
