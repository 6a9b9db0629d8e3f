import AgentProtocol
import KVBlocks

/// What reports add up to, written down literally; both ends of a simulated link keep one.
struct Picture: Equatable {
    struct Engine: Equatable {
        var description: EngineDescription
        var load = EngineLoad()
        var blocks: [Int: [BlockHash]] = [:]
    }

    private(set) var engines: [EngineID: Engine] = [:]

    mutating func apply(_ report: Report) {
        switch report {
        case .engine(let description):
            guard var engine = engines[description.id] else {
                engines[description.id] = Engine(description: description)
                return
            }
            if description.incarnation < engine.description.incarnation { return }
            if description.incarnation > engine.description.incarnation {
                engine = Engine(description: description)
            } else {
                engine.description = description
            }
            engines[description.id] = engine
        case .engineGone(let id): engines[id] = nil
        case .load(let id, let load): engines[id]?.load = load
        case .cache(let id, let rank, let incarnation, let event):
            guard engines[id]?.description.incarnation == incarnation else { return }
            var held = Set(engines[id]?.blocks[rank] ?? [])
            switch event {
            case .stored(_, let blocks, _): held.formUnion(blocks)
            case .removed(let blocks, _): held.subtract(blocks)
            case .cleared: held = []
            }
            engines[id]?.blocks[rank] = held.isEmpty ? nil : held.sorted { $0.value < $1.value }
        }
    }

    /// Reports that rebuild everything.
    var reports: [Report] {
        engines.values.flatMap { engine -> [Report] in
            let id = engine.description.id
            let caches = engine.blocks.map { rank, blocks in
                Report.cache(
                    id, rank: rank, incarnation: engine.description.incarnation,
                    .stored(parent: nil, blocks: blocks, tier: .device))
            }
            return [.engine(engine.description), .load(id, engine.load)] + caches
        }
    }
}
