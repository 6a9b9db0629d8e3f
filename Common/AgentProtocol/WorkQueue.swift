/// Work of other replicas that waits to be told to one coordinator: of each replica and engine the newest counts, and
/// the prompts since the last that was told.
///
/// 1. At most `enginesMax` entries and `promptsMax` prompts wait. Beyond, the oldest entry is dropped and counted: the
///    replica tells its counts again before they expire.
struct WorkQueue {
    static let enginesMax = 1024
    static let promptsMax = 2048

    private struct Key: Hashable {
        var replica: UInt64
        var engine: EngineID
    }

    private var entries: [Key: EngineWork] = [:]
    /// Keys of `entries`, the longest waiting first.
    private var order: [Key] = []
    private var prompts = 0
    /// Replicas that are over, of which nothing waits.
    private var over: [UInt64] = []
    /// Entries dropped so far.
    private(set) var dropped: Int

    init(dropped: Int = 0) { self.dropped = dropped }

    var isEmpty: Bool { order.isEmpty && over.isEmpty }

    mutating func add(_ work: ReplicaWork) {
        if work.isOver {
            for key in order where key.replica == work.replica { forget(key) }
            order.removeAll { $0.replica == work.replica }
            if !over.contains(work.replica), over.count < Self.enginesMax { over.append(work.replica) }
            return
        }
        for engine in work.engines { add(engine, of: Key(replica: work.replica, engine: engine.engine)) }
        while order.count > Self.enginesMax || prompts > Self.promptsMax {
            forget(order.removeFirst())
            dropped += 1
        }
    }

    /// What to tell next: of one replica, the one whose work waits longest.
    mutating func next() -> ReplicaWork? {
        if !over.isEmpty { return ReplicaWork(replica: over.removeFirst(), isOver: true) }
        guard let replica = order.first?.replica else { return nil }
        let keys = order.lazy.filter { $0.replica == replica }.prefix(ReplicaWork.enginesMax)
        let taken = Set(keys)
        let work = ReplicaWork(replica: replica, engines: keys.compactMap { entries[$0] })
        for key in taken { forget(key) }
        order.removeAll { taken.contains($0) }
        return work
    }

    private mutating func add(_ engine: EngineWork, of key: Key) {
        var entry = engine
        if let waiting = entries[key] {
            prompts -= waiting.prompts.count
            if waiting.incarnation == engine.incarnation { entry.prompts = waiting.prompts + engine.prompts }
        } else {
            order.append(key)
        }
        entry.prompts = entry.prompts.suffix(EngineWork.promptsMax)
        prompts += entry.prompts.count
        entries[key] = entry
    }

    private mutating func forget(_ key: Key) { prompts -= entries.removeValue(forKey: key)?.prompts.count ?? 0 }
}
