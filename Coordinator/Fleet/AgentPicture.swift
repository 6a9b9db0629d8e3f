import AgentProtocol
import KVBlocks
import KVIndex

/// What one agent has said of its engines, since it was first heard or since the snapshot that replaced all before.
///
/// 1. Every rank number in it is in use in the index for this picture only.
/// 2. An engine's ranks hold what was stored in its current incarnation.
struct AgentPicture {
    struct Engine {
        var description: EngineDescription
        var load = EngineLoad()
        /// How many times the load changed.
        var reports: UInt32 = 0
        var ranks: [Int: RankIndex] = [:]
    }

    /// How a report changed the picture, for whoever shows it.
    enum Change {
        case nothing
        /// The load of an engine.
        case load(EngineID)
        /// Which engines there are, or a description.
        case engines
        /// A rank appeared that has no number in the shown picture yet.
        case ranks
    }

    /// Ranks an engine may name; events of others are ignored.
    static let ranksPerEngineMax = 1024

    private(set) var engines: [EngineID: Engine] = [:]

    /// Numbers of the index that this picture uses.
    var rankIndices: [RankIndex] { engines.values.flatMap { $0.ranks.values } }

    mutating func apply(_ report: Report, to index: KVIndex) -> Change {
        switch report {
        case .engine(let description): describe(description, index)
        case .engineGone(let id): forget(id, index)
        case .load(let id, let load): setLoad(load, of: id)
        case .cache(let id, let rank, let incarnation, let event):
            applyCache(event, id, rank, incarnation, index)
        }
    }

    private mutating func describe(_ description: EngineDescription, _ index: KVIndex) -> Change {
        guard var engine = engines[description.id] else {
            engines[description.id] = Engine(description: description)
            return .engines
        }
        let known = engine.description.incarnation
        // A report of an earlier life that was overtaken by a snapshot.
        guard description.incarnation >= known else { return .nothing }
        guard engine.description != description else { return .nothing }
        if description.incarnation > known {
            index.remove(Array(engine.ranks.values))
            engine = Engine(description: description)
        } else {
            engine.description = description
        }
        engines[description.id] = engine
        return .engines
    }

    private mutating func forget(_ id: EngineID, _ index: KVIndex) -> Change {
        guard let engine = engines.removeValue(forKey: id) else { return .nothing }
        index.remove(Array(engine.ranks.values))
        return .engines
    }

    private mutating func setLoad(_ load: EngineLoad, of id: EngineID) -> Change {
        guard let engine = engines[id], engine.load != load else { return .nothing }
        engines[id]?.load = load
        engines[id]?.reports &+= 1
        return .load(id)
    }

    private mutating func applyCache(
        _ event: KVEvent, _ id: EngineID, _ rank: Int, _ incarnation: UInt64, _ index: KVIndex
    ) -> Change {
        guard let engine = engines[id], engine.description.incarnation == incarnation,
            (0..<Self.ranksPerEngineMax).contains(rank)
        else { return .nothing }
        if let known = engine.ranks[rank] {
            index.apply(event, rank: known)
            return .nothing
        }
        // Without a number the rank is not credited: less is known, nothing is wrong.
        guard let made = index.makeRank() else { return .nothing }
        engines[id]?.ranks[rank] = made
        index.apply(event, rank: made)
        return .ranks
    }
}
