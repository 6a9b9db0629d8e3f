package import AgentProtocol
import EngineWire

/// One engine as people and the metrics page see it.
package struct EngineView: Sendable, Hashable {
    package var description: EngineDescription
    package var load: EngineLoad?
    package var ranks: [Rank]

    /// One data-parallel rank of it.
    package struct Rank: Sendable, Hashable {
        /// Where its KV events come from; nil where they are not followed.
        package var endpoint: String?
        /// Why they are not.
        package var note: String?
        /// Blocks held.
        package var blocks: Int
        /// Batches seen or made good by a replay.
        package var batches: UInt64
        /// Gaps in the batches that stayed open; each emptied the block set.
        package var gaps: Int
        /// Batches that could not be read.
        package var malformed: Int
        /// Replays that the engine could not give from where they were asked.
        package var truncated: Int
        /// Why the block set is not believed at present: `unreadable`, `conflicting` or `mismatched`.
        package var drift: String?
        package var counts: EngineCacheCounts
    }

    init(_ record: EngineRecord) {
        description = record.description
        load = record.load
        ranks = record.ranks.map { rank in
            Rank(
                endpoint: rank.source?.endpoint, note: rank.note ?? rank.stream.drift.fault?.note,
                blocks: rank.stream.cache.count,
                batches: rank.stream.next, gaps: rank.stream.gapCount, malformed: rank.stream.malformedCount,
                truncated: rank.stream.truncatedCount, drift: rank.stream.drift.fault?.rawValue,
                counts: rank.stream.cache.counts)
        }
    }
}
