import KubernetesAPI

extension Transaction {
    /// Events kept; beyond it the oldest eighth goes.
    static let eventsMax = 4_096

    /// Removes the oldest events where there are too many.
    mutating func limitEvents() {
        let collection = StorageName(.event)
        guard countBefore(in: collection) > Transaction.eventsMax else { return }
        let events = objects(Selection(collection))
        let oldest = events.sorted { $0.stored.version < $1.stored.version }
        for (key, _) in oldest.prefix(Transaction.eventsMax / 8) { remove(StorageKey(collection, key)) }
    }
}
