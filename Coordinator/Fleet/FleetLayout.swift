package import AgentProtocol

/// Which engines the fleet shows and what they are, each under a number from 0: everything of a snapshot that changes
/// seldom. A new layout may number the engines anew.
package final class FleetLayout: Sendable {
    /// What a decision reads of every engine: plain numbers, so that a pass over many touches little memory.
    package struct Basics: Sendable, Hashable {
        package var blockSize: Int32
        package var rankCount: UInt16
        package var isReady: Bool
        package var isReachable: Bool
        /// The incarnation in short.
        package var life: UInt32
    }

    package let descriptions: [EngineDescription]
    package let basics: [Basics]
    /// The agent that reports each.
    package let agents: [AgentID]
    package let numbers: [EngineID: Int]
    /// Numbers by `host:port`.
    let addresses: [String: Int]
    /// Differs between any two layouts of a fleet.
    package let version: UInt64

    init(_ engines: [EngineState], version: UInt64) {
        descriptions = engines.map(\.description)
        basics = engines.map { engine in
            Basics(
                blockSize: Int32(clamping: engine.description.blockSize),
                rankCount: UInt16(clamping: engine.description.rankCount), isReady: engine.description.isReady,
                isReachable: engine.isReachable, life: UInt32(truncatingIfNeeded: engine.description.incarnation))
        }
        agents = engines.map(\.agent)
        numbers = Dictionary(
            engines.enumerated().map { ($1.description.id, $0) }, uniquingKeysWith: { first, _ in first })
        addresses = Self.addresses(of: engines)
        self.version = version
    }

    /// Of two engines that claim an address, the later life has it.
    private static func addresses(of engines: [EngineState]) -> [String: Int] {
        var result: [String: Int] = [:]
        for (number, state) in engines.enumerated() {
            let address = "\(state.description.host):\(state.description.id.port)"
            if let other = result[address] {
                let rival = engines[other].description
                if (rival.incarnation, rival.id) > (state.description.incarnation, state.description.id) { continue }
            }
            result[address] = number
        }
        return result
    }
}

/// The load of one engine, and how many times it changed in this life.
package struct FleetLoad: Sendable, Hashable {
    package var load: EngineLoad
    package var reports: UInt32

    package init(_ load: EngineLoad = EngineLoad(), reports: UInt32 = 0) {
        self.load = load
        self.reports = reports
    }
}
