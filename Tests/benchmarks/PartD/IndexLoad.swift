import KVBlocks
import KVIndex

/// The KV index under the load of 128 engines: block operations a second of a core, look-ups meanwhile, and its bytes.
enum IndexLoad {
    private static let steadyRequests = 60_000

    static func bars() async throws -> [Bar] {
        guard let corpus = try await MooncakeCorpus.read(steadyRequests: steadyRequests) else {
            throw BenchmarkError("the index is measured with ../shared/traces, which is not here")
        }
        let index = KVIndex()
        let ranks = (0..<MooncakeCorpus.workers).compactMap { _ in index.makeRank() }
        var memberships = 0
        for case .event(let worker, let event) in corpus.filling {
            index.apply(event, rank: ranks[worker])
            memberships += event.membershipChange
        }
        let clock = ContinuousClock()
        var operations = 0
        var lookups: [Double] = []
        var writing = Duration.zero
        for step in corpus.steady {
            let start = clock.now
            switch step {
            case .event(let worker, let event):
                index.apply(event, rank: ranks[worker])
                writing += clock.now - start
                operations += abs(event.membershipChange)
                memberships += event.membershipChange
            case .lookup(let chain):
                _ = index.matches(chain)
                lookups.append((clock.now - start).microseconds * 500 / Double(max(500, chain.count)))
            }
        }
        lookups.sort()
        let statistics = index.statistics
        return [
            Bar(
                name: "block-operations-of-a-core", value: Double(operations) / (writing / .seconds(1)) / 1e6,
                unit: "M/s", limit: .atLeast(10),
                detail: "\(operations) operations of \(MooncakeCorpus.workers) workers' caches, \(memberships) held"),
            Bar(
                name: "lookup-of-500-blocks-p99", value: lookups[lookups.count * 99 / 100], unit: "us",
                limit: .atMost(5),
                detail: "\(lookups.count) look-ups between the writes, p50 "
                    + "\(Bar.text(lookups[lookups.count / 2])) us; of longer prompts the share of 500 blocks"),
            Bar(
                name: "bytes-a-membership", value: Double(statistics.byteCount) / Double(memberships), unit: "B",
                limit: .atMost(16),
                detail: "\(statistics.byteCount >> 20) MiB for \(statistics.blocks) blocks, "
                    + "\(statistics.holderSets) sets of holders"),
        ]
    }
}

extension KVEvent {
    fileprivate var membershipChange: Int {
        switch self {
        case .stored(_, let blocks, _): blocks.count
        case .removed(let blocks, _): -blocks.count
        case .cleared: 0
        }
    }
}
