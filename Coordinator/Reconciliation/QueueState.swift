/// The bookkeeping of a work queue; pure.
///
/// 1. A key is handed to one worker at a time; added meanwhile, it is handed out once more when that worker is done.
/// 2. A key waits at most once, however often it is added.
/// 3. Keys are handed out in the order they became ready.
/// 4. At most `keysMax` keys wait; another one is refused.
struct QueueState<Key: Hashable & Sendable> {
    let keysMax: Int
    /// Keys that are to be worked on: those in `ready` and those added again while in work.
    private var dirty: Set<Key> = []
    private(set) var working: [Key: ContinuousClock.Instant] = [:]
    /// Ready keys with the moment they became it; `head` is the next one's index.
    private var ready: [(key: Key, since: ContinuousClock.Instant)] = []
    private var head = 0
    /// Keys to be added later, with the earliest moment asked for.
    private(set) var delayed: [Key: ContinuousClock.Instant] = [:]
    private var failures: [Key: Int] = [:]

    init(keysMax: Int) { self.keysMax = keysMax }

    /// Keys that are ready and not yet handed out.
    var depth: Int { ready.count - head }

    /// What adding a key came to.
    enum Addition { case added, known, refused }

    mutating func add(_ key: Key, at now: ContinuousClock.Instant) -> Addition {
        if dirty.contains(key) { return .known }
        guard dirty.count < keysMax else { return .refused }
        dirty.insert(key)
        if working[key] == nil { ready.append((key, now)) }
        return .added
    }

    /// Notes that a key shall be added at `due`. False where that is known, sooner, or one too many.
    mutating func delay(_ key: Key, until due: ContinuousClock.Instant) -> Bool {
        if let known = delayed[key], known <= due { return false }
        guard delayed[key] != nil || delayed.count < keysMax else { return false }
        delayed[key] = due
        return true
    }

    /// Whether the delay of a key that ended at `due` is still the one that counts; it is forgotten then.
    mutating func release(_ key: Key, due: ContinuousClock.Instant) -> Bool {
        guard delayed[key] == due else { return false }
        delayed[key] = nil
        return true
    }

    /// Hands out the next key, with the time it waited.
    mutating func take(at now: ContinuousClock.Instant) -> (key: Key, waited: Duration)? {
        guard head < ready.count else { return nil }
        let next = ready[head]
        head += 1
        if head > 64, head * 2 > ready.count {
            ready.removeFirst(head)
            head = 0
        }
        dirty.remove(next.key)
        working[next.key] = now
        return (next.key, now - next.since)
    }

    /// A worker is done with a key.
    mutating func finish(_ key: Key, at now: ContinuousClock.Instant) {
        working[key] = nil
        if dirty.contains(key) { ready.append((key, now)) }
    }

    /// Counts one more failure and gives their number before it.
    mutating func fail(_ key: Key) -> Int {
        let count = failures[key] ?? 0
        failures[key] = count + 1
        return count
    }

    mutating func forget(_ key: Key) { failures[key] = nil }
}
