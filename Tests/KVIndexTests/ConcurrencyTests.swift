import IndexReference
import KVIndex
import Synchronization
import Testing

/// Readers beside a writer: what never changes is always found, and nothing is credited that was never held.
struct ConcurrencyTests {
    /// `make bench PART=D ONLY=exact` asks ten million times.
    private static let steps = 1000

    private final class Progress: Sendable {
        let isDone = Atomic<Bool>(false)
        let lookups = Atomic<Int>(0)
    }

    @Test(arguments: 0..<4) func `readers find what is steady and nothing that never was`(seed: Int) async throws {
        let churn = ChurningIndex()
        let progress = Progress()
        try await withThrowingTaskGroup { group in
            for reader in 0..<2 {
                group.addTask {
                    var number = reader
                    while !progress.isDone.load(ordering: .relaxed) {
                        number = (number + 1) % churn.chains.count
                        let found = churn.index.matches(churn.chains[number])
                        try #require(churn.isRight(found, number), "seed \(seed), chain \(number): \(found)")
                        let count = progress.lookups.add(1, ordering: .relaxed).newValue
                        // The writer may need the thread.
                        if count % 64 == 0 { await Task.yield() }
                    }
                }
            }
            group.addTask {
                defer { progress.isDone.store(true, ordering: .relaxed) }
                var writer = churn.writer(seed: seed)
                for _ in 0..<Self.steps { writer.step() }
            }
            try await group.waitForAll()
        }
        #expect(progress.lookups.load(ordering: .relaxed) > 0)
    }
}
