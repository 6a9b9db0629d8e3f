import AgentProtocol
import KVBlocks
import KVIndex

/// What all agents said, changed only by `apply`, `expire` and `forget`; `Fleet` guards it and shows what `takeNews`
/// says.
///
/// 1. `layout` holds every engine of every agent's current picture once; of two agents that report the same engine the
///    one with the later incarnation is shown.
/// 2. The names told are exactly those of ranks of shown engines; a picture still being received has none.
/// 3. Ranks that left are used again after the names without them were shown.
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
    let index: KVIndex
    var agents: [AgentID: Agent] = [:]
    private(set) var layout = FleetLayout([], version: 0)
    private var layoutCount: UInt64 = 0
    private var nextDeadline: Duration?
    private var news = FleetChange.News.nothing

    init(_ index: KVIndex, grace: Duration) {
        self.index = index
        self.grace = grace
    }

    /// What changed since it was last asked.
    mutating func takeNews() -> FleetChange {
        defer { news = .nothing }
        return FleetChange(news: news, nextDeadline: nextDeadline)
    }

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
        case .piece, .work, .replicas: break
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

    private mutating func apply(_ reports: [Report], from id: AgentID) {
        var agent = agents.removeValue(forKey: id) ?? Agent()
        let isBuilding = agent.building != nil
        var picture = agent.building ?? agent.picture
        // Nobody else may hold what changes, or it would be copied whole.
        if isBuilding { agent.building = nil } else { agent.picture = AgentPicture() }
        var enginesChanged = false
        var loads: [EngineID] = []
        for report in reports {
            switch picture.apply(report, to: index) {
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
        let loads = changed.compactMap { id -> (Int, FleetLoad)? in
            guard let number = layout.numbers[id], layout.agents[number] == agent, let engine = picture.engines[id]
            else { return nil }
            return (number, FleetLoad(engine.load, reports: engine.reports))
        }
        // Whoever sees the layout anew sees all loads.
        if case .nothing = news { news = .loads(loads) }
    }

    /// Makes the layout and the names of its ranks anew from all pictures.
    private mutating func show() {
        scheduleDeadline()
        var shown: [EngineID: (agent: AgentID, isReachable: Bool, engine: AgentPicture.Engine)] = [:]
        for (id, agent) in agents {
            for (engine, entry) in agent.picture.engines {
                if let rival = shown[engine],
                    (rival.engine.description.incarnation, rival.agent) > (entry.description.incarnation, id)
                {
                    continue
                }
                shown[engine] = (id, agent.isReachable, entry)
            }
        }
        var states: [EngineState] = []
        var loads: [FleetLoad] = []
        var names: [RankName?] = []
        for (agent, isReachable, engine) in shown.values {
            for (rank, index) in engine.ranks {
                let place = Int(index.value)
                while names.count <= place { names.append(nil) }
                names[place] = (states.count, rank)
            }
            states.append(
                EngineState(
                    description: engine.description, load: engine.load, agent: agent, isReachable: isReachable))
            loads.append(FleetLoad(engine.load, reports: engine.reports))
        }
        layoutCount += 1
        layout = FleetLayout(states, version: layoutCount)
        news = .engines(layout, loads, names: names)
    }
}
