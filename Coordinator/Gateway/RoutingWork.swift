import AgentProtocol
import Routing

/// What the choice of an engine leaves behind for the rest of a request's way.
struct RoutingWork {
    /// The policy that was in force when the request began.
    let policy: RoutingPolicy
    /// Claims of the caller's checked token, for who keeps a session by one.
    var claims: [String: String] = [:]
    /// Hashes of the prompt's text, where the policy reads them.
    var text: [UInt64] = []
    /// The request as it was decided on.
    var request: RoutingRequest?
    var readings: TargetReadings?
    /// The rank chosen of each engine with several that was tried.
    var ranks: [EngineID: Int] = [:]

    init(policy: RoutingPolicy) { self.policy = policy }
}
