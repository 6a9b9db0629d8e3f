package import AgentProtocol

/// One engine that may get traffic: a ready pod and its port. It never changes, so that whoever deals with it holds a
/// reference.
package final class Endpoint: Sendable, Hashable {
    /// The leg of a request it serves.
    package enum Role: String, Sendable { case none, prefill, decode }

    /// A set of nodes that are close to each other.
    package struct Domain: Sendable, Hashable {
        /// Its level; lower is closer, and a single node is 0.
        package var tier: Int
        package var name: String

        package init(tier: Int, name: String) {
            self.tier = tier
            self.name = name
        }
    }

    /// The port of bootstrap servers whose pods name none.
    package static let bootstrapPortDefault = 8_998

    package let engine: EngineID
    package let host: String
    package let node: String
    package let role: Role
    /// Prefill and decode engines pair up within one group.
    package let group: String
    /// The parts of the fabric that its node is in, in any order.
    package let domains: [Domain]
    /// Where a prefill engine's bootstrap server listens.
    package let bootstrapPort: Int
    /// `host:port`, as requests to it name it.
    package let authority: String

    package init(
        engine: EngineID, host: String, node: String = "", role: Role = .none, group: String = "",
        domains: [Domain] = [], bootstrapPort: Int = Endpoint.bootstrapPortDefault
    ) {
        self.engine = engine
        self.host = host
        self.node = node
        self.role = role
        self.group = group
        self.domains = domains
        self.bootstrapPort = bootstrapPort
        authority = "\(host):\(engine.port)"
    }

    package var port: Int { engine.port }

    package static func == (left: Endpoint, right: Endpoint) -> Bool {
        left === right
            || left.engine == right.engine && left.host == right.host && left.node == right.node
                && left.role == right.role && left.group == right.group && left.domains == right.domains
                && left.bootstrapPort == right.bootstrapPort
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(engine)
        hasher.combine(host)
        hasher.combine(role)
    }
}
