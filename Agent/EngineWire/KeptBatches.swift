import Synchronization

/// The last batches an engine published, for replay; the oldest leave first.
final class KeptBatches: Sendable {
    private struct State {
        /// A ring once full: the batch of sequence `n` is at `n % max`.
        var batches: [[UInt8]?] = []
        var next: UInt64 = 0
    }

    private let max: Int
    private let state = Mutex(State())

    init(max: Int) { self.max = Swift.max(1, max) }

    /// Keeps a batch, nil for one that is never told again, and answers its sequence number.
    func append(_ payload: [UInt8]?) -> UInt64 {
        state.withLock { state in
            let sequence = state.next
            state.next += 1
            if state.batches.count < max {
                state.batches.append(payload)
            } else {
                state.batches[Int(sequence % UInt64(max))] = payload
            }
            return sequence
        }
    }

    /// At most `limit` kept batches from `sequence` on, in order, and where to go on.
    func batches(
        from sequence: UInt64, limit: Int
    ) -> (batches: [(sequence: UInt64, payload: [UInt8])], next: UInt64?) {
        state.withLock { state in
            let oldest = state.next - UInt64(state.batches.count)
            let first = Swift.max(sequence, oldest)
            guard first < state.next else { return ([], nil) }
            let end = Swift.min(state.next, first + UInt64(limit))
            let found = (first..<end).compactMap { sequence in
                state.batches[Int(sequence % UInt64(max))].map { (sequence, $0) }
            }
            return (found, end < state.next ? end : nil)
        }
    }
}
