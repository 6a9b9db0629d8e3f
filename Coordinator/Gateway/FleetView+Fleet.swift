import AgentProtocol
package import Fleet
import Routing

extension FleetView {
    /// The gateway's view of the live picture. Of an engine with several ranks the rank that holds most counts.
    package init(_ fleet: Fleet) {
        self.init(
            snapshot: {
                let snapshot = fleet.snapshot
                return { id in snapshot[id].map { EngineFacts($0) } }
            },
            matches: { chain in
                Dictionary(fleet.matches(chain).map { ($0.key.engine, $0.value) }, uniquingKeysWith: { max($0, $1) })
            })
    }
}

extension EngineFacts {
    init(_ state: EngineState) {
        let description = state.description
        // Of an engine whose agent is silent nothing is known any more; the pod's own readiness decides.
        self.init(
            load: state.isReachable ? state.load : .init(), isReady: description.isReady || !state.isReachable,
            models: description.models + description.adapters, blockSize: description.blockSize,
            hasExactCache: description.hasExactCache && state.isReachable)
    }
}
