/// Tells when an engine no longer speaks as it is understood: its version went on, or its events are another's.
struct DriftAlarm: Sendable, Hashable {
    /// What was wrong with a batch.
    enum Fault: String, Sendable, Hashable, CaseIterable {
        /// It, or what it stores, could not be read.
        case unreadable
        /// A name stood for two contents.
        case conflicting
        /// A sampled hash is not the one the engine's own rule gives.
        case mismatched

        /// One sentence after the engine's name.
        var note: String {
            switch self {
            case .unreadable: "its KV events cannot be read; look whether its version is a supported one"
            case .conflicting: "its KV events give one name to two contents; look whether two engines share an endpoint"
            case .mismatched: "its block hashes are not those of its settings; look at its hash algorithm and seed"
            }
        }
    }

    /// What a batch looked like.
    enum Sight: Sendable, Hashable {
        /// Nothing is wrong with it; its hashes were not looked at.
        case sound
        /// Of its hashes some were looked at and are right.
        case proven
        case faulty(Fault)
    }

    /// Faulty batches in a row that raise the alarm.
    static let faultsMax = 3
    /// Sound batches in a row that end it.
    static let soundMin = 16

    /// Why the engine's block set is not to be believed; nil while it is.
    private(set) var fault: Fault?
    private var faults = 0
    private var sound = 0
    /// The fault of the last faulty batch, until it is refuted.
    private var suspected: Fault?

    /// Takes what came of a batch. A hash that was wrong is refuted only by hashes that are right.
    mutating func observe(_ sight: Sight) {
        switch sight {
        case .faulty(let seen):
            sound = 0
            suspected = seen
            faults = min(faults + 1, DriftAlarm.faultsMax)
            if faults == DriftAlarm.faultsMax { fault = seen }
        case .sound where suspected == .mismatched: break
        case .sound, .proven:
            faults = 0
            guard fault != nil else { return suspected = nil }
            sound += 1
            if sound >= DriftAlarm.soundMin { self = DriftAlarm() }
        }
    }
}
