import JSONValues
import KVBlocks
import SystemFiles
import TestKit

/// What 128 engines with caches of 16,384 blocks store, remove and are asked for while they serve the Mooncake trace
/// many times over, as published comparisons of indexes replay it: each request some copies with contents of their own,
/// each block of the trace four of 128 tokens.
struct MooncakeCorpus {
    static let workers = 128
    private static let trace = "../shared/traces/mooncake-conversation.jsonl.gz"
    private static let copies = 20
    private static let blocksPerID = 4
    private static let cacheBlocks = 16_384

    /// One event of one worker, or a look-up.
    enum Step {
        case event(worker: Int, KVEvent)
        case lookup([BlockHash])
    }

    /// Steps that fill the caches, and those after it.
    private(set) var filling: [Step] = []
    private(set) var steady: [Step] = []

    /// Nil where there is no trace.
    static func read(steadyRequests: Int) async throws -> MooncakeCorpus? {
        guard Files.exists(trace) else { return nil }
        let text = try await Command.run("gzip", ["-dc", trace])
        guard text.succeeded else { throw BenchmarkError("\(trace) cannot be read: \(text.errors)") }
        let requests = try text.output.split(separator: "\n").map { line in
            try (JSONValue.parse(Array(line.utf8))["hash_ids"]?.elements ?? []).compactMap { $0.integer }
        }
        return MooncakeCorpus(requests, steadyRequests: steadyRequests)
    }

    private init(_ requests: [[Int]], steadyRequests: Int) {
        var random = SeededRandom(seed: 20)
        var caches = (0..<Self.workers).map { _ in WorkerCache(capacity: Self.cacheBlocks) }
        // Copies come in turns, as many users of the same kind at the same time.
        let all = requests.count * Self.copies
        for turn in 0..<all {
            let (request, copy) = (requests[turn / Self.copies], turn % Self.copies)
            let chain = Self.chain(request, copy)
            let worker = Int.random(in: 0..<Self.workers, using: &random)
            var steps = [Step.lookup(chain)]
            steps += caches[worker].serve(chain).map { .event(worker: worker, $0) }
            if turn < all - steadyRequests { filling += steps.dropFirst() } else { steady += steps }
        }
    }

    /// The chain of a copy's request: each identity stands for all before it, so that its blocks do, too.
    private static func chain(_ request: [Int], _ copy: Int) -> [BlockHash] {
        request.flatMap { id in
            (0..<blocksPerID).map { part in
                var word = UInt64(copy) << 48 | UInt64(id) << 3 | UInt64(part)
                word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
                word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
                return BlockHash(word ^ (word >> 31))
            }
        }
    }
}

/// The blocks of one engine, the least recently used and last of its chain leaving first.
private struct WorkerCache {
    let capacity: Int
    private var stamps: [BlockHash: Int] = [:]
    private var order: [(stamp: Int, block: BlockHash)] = []
    private var first = 0
    private var clock = 0

    init(capacity: Int) { self.capacity = capacity }

    /// The events of one request: what had to leave, then what was stored.
    mutating func serve(_ chain: [BlockHash]) -> [KVEvent] {
        let held = chain.prefix { stamps[$0] != nil }.count
        // The end of a chain is the older part of it.
        for block in chain.reversed() {
            clock += 1
            stamps[block] = clock
            order.append((clock, block))
        }
        var removed: [BlockHash] = []
        while stamps.count > capacity {
            let (stamp, block) = order[first]
            first += 1
            guard stamps[block] == stamp else { continue }
            stamps[block] = nil
            removed.append(block)
        }
        if first > order.count / 2 {
            order.removeFirst(first)
            first = 0
        }
        var events: [KVEvent] = []
        if !removed.isEmpty { events.append(.removed(blocks: removed, tier: .device)) }
        let fresh = Array(chain[held...])
        if !fresh.isEmpty {
            events.append(.stored(parent: held > 0 ? chain[held - 1] : nil, blocks: fresh, tier: .device))
        }
        return events
    }
}
