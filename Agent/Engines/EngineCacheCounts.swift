/// What a cache met, for metrics.
package struct EngineCacheCounts: Sendable, Hashable {
    /// Copies told.
    package var stored = 0
    /// Of them, told again without being new.
    package var repeated = 0
    /// Of them, further copies of a block that the tier had.
    package var duplicates = 0
    /// Blocks that came before the one they follow, and were parked for it.
    package var parentless = 0
    /// Blocks whose name stands for another content: what the engine hashes is not what is hashed here.
    package var conflicting = 0
    package var removed = 0
    /// Removals of blocks that were not known to be held.
    package var unknownRemoved = 0
    /// Blocks left out: another kind of attention, another node's, or without usable tokens.
    package var ignored = 0
    /// Blocks dropped because too many waited for an unknown parent.
    package var dropped = 0
    /// Times the engine said that everything is gone.
    package var cleared = 0
    /// Events of unknown kinds.
    package var unknown = 0
    /// Stored runs that could not be understood.
    package var unreadable = 0
    /// Blocks whose name was computed anew and is the one that was told.
    package var verified = 0
    /// Runs with a name that is not what the engine's own rule, or its own earlier word, makes it.
    package var mismatched = 0
    /// Fields passed over.
    package var oddFields = 0

    /// What the batch looked like that made these of earlier counts.
    func sight(since before: EngineCacheCounts) -> DriftAlarm.Sight {
        if conflicting > before.conflicting { return .faulty(.conflicting) }
        if mismatched > before.mismatched { return .faulty(.mismatched) }
        return verified > before.verified ? .proven : .sound
    }

    /// Events that could not be used as they were meant.
    var oddCount: Int { unknown + unreadable + conflicting + mismatched + unknownRemoved + dropped }
}
