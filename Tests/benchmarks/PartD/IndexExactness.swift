import IndexReference
import KVIndex
import Synchronization

/// Look-ups that differ from the literal reference, and look-ups beside a writer that tell what cannot be.
enum IndexExactness {
    private static let lookups = 10_000_000
    private static let readers = 2

    static func bars() async throws -> [Bar] {
        let seeds = lookups / IndexComparison.lookups + 1
        let differences = await withTaskGroup { group in
            for reader in 0..<readers {
                group.addTask {
                    stride(from: reader, to: seeds, by: readers).compactMap { IndexComparison(seed: $0).run() }
                }
            }
            return await group.reduce([]) { $0 + $1 }
        }
        let (beside, wrong, steps) = await besideWriter()
        return [
            Bar(
                name: "wrong-lookups", value: Double(differences.count), unit: "of 10M", limit: .atMost(0),
                detail: differences.first ?? "\(seeds) seeds of \(IndexComparison.lookups) look-ups as the reference"),
            Bar(
                name: "wrong-lookups-beside-writer", value: Double(wrong), unit: "of 10M", limit: .atMost(0),
                detail: "\(beside) look-ups while one writer took \(steps) steps"),
        ]
    }

    private final class Progress: Sendable {
        let isDone = Atomic<Bool>(false)
        let wrong = Atomic<Int>(0)
    }

    private static func besideWriter() async -> (lookups: Int, wrong: Int, steps: Int) {
        let churn = ChurningIndex()
        let progress = Progress()
        async let steps = {
            var writer = churn.writer(seed: 1)
            var steps = 0
            while !progress.isDone.load(ordering: .relaxed) {
                writer.step()
                steps += 1
            }
            return steps
        }()
        async let reading: Void = {
            for turn in 0..<lookups {
                let number = turn % churn.chains.count
                if !churn.isRight(churn.index.matches(churn.chains[number]), number) {
                    progress.wrong.add(1, ordering: .relaxed)
                }
            }
            progress.isDone.store(true, ordering: .relaxed)
        }()
        await reading
        return await (lookups, progress.wrong.load(ordering: .relaxed), steps)
    }
}
