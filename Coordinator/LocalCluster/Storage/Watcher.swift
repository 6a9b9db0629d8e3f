import JSONValues

/// What a watch hands to the connection that serves it.
package enum WatchItem: Sendable {
    case notice(WatchNotice)
    /// Everything up to this version has been sent. `endsInitialEvents` marks the end of a streamed list.
    case bookmark(Int64, endsInitialEvents: Bool)
}

/// One open watch: a selection and a bounded queue.
struct Watcher: Sendable {
    /// Items a connection may be behind by; one that falls further behind is ended with 410 and lists again.
    static let itemsMax = 4_096

    let selection: Selection
    let queue: AsyncStream<WatchItem>.Continuation

    /// Queues what the watch is to be told of a change; false where the queue is full.
    func offer(_ change: Change) -> Bool {
        guard let notice = selection.notice(of: change) else { return true }
        return offer(.notice(notice))
    }

    func offer(_ item: WatchItem) -> Bool {
        if case .dropped = queue.yield(item) { return false }
        return true
    }
}

/// The reading end of a watch.
package struct Watch: Sendable {
    package let items: AsyncStream<WatchItem>
    let number: Int
}
