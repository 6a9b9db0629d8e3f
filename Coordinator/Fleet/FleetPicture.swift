import AgentProtocol
import KVIndex

/// What readers see of the fleet; changed by `take` alone, in moments.
struct FleetPicture {
    private(set) var layout = FleetLayout([], version: 0)
    private var names: [RankName?] = []
    private(set) var version: UInt64 = 0
    private var loads: [FleetLoad] = []
    /// When something changes by time alone; nil when nothing will.
    private(set) var nextDeadline: Duration?

    var snapshot: FleetSnapshot { FleetSnapshot(layout: layout, loads: loads, version: version) }

    /// What a rank's number in the index stands for; nil where that is not shown.
    func name(of rank: RankIndex) -> RankName? {
        Int(rank.value) < names.count ? names[Int(rank.value)] : nil
    }

    /// The same by the engine's identity.
    func id(of rank: RankIndex) -> RankID? {
        name(of: rank).map { RankID(engine: layout.descriptions[$0.engine].id, rank: $0.rank) }
    }

    /// Takes a change of the state; true when engines or loads changed.
    mutating func take(_ change: FleetChange) -> Bool {
        nextDeadline = change.nextDeadline
        switch change.news {
        case .nothing: return false
        case .loads(let changed):
            for (number, load) in changed { loads[number] = load }
            guard !changed.isEmpty else { return false }
        case .engines(let layout, let loads, let names): (self.layout, self.loads, self.names) = (layout, loads, names)
        }
        version += 1
        return true
    }
}

/// The engine's number in the layout and the rank, of a rank's number in the index.
typealias RankName = (engine: Int, rank: Int)

/// How an event changed what is to be seen.
struct FleetChange {
    enum News {
        case nothing
        /// Loads by the layout's numbers.
        case loads([(number: Int, load: FleetLoad)])
        case engines(FleetLayout, [FleetLoad], names: [RankName?])
    }

    var news: News
    var nextDeadline: Duration?
}
