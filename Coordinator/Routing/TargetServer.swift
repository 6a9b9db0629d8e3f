package import AgentProtocol

/// One ModelServer with the pods behind it that may get traffic now. Copies share what they hold.
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
        package var backend: Backend
        package var name: ObjectName
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

    /// One allocation for all copies, since each request holds several.
    private final class Box: Sendable {
        let facts: Facts

        init(_ facts: Facts) { self.facts = facts }
    }

    private struct Facts: Sendable, Hashable {
        var name: ObjectName
        var backend = Backend.modelServer
        var number = -1
        var model: String?
        var engine: EngineKind
        var scheme = Scheme.http
        var connector = Connector.http
        var timeout: Duration?
        var retry: Retry?
        var isDisaggregated = false
        var endpoints: [Endpoint]
        var external: ExternalService? { didSet { isExternal = external != nil } }
        var isExternal = false
    }

    private var box: Box

    package init(name: ObjectName, model: String? = nil, engine: EngineKind = .vLLM, endpoints: [Endpoint]) {
        box = Box(Facts(name: name, model: model, engine: engine, endpoints: endpoints))
    }

    private mutating func edit(_ change: (inout Facts) -> Void) {
        var facts = box.facts
        change(&facts)
        box = Box(facts)
    }

    /// A RouteTable takes it in.
    mutating func place(at number: Int, as backend: Backend) {
        edit { facts in
            facts.number = number
            facts.backend = backend
        }
    }

    package var id: ID { ID(backend: backend, name: name) }

    package static func == (left: TargetServer, right: TargetServer) -> Bool {
        left.box === right.box || left.box.facts == right.box.facts
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(box.facts) }

    /// The same value that was made once, not only an equal one.
    package func isIdentical(to other: TargetServer) -> Bool { box === other.box }
}

extension TargetServer {
    package var name: ObjectName {
        get { box.facts.name }
        set { edit { $0.name = newValue } }
    }
    /// The kind of object it is; a RouteTable says so.
    package var backend: Backend { box.facts.backend }
    /// Its place among the targets of its RouteTable; -1 outside one.
    package var number: Int { box.facts.number }
    /// The model name engines know; nil when requests keep theirs.
    package var model: String? {
        get { box.facts.model }
        set { edit { $0.model = newValue } }
    }
    package var engine: EngineKind {
        get { box.facts.engine }
        set { edit { $0.engine = newValue } }
    }
    package var scheme: Scheme {
        get { box.facts.scheme }
        set { edit { $0.scheme = newValue } }
    }
    package var connector: Connector {
        get { box.facts.connector }
        set { edit { $0.connector = newValue } }
    }
    /// Bounds the time to the response's head.
    package var timeout: Duration? {
        get { box.facts.timeout }
        set { edit { $0.timeout = newValue } }
    }
    package var retry: Retry? {
        get { box.facts.retry }
        set { edit { $0.retry = newValue } }
    }
    /// Requests take two legs: prefill, then decode.
    package var isDisaggregated: Bool {
        get { box.facts.isDisaggregated }
        set { edit { $0.isDisaggregated = newValue } }
    }
    package var endpoints: [Endpoint] {
        get { box.facts.endpoints }
        set { edit { $0.endpoints = newValue } }
    }
    /// Somebody else's service answers instead of pods.
    package var isExternal: Bool { box.facts.isExternal }
    /// Set where `isExternal`.
    package var external: ExternalService? {
        get { box.facts.external }
        set { edit { $0.external = newValue } }
    }
}
