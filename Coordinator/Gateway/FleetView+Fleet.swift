import AgentProtocol
package import Fleet
import Routing

extension FleetView {
    /// The gateway's view of the live picture. Of an engine with several ranks the rank that holds most counts.
    /// `files` gets what agents announce and `replicas` leads to other coordinators; without them nothing of that is
    /// used.
    package init(_ fleet: Fleet, files: ModelFileFetcher? = nil, replicas: ReplicaExchange? = nil) {
        self.init(
            snapshot: {
                let snapshot = fleet.snapshot
                return { id in snapshot[id].map { EngineFacts($0) } }
            },
            readings: { plan, question in
                let look = fleet.look(question.chain)
                let layout = look.snapshot.layout
                let places = plan.places(version: layout.version) { TargetPlan.Places(plan, layout) }
                var readings = TargetReadings(engines: [])
                let (basics, loads) = (layout.basics, look.snapshot.loads)
                readings.engines = places.numbers.map { number in
                    number < 0 ? EngineReading() : EngineReading(basics[Int(number)], loads[Int(number)])
                }
                if let model = question.model {
                    for (place, number) in places.numbers.enumerated() where number >= 0 {
                        guard layout.descriptions[Int(number)].serves(model) else { continue }
                        readings.engines[place].flags.insert(.servesModel)
                    }
                }
                for match in look.matches {
                    let place = Int(places.places[match.engine])
                    guard place >= 0 else { continue }
                    let blocks = Int32(clamping: match.blocks)
                    if blocks > readings.engines[place].matchedBlocks { readings.engines[place].matchedBlocks = blocks }
                    guard readings.engines[place].rankCount > 1 else { continue }
                    readings.ranks.append(.init(place: place, rank: match.rank, blocks: match.blocks))
                }
                return readings
            })
        self.replicas = replicas
        guard let files else { return }
        modelFiles = { id in
            let snapshot = fleet.snapshot
            let layout = snapshot.layout
            let holders = layout.descriptions.indices.filter {
                layout.descriptions[$0].modelFiles == id && layout.basics[$0].isReachable
            }
            return files.bundle(id, from: Set(holders.map { layout.agents[$0] }).sorted())
        }
    }
}

extension TargetPlan.Places {
    /// Where a target's engines stand in a layout of the fleet.
    fileprivate init(_ plan: TargetPlan, _ layout: FleetLayout) {
        var numbers: [Int32] = []
        var places = [Int32](repeating: -1, count: layout.descriptions.count)
        for (place, endpoint) in plan.server.endpoints.enumerated() {
            let number = layout.numbers[endpoint.engine]
            numbers.append(number.map { Int32($0) } ?? -1)
            if let number { places[number] = Int32(place) }
        }
        self.init(version: layout.version, numbers: numbers, places: places)
    }
}

extension EngineReading {
    /// What the fleet says of an engine. Of one whose agent is silent nothing is known any more; the pod's own
    /// readiness decides.
    fileprivate init(_ basics: FleetLayout.Basics, _ report: FleetLoad) {
        self.init()
        flags = .known
        blockSize = basics.blockSize
        rankCount = basics.rankCount
        life = basics.life
        guard basics.isReachable else { return }
        if !basics.isReady { flags.insert(.unready) }
        take(report.load, reports: report.reports)
    }
}

extension EngineDescription {
    fileprivate func serves(_ model: String) -> Bool { models.contains(model) || adapters.contains(model) }
}

extension EngineFacts {
    init(_ state: EngineState) {
        let description = state.description
        // Of an engine whose agent is silent nothing is known any more; the pod's own readiness decides.
        self.init(
            load: state.isReachable ? state.load : .init(), isReady: description.isReady || !state.isReachable,
            models: description.models + description.adapters, blockSize: description.blockSize,
            hasExactCache: description.hasExactCache && state.isReachable, rankCount: description.rankCount,
            incarnation: description.incarnation,
            modelFiles: description.modelFiles)
    }
}
