import Glibc
import KVBlocks
import KVIndex
import Synchronization

/// The KV index under the load of 128 engines: block operations a second of a core, look-ups at the same time, and its
/// bytes.
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
        let progress = Progress()
        async let waits = waits(of: corpus.steady, index, progress)
        let clock = ContinuousClock()
        let start = clock.now
        var operations = 0
        for (place, step) in corpus.steady.enumerated() {
            guard case .event(let worker, let event) = step else { continue }
            index.apply(event, rank: ranks[worker])
            operations += abs(event.membershipChange)
            memberships += event.membershipChange
            progress.written.store(place, ordering: .releasing)
        }
        let writing = clock.now - start
        progress.written.store(corpus.steady.count, ordering: .releasing)
        var lookups = await waits
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
                detail: "\(lookups.count) look-ups on another core while these were written, p50 "
                    + "\(Bar.text(lookups[lookups.count / 2])) us; of longer prompts the share of 500 blocks"),
            Bar(
                name: "bytes-a-membership", value: Double(statistics.byteCount) / Double(memberships), unit: "B",
                limit: .atMost(16),
                detail: "\(statistics.byteCount >> 20) MiB for \(statistics.blocks) blocks, "
                    + "\(statistics.holderSets) sets of holders"),
        ]
    }

    /// How many steps the writer has done.
    private final class Progress: Sendable {
        let written = Atomic<Int>(0)
    }

    /// What each look-up took, in microseconds for 500 blocks, each asked once the writer came as far.
    private static func waits(
        of steps: [MooncakeCorpus.Step], _ index: KVIndex, _ progress: Progress
    ) async -> [Double] {
        let clock = ContinuousClock()
        var waits: [Double] = []
        for (place, step) in steps.enumerated() {
            guard case .lookup(let chain) = step else { continue }
            while progress.written.load(ordering: .acquiring) < place - 1 { sched_yield() }
            let start = clock.now
            _ = index.matches(chain)
            waits.append((clock.now - start).microseconds * 500 / Double(max(500, chain.count)))
        }
        return waits
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
