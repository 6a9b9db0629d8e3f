import HashTreeCollections
import JSONValues
package import KubernetesAPI
import Observability
import Synchronization

/// The one owner of everything stored: answers reads from memory, writes each transaction to disk before anybody sees
/// it, and tells the watches.
///
/// 1. Transactions run one after another; versions never go back, over restarts too.
/// 2. A watch gets every change after its start, in order, once; or it is ended.
package final class ObjectStore: Sendable {
    /// Watches open at one time; more are refused with 429.
    package static let watchesMax = 4_096

    private struct State {
        var contents: StoreContents
        var registry: KindRegistry
        var version: Int64
        var log: ChangeLog
        var watchers: [Int: Watcher] = [:]
        /// Watches that were ended because their queue was full, until their connections have said so.
        var behind: Set<Int> = []
        var nextWatcher = 0
        var isClosed = false
    }

    private let state: Mutex<State>
    private let database: Database
    private let clock: @Sendable () -> Timestamp

    /// Opens the database at a path, or makes it.
    package init(
        path: String, clock: @escaping @Sendable () -> Timestamp = { Timestamp(microseconds: WallClock.microseconds) }
    ) throws {
        database = try Database(path: path)
        self.clock = clock
        let (contents, version) = try database.load()
        let definitions = contents.objects(in: StorageName(.customResourceDefinition)).values.map(\.json)
        state = Mutex(
            State(
                contents: contents, registry: KindRegistry(definitions: definitions), version: version,
                log: ChangeLog(from: version)))
    }

    package var registry: KindRegistry { state.withLock { $0.registry } }
    package var version: Int64 { state.withLock { $0.version } }
    package var now: Timestamp { clock() }

    package subscript(key: StorageKey) -> StoredObject? { state.withLock { $0.contents[key] } }

    /// The objects a selection contains, by key, and the version this is the state of: the current one, or an earlier
    /// one that is asked for. Throws 410 where the changes since that are no longer known.
    package func list(
        _ selection: Selection, at version: Int64? = nil
    ) throws(APIStatus) -> (objects: [(key: ObjectKey, stored: StoredObject)], version: Int64) {
        let (all, version) = try state.withLock { state throws(APIStatus) in
            let current = state.contents.objects(in: selection.collection)
            guard let version, version < state.version else { return (current, state.version) }
            guard let past = state.log.objects(current, of: selection.collection, at: version) else {
                throw .expired(version, oldest: state.log.oldestVersion)
            }
            return (past, version)
        }
        let found = all.filter { selection.contains($0.value, at: $0.key) }
        return (found.map { (key: $0.key, stored: $0.value) }.sorted { $0.key < $1.key }, version)
    }

    /// Runs a transaction; what it throws, or a failure to write, leaves everything as it was. With `isDryRun` nothing
    /// is stored but the answer is the same.
    package func transact<Answer: Sendable>(
        isDryRun: Bool = false, _ body: (inout Transaction) throws(APIStatus) -> Answer
    ) throws(APIStatus) -> Answer {
        try state.withLock { state throws(APIStatus) in
            guard !state.isClosed else {
                throw APIStatus(code: 503, reason: .serviceUnavailable, message: "the server is stopping; try again")
            }
            var transaction = Transaction(
                contents: state.contents, registry: state.registry, version: state.version, mint: Mint(now: clock()))
            let answer = try body(&transaction)
            let changes = transaction.finish()
            if !isDryRun { try commit(changes, to: &state) }
            return answer
        }
    }

    private func commit(_ changes: [Change], to state: inout State) throws(APIStatus) {
        guard let last = changes.last else { return }
        do {
            try database.commit(changes)
        } catch {
            throw APIStatus(
                code: 500, reason: .internalError, message: "the change could not be written to disk: \(error)")
        }
        for change in changes { state.contents.set(change.kind == .deleted ? nil : change.object, at: change.key) }
        state.version = last.version
        let definesKinds = changes.contains { $0.key.collection == StorageName(.customResourceDefinition) }
        if definesKinds {
            let definitions = state.contents.objects(in: StorageName(.customResourceDefinition)).values.map(\.json)
            state.registry = KindRegistry(definitions: definitions)
        }
        for change in changes {
            state.log.append(change)
            for (number, watcher) in state.watchers where !watcher.offer(change) {
                watcher.queue.finish()
                state.watchers[number] = nil
                state.behind.insert(number)
            }
        }
        if definesKinds { endWatchesOfUnserved(&state) }
    }

    /// Whoever watches a kind that went with its definition learns by the end of the watch that there will be no more.
    private func endWatchesOfUnserved(_ state: inout State) {
        let served = Set(state.registry.kinds.map(\.storage))
        for (number, watcher) in state.watchers where !served.contains(watcher.selection.collection) {
            watcher.queue.finish()
            state.watchers[number] = nil
        }
    }

    // MARK: Watches

    /// Where a watch starts.
    package enum WatchStart: Sendable {
        /// With an ADDED notice for each object there is; `marksEnd` adds the bookmark that says these were all.
        case everything(marksEnd: Bool)
        /// After a version that a list or another watch ended with.
        case after(Int64)
    }

    /// Opens a watch. Throws 410 where the changes since `start` are no longer known.
    package func watch(_ selection: Selection, from start: WatchStart) throws(APIStatus) -> Watch {
        try state.withLock { state throws(APIStatus) in
            guard state.watchers.count < ObjectStore.watchesMax, !state.isClosed else {
                throw APIStatus(
                    code: 429, reason: .tooManyRequests,
                    message: "\(ObjectStore.watchesMax) watches are open; close some and try again")
            }
            let initial = try ObjectStore.initialItems(selection, start, state)
            let (items, queue) = AsyncStream.makeStream(
                of: WatchItem.self, bufferingPolicy: .bufferingOldest(initial.count + Watcher.itemsMax))
            for item in initial { queue.yield(item) }
            let number = state.nextWatcher
            state.nextWatcher += 1
            state.watchers[number] = Watcher(selection: selection, queue: queue)
            return Watch(items: items, number: number)
        }
    }

    private static func initialItems(
        _ selection: Selection, _ start: WatchStart, _ state: borrowing State
    ) throws(APIStatus) -> [WatchItem] {
        switch start {
        case .everything(let marksEnd):
            let objects = state.contents.objects(in: selection.collection)
                .filter { selection.contains($0.value, at: $0.key) }.sorted { $0.key < $1.key }
            let items = objects.map { WatchItem.notice(WatchNotice(type: .added, object: $0.value)) }
            return marksEnd ? items + [.bookmark(state.version, endsInitialEvents: true)] : items
        case .after(let version):
            guard version <= state.version else {
                throw APIStatus(
                    code: 504, reason: .timeout,
                    message: "Too large resource version: \(version), current: \(state.version)")
            }
            guard let changes = state.log.changes(after: version) else {
                throw .expired(version, oldest: state.log.oldestVersion)
            }
            return changes.compactMap { selection.notice(of: $0).map(WatchItem.notice) }
        }
    }

    /// Queues a bookmark behind everything the watch has been told so far.
    package func bookmark(_ watch: Watch) {
        state.withLock { state in
            _ = state.watchers[watch.number]?.offer(.bookmark(state.version, endsInitialEvents: false))
        }
    }

    /// Ends a watch; nothing where it has ended.
    package func end(_ watch: Watch) {
        state.withLock { state in
            state.watchers.removeValue(forKey: watch.number)?.queue.finish()
        }
    }

    /// Whether a watch was ended because its queue was full; true once.
    func takeIsBehind(_ watch: Watch) -> Bool { state.withLock { $0.behind.remove(watch.number) != nil } }

    /// Ends every watch and refuses changes from now on.
    package func close() {
        state.withLock { state in
            for watcher in state.watchers.values { watcher.queue.finish() }
            state.watchers = [:]
            state.isClosed = true
        }
    }
}
