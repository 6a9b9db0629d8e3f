import AgentProtocol
import KVBlocks
import KVIndex

/// The fleet as one value, changed only by `apply`; `Fleet` guards it.
///
/// 1. `shown` holds every engine of every agent's current picture once; of two agents that report the same engine the
///    one with the later incarnation is shown.
/// 2. `names` holds exactly the ranks of shown engines; a picture still being received has none.
struct FleetState {
    struct Agent {
        var description: AgentDescription?
        var picture = AgentPicture()
        /// The picture a snapshot is building.
        var building: AgentPicture?
        /// When it was lost, nil while connected.
        var lostAt: Duration?
        var isReachable = true
    }

    /// A lost agent is forgotten, engines and all, after this time.
    static let lostAgentKept = Duration.seconds(3600)

    let grace: Duration
    var index: KVIndex
    var agents: [AgentID: Agent] = [:]
    private(set) var shown: [EngineID: EngineState] = [:]
    private var names: [RankID?] = []
    private var addresses: [String: EngineID] = [:]
    private(set) var version: UInt64 = 0
    /// When something changes by time alone; nil when nothing will.
    private(set) var nextDeadline: Duration?

    init(indexBytesMax: Int, grace: Duration) {
        index = KVIndex(bytesMax: indexBytesMax)
        self.grace = grace
    }

    var snapshot: FleetSnapshot { FleetSnapshot(engines: shown, addresses: addresses, version: version) }

    mutating func apply(_ event: LinkEvent, from id: AgentID, now: Duration) {
        switch event {
        case .connected(let description):
            agents[id, default: Agent()].description = description
            setLost(nil, id)
        case .reports(let reports): apply(reports, from: id)
        case .snapshotBegan:
            abandonBuilding(id)
            agents[id, default: Agent()].building = AgentPicture()
        case .snapshotEnded: finishBuilding(id)
        case .lost:
            abandonBuilding(id)
            if agents[id]?.lostAt == nil { setLost(now, id) }
        }
        expire(now: now)
    }

    /// Marks engines of agents lost for longer than the grace, and forgets those lost for very long.
    mutating func expire(now: Duration) {
        guard let deadline = nextDeadline, deadline <= now else { return }
        for (id, agent) in agents {
            guard let lostAt = agent.lostAt else { continue }
            if now - lostAt >= Self.lostAgentKept {
                forget(id)
            } else if agent.isReachable, now - lostAt >= grace {
                agents[id]?.isReachable = false
            }
        }
        show()
    }

    mutating func forget(_ id: AgentID) {
        guard let agent = agents.removeValue(forKey: id) else { return }
        index.remove(agent.picture.rankIndices + (agent.building?.rankIndices ?? []))
        show()
    }

    /// Leading blocks of `chain` by rank and tier; ranks that hold nothing of it are absent.
    func matches(_ chain: [BlockHash]) -> [RankID: PrefixMatch] {
        var result: [RankID: PrefixMatch] = [:]
        for match in index.matches(chain) {
            if let name = name(of: match.rank) { result[name] = match }
        }
        return result
    }

    func name(of rank: RankIndex) -> RankID? {
        Int(rank.value) < names.count ? names[Int(rank.value)] : nil
    }

    private mutating func apply(_ reports: [Report], from id: AgentID) {
        var agent = agents.removeValue(forKey: id) ?? Agent()
        let isBuilding = agent.building != nil
        var picture = agent.building ?? agent.picture
        agent.building = nil
        var enginesChanged = false
        var loads: [EngineID] = []
        for report in reports {
            switch picture.apply(report, to: &index) {
            case .nothing: break
            case .load(let engine): loads.append(engine)
            case .engines, .ranks: enginesChanged = true
            }
        }
        if isBuilding {
            agent.building = picture
            agents[id] = agent
            return
        }
        agent.picture = picture
        agents[id] = agent
        if enginesChanged {
            show()
        } else {
            showLoads(loads, of: picture, id)
        }
    }

    private mutating func abandonBuilding(_ id: AgentID) {
        guard let building = agents[id]?.building else { return }
        agents[id]?.building = nil
        index.remove(building.rankIndices)
    }

    private mutating func finishBuilding(_ id: AgentID) {
        guard let building = agents[id]?.building, let old = agents[id]?.picture else { return }
        agents[id]?.picture = building
        agents[id]?.building = nil
        index.remove(old.rankIndices)
        show()
    }

    private mutating func setLost(_ at: Duration?, _ id: AgentID) {
        agents[id, default: Agent()].lostAt = at
        let wasReachable = agents[id]?.isReachable ?? true
        if at == nil { agents[id]?.isReachable = true }
        scheduleDeadline()
        if at == nil, !wasReachable { show() }
    }

    private mutating func scheduleDeadline() {
        nextDeadline = agents.values.compactMap { agent in
            agent.lostAt.map { $0 + (agent.isReachable ? grace : Self.lostAgentKept) }
        }.min()
    }

    private mutating func showLoads(_ changed: [EngineID], of picture: AgentPicture, _ agent: AgentID) {
        for id in changed {
            guard shown[id]?.agent == agent, let load = picture.engines[id]?.load else { continue }
            shown[id]?.load = load
            version += 1
        }
    }

    /// Makes the shown engines and the names of their ranks anew from all pictures.
    private mutating func show() {
        scheduleDeadline()
        shown = [:]
        var ranks: [EngineID: [Int: RankIndex]] = [:]
        for (id, agent) in agents {
            for (engine, entry) in agent.picture.engines {
                if let rival = shown[engine],
                    (rival.description.incarnation, rival.agent) > (entry.description.incarnation, id)
                {
                    continue
                }
                shown[engine] = EngineState(
                    description: entry.description, load: entry.load, agent: id, isReachable: agent.isReachable)
                ranks[engine] = entry.ranks
            }
        }
        names = []
        for (engine, indices) in ranks {
            for (rank, index) in indices {
                let place = Int(index.value)
                while names.count <= place { names.append(nil) }
                names[place] = RankID(engine: engine, rank: rank)
            }
        }
        addresses = FleetSnapshot.addresses(of: shown)
        version += 1
    }
}
