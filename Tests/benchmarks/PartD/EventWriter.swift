import EngineWire
import TestKit

/// An engine's cache as far as its events show it.
struct EventWriter {
    let blockSize: Int
    let heldBlocks: Int
    private var random: SeededRandom
    private var time = 1_000.0
    /// Names in the order they were stored, the oldest first from `oldest` on.
    private var names: [UInt64] = []
    private var oldest = 0
    /// Blocks stored or removed so far.
    private(set) var blocks = 0

    init(blockSize: Int, heldBlocks: Int, seed: UInt64 = 5) {
        self.blockSize = blockSize
        self.heldBlocks = heldBlocks
        random = SeededRandom(seed: seed)
    }

    var held: Int { names.count - oldest }

    /// One step's events.
    mutating func batch(prompts: Int, answers: Int) -> [UInt8] {
        time += 0.01
        var events: [EngineEvent] = []
        for _ in 0..<prompts { store(8 + random.below(120), after: random.chance(50) ? lastName() : nil, &events) }
        for _ in 0..<answers { store(1, after: lastName(), &events) }
        return KVEventBatch(time: time, events: events, rank: 0).encode(.map)
    }

    /// A block that is still held when the run after it is stored.
    private mutating func lastName() -> UInt64? {
        let recent = min(held, heldBlocks / 2)
        return recent == 0 ? nil : names[names.count - 1 - random.below(recent)]
    }

    private mutating func store(_ count: Int, after parent: UInt64?, _ events: inout [EngineEvent]) {
        while held + count > heldBlocks {
            events.append(
                .removed(BlocksRemoved(blockHashes: [.integer(names[oldest])], medium: "GPU", group: 0)))
            oldest += 1
            blocks += 1
        }
        let run = (0..<count).map { _ in random.next() }
        var stored = BlocksStored(
            blockHashes: run.map { .integer($0) }, parent: parent.map { .integer($0) },
            tokenIDs: (0..<count * blockSize).map { _ in UInt32(random.below(128_000)) }, blockSize: blockSize)
        stored.medium = "GPU"
        stored.extraKeys = Array(repeating: nil, count: count)
        stored.group = 0
        stored.specKind = "full_attention"
        events.append(.stored(stored))
        names += run
        blocks += count
        guard oldest > heldBlocks else { return }
        names.removeFirst(oldest)
        oldest = 0
    }
}
