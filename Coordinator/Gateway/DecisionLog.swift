import Routing
import Synchronization

/// The last requests, by id. When it is full, the oldest leaves. How candidates were weighed is kept of the newest
/// `explainedMax`: it is most of a record's memory.
final class DecisionLog: Sendable {
    static let explainedMax = 512

    private struct State {
        var ring: [RequestRecord?]
        var slots: [String: Int] = [:]
        var next = 0
    }

    private let state: Mutex<State>

    init(capacity: Int) { state = Mutex(State(ring: Array(repeating: nil, count: max(1, capacity)))) }

    func append(_ record: RequestRecord) {
        state.withLock { state in
            let slot = state.next
            state.next = (slot + 1) % state.ring.count
            if let old = state.ring[slot], state.slots[old.id] == slot { state.slots[old.id] = nil }
            state.ring[slot] = record
            state.slots[record.id] = slot
            let size = state.ring.count
            guard size > Self.explainedMax else { return }
            state.ring[(slot + size - Self.explainedMax) % size]?.decision?.forgetCandidates()
        }
    }

    subscript(id: String) -> RequestRecord? {
        state.withLock { state in state.slots[id].flatMap { state.ring[$0] } }
    }

    /// The newest records first, at most `count`.
    func latest(_ count: Int) -> [RequestRecord] {
        state.withLock { state in
            let size = state.ring.count
            var records: [RequestRecord] = []
            for age in 1...size where records.count < count {
                if let record = state.ring[(state.next - age + size) % size] { records.append(record) }
            }
            return records
        }
    }
}
