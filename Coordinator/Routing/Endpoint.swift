package import AgentProtocol

/// One engine that may get traffic: a ready pod and its port. It never changes, so that whoever deals with it holds a
/// reference.
package final class Endpoint: Sendable, Hashable {
    /// The leg of a request it serves.
    package enum Role: String, Sendable { case none, prefill, decode }

    package let engine: EngineID
    package let host: String
    package let node: String
    package let role: Role
    /// Prefill and decode engines pair up within one group.
    package let group: String
    /// `host:port`, as requests to it name it.
    package let authority: String

    package init(engine: EngineID, host: String, node: String = "", role: Role = .none, group: String = "") {
        self.engine = engine
        self.host = host
        self.node = node
        self.role = role
        self.group = group
        authority = "\(host):\(engine.port)"
    }

    package var port: Int { engine.port }

    package static func == (left: Endpoint, right: Endpoint) -> Bool {
        left === right
            || left.engine == right.engine && left.host == right.host && left.node == right.node
                && left.role == right.role && left.group == right.group
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(engine)
        hasher.combine(host)
        hasher.combine(role)
    }
}
