/// Requests of one session go to one engine as long as that costs little.
///
/// Nothing is remembered: the engine of a session is the one that draws the highest number for it among those that may
/// be chosen, so every router replica finds the same one, and when engines come or go only their own sessions move.
package struct SessionAffinity: Sendable, Hashable {
    /// Where a request's session is read from.
    package enum Source: Sendable, Hashable {
        case header(String)
        case cookie(String)
        case query(String)
        /// A claim of the caller's token, as the check of the token handed it in.
        case claim(String)
    }

    /// The first that a request has counts.
    package var sources: [Source]
    /// The session's engine is left when it costs this many milliseconds more than the cheapest.
    package var yieldsAt: Double

    package static let yieldsAtDefault = 500.0

    package init(sources: [Source], yieldsAt: Double = yieldsAtDefault) {
        self.sources = sources
        self.yieldsAt = yieldsAt
    }

    /// What a decision needs to know of a session's name.
    package static func key(_ name: String) -> UInt64 { XXHash64.hash(Array(name.utf8)) }

    /// The number an engine draws for a session.
    static func draw(_ session: UInt64, _ seed: UInt64) -> UInt64 {
        var mixed = session ^ seed
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
