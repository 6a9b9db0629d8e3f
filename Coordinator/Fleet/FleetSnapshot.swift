package import AgentProtocol

/// The engines of the fleet at one moment; a value, so a reader keeps one picture for as long as it decides.
package struct FleetSnapshot: Sendable {
    package let layout: FleetLayout
    /// By the layout's numbers.
    package let loads: [FleetLoad]
    /// Grows with every change of an engine's description, load or reachability.
    package let version: UInt64

    package init(engines: [EngineID: EngineState] = [:], version: UInt64 = 0) {
        let states = engines.values.sorted { $0.description.id < $1.description.id }
        self.init(
            layout: FleetLayout(states, version: version), loads: states.map { FleetLoad($0.load) }, version: version)
    }

    init(layout: FleetLayout, loads: [FleetLoad], version: UInt64) {
        self.layout = layout
        self.loads = loads
        self.version = version
    }

    /// Every engine by its identity, made anew at each call.
    package var engines: [EngineID: EngineState] { layout.numbers.mapValues { state($0) } }

    package subscript(_ id: EngineID) -> EngineState? { layout.numbers[id].map { state($0) } }

    /// The engine that serves at `host:port`.
    package subscript(address address: String) -> EngineState? { layout.addresses[address].map { state($0) } }

    private func state(_ number: Int) -> EngineState {
        EngineState(
            description: layout.descriptions[number], load: loads[number].load, agent: layout.agents[number],
            isReachable: layout.basics[number].isReachable)
    }
}

/// The engines at one moment, and which of them held a prompt's beginning then.
package struct FleetLook: Sendable {
    /// What one rank holds in any tier.
    package struct Match: Sendable, Hashable {
        /// The engine's number in the snapshot's layout.
        package var engine: Int
        package var rank: Int
        /// Leading blocks, at least 1.
        package var blocks: Int
    }

    package var snapshot: FleetSnapshot
    package var matches: [Match]
}
