import AgentProtocol
import Synchronization

/// A target as decisions go over it: its engines by their place among the endpoints, and what depends on the endpoints
/// alone, made once a route table.
package final class TargetPlan: Sendable {
    /// Where the engines of a target stand in another numbering, and the other way round; -1 for nowhere.
    package struct Places: Sendable {
        /// Of which version of the numbering this is.
        package var version: UInt64
        package var numbers: [Int32]
        package var places: [Int32]

        package init(version: UInt64, numbers: [Int32], places: [Int32]) {
            self.version = version
            self.numbers = numbers
            self.places = places
        }
    }

    package let server: TargetServer
    /// Each engine's number in the ledger of requests in flight.
    package let numbers: [Int32]
    /// What tells engines apart in consistent choices; the same on every replica.
    let seeds: [UInt64]
    let roles: [Endpoint.Role]
    /// Places by group, groups in order of their names.
    let groups: [[Int]]
    /// Equal numbers are one node; -1 where it is unknown.
    let nodes: [Int32]
    /// The endpoints themselves, so that finding one touches none.
    private let identities: [ObjectIdentifier]
    /// The domains of each endpoint's node, closest first, by number.
    private let domains: [[(tier: Int, number: Int32)]]
    private let fleetPlaces = Mutex<Places?>(nil)

    /// `numbers` is what `InFlight.enlist` gave for the endpoints.
    package init(_ server: TargetServer, numbers: [Int32]) {
        precondition(numbers.count == server.endpoints.count, "every endpoint has a number")
        self.server = server
        self.numbers = numbers
        roles = server.endpoints.map(\.role)
        identities = server.endpoints.map { ObjectIdentifier($0) }
        seeds = server.endpoints.map { XXHash64.hash(Array($0.engine.description.utf8)) }
        let byGroup = Dictionary(grouping: server.endpoints.indices, by: { server.endpoints[$0].group })
        groups = byGroup.sorted { $0.key < $1.key }.map(\.value)
        var known: [String: Int32] = ["": -1]
        nodes = server.endpoints.map { endpoint in
            if let number = known[endpoint.node] { return number }
            let number = Int32(known.count)
            known[endpoint.node] = number
            return number
        }
        var numbered: [Endpoint.Domain: Int32] = [:]
        domains = server.endpoints.map { endpoint in
            endpoint.domains.sorted { ($0.tier, $0.name) < ($1.tier, $1.name) }.map { domain in
                let number = numbered[domain] ?? Int32(numbered.count)
                numbered[domain] = number
                return (domain.tier, number)
            }
        }
    }

    /// The tier of the closest domain that two endpoints share, 0 for one node; nil where none is known.
    func commonTier(_ left: Int, _ right: Int) -> Int? {
        if nodes[left] >= 0, nodes[left] == nodes[right] { return 0 }
        for domain in domains[left] where domains[right].contains(where: { $0.number == domain.number }) {
            return domain.tier
        }
        return nil
    }

    /// Where an endpoint of this very target stands among its endpoints.
    package func place(of endpoint: Endpoint) -> Int? { identities.firstIndex(of: ObjectIdentifier(endpoint)) }

    /// Where this target's engines stand in a numbering; `make` is called once a version.
    package func places(version: UInt64, _ make: () -> Places) -> Places {
        fleetPlaces.withLock { known in
            if let known, known.version == version { return known }
            let made = make()
            known = made
            return made
        }
    }
}
