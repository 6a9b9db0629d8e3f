import AgentProtocol
import Testing

/// Applies link events as a coordinator does and checks their order: loads carry ever larger numbers, so one that is
/// delivered twice or out of order shows.
struct Receiver {
    private(set) var shown = Picture()
    private var building: Picture?
    private var latestLoad: [EngineID: Int] = [:]
    private var isConnected = false
    private var hasSnapshot = false

    mutating func apply(_ event: LinkEvent) throws {
        switch event {
        case .connected: isConnected = true
        case .reports(let reports):
            try #require(isConnected && hasSnapshot, "reports came before a snapshot began")
            for report in reports {
                if case .load(let id, let load) = report { try check(load, id) }
                if building != nil { building?.apply(report) } else { shown.apply(report) }
            }
        case .snapshotBegan:
            try #require(isConnected)
            hasSnapshot = true
            building = Picture()
        case .snapshotEnded:
            shown = try #require(building)
            building = nil
        case .piece: Issue.record("a piece that nobody asked for")
        case .work, .replicas: Issue.record("work of replicas that are not there")
        case .lost:
            try #require(isConnected)
            isConnected = false
            building = nil
        }
    }

    private mutating func check(_ load: EngineLoad, _ id: EngineID) throws {
        let latest = latestLoad[id] ?? -1
        if building == nil {
            try #require(load.running > latest, "load \(load.running) of \(id) was delivered after \(latest)")
        } else {
            try #require(load.running >= latest || load.running == 0)
        }
        latestLoad[id] = load.running
    }
}
