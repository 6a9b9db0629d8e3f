package import AgentProtocol

/// One ModelServer with the pods behind it that may get traffic now.
package struct TargetServer: Sendable, Hashable {
    /// How its pods are spoken to.
    package enum Scheme: String, Sendable { case http, https }

    /// How the key-value cache gets from the prefill engine to the decode engine.
    package enum Connector: String, Sendable {
        /// Through a store that both engines share; the legs say nothing of it.
        case http, lmcache
        /// The prefill engine's answer says where the decode engine finds the cache.
        case nixl
        /// As `nixl`, or by an id under which the engines meet; the engines show which.
        case mooncake
        /// The engines meet in a room of the prefill engine's bootstrap server, as SGLang's do.
        case bootstrap

        /// A decode engine can compute a prompt itself.
        package var decodesAlone: Bool { self != .bootstrap }
    }

    /// Objects of two kinds may have one name.
    package struct ID: Sendable, Hashable {
        var backend: Backend
        var name: ObjectName
    }

    /// What its trafficPolicy says of retries.
    package struct Retry: Sendable, Hashable {
        /// Tries after the first.
        package var attempts: Int
        package var interval: Duration

        package init(attempts: Int, interval: Duration = .milliseconds(100)) {
            self.attempts = attempts
            self.interval = interval
        }
    }

    package var name: ObjectName
    /// The kind of object it is; a RouteTable says so.
    package internal(set) var backend = Backend.modelServer
    /// The model name engines know; nil when requests keep theirs.
    package var model: String?
    package var engine: EngineKind
    package var scheme: Scheme
    package var connector: Connector
    /// Bounds the time to the response's head.
    package var timeout: Duration?
    package var retry: Retry?
    /// Requests take two legs: prefill, then decode.
    package var isDisaggregated: Bool
    package var endpoints: [Endpoint]
    /// Set where somebody else's service answers instead of pods.
    package var external: ExternalService?

    package var id: ID { ID(backend: backend, name: name) }

    package init(name: ObjectName, model: String? = nil, engine: EngineKind = .vLLM, endpoints: [Endpoint]) {
        self.name = name
        self.model = model
        self.engine = engine
        scheme = .http
        connector = .http
        isDisaggregated = false
        self.endpoints = endpoints
    }
}

/// One engine that may get traffic: a ready pod and its port.
package struct Endpoint: Sendable, Hashable {
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

    package var engine: EngineID
    package var host: String
    package var node: String
    package var role: Role
    /// Prefill and decode engines pair up within one group.
    package var group: String
    /// The parts of the fabric that its node is in, in any order.
    package var domains: [Domain] = []
    /// Where a prefill engine's bootstrap server listens.
    package var bootstrapPort: Int

    /// The port of bootstrap servers whose pods name none.
    package static let bootstrapPortDefault = 8_998

    package init(
        engine: EngineID, host: String, node: String = "", role: Role = .none, group: String = "",
        bootstrapPort: Int = Endpoint.bootstrapPortDefault
    ) {
        self.engine = engine
        self.host = host
        self.node = node
        self.role = role
        self.group = group
        self.bootstrapPort = bootstrapPort
    }

    package var port: Int { engine.port }
}
