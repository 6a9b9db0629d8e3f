import JSONValues
import Routing
import Synchronization

/// The last requests. When it is full, the oldest leaves. How candidates were weighed is kept of the newest
/// `explainedMax`: it is most of a request's memory.
///
/// Requests are written all the time and asked for now and then, so a question goes through them and nothing is kept to
/// find them by.
final class DecisionLog: Sendable {
    static let explainedMax = 512

    /// One request, as it is told of.
    struct Entry: Sendable {
        var record: RequestRecord
        var decision: Decision?

        var json: JSONValue { record.json(decision) }
    }

    private struct State {
        var records: [RequestRecord?]
        var decisions: [Decision?]
        /// Requests there ever were; the next one's place in both, by their sizes.
        var count = 0

        /// The request that came as the `age`th before the next one.
        func entry(_ age: Int) -> Entry? {
            guard age <= count, let record = records[(count - age) % records.count] else { return nil }
            let decision = age <= decisions.count ? decisions[(count - age) % decisions.count] : nil
            return Entry(record: record, decision: decision)
        }
    }

    private let state: Mutex<State>

    init(capacity: Int) {
        let size = max(1, capacity)
        state = Mutex(
            State(
                records: Array(repeating: nil, count: size),
                decisions: Array(repeating: nil, count: min(size, Self.explainedMax))))
    }

    /// Takes a closed record.
    func append(_ record: RequestRecord, _ decision: Decision?) {
        state.withLock { state in
            state.records[state.count % state.records.count] = record
            state.decisions[state.count % state.decisions.count] = decision
            state.count += 1
        }
    }

    /// The newest request of this id.
    subscript(id: String) -> Entry? {
        state.withLock { state in
            for age in 1...state.records.count {
                guard let entry = state.entry(age) else { return nil }
                if entry.record.id == id { return entry }
            }
            return nil
        }
    }

    /// The newest first, at most `count`.
    func latest(_ count: Int) -> [Entry] {
        state.withLock { state in (1...state.records.count).prefix(max(0, count)).compactMap { state.entry($0) } }
    }
}
