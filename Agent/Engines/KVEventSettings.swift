import AgentProtocol
import EngineWire
import JSONValues

/// Where an engine says that it publishes its KV events, before its address is known.
struct KVEventSettings: Sendable, Hashable {
    var endpoint: String
    var replayEndpoint: String?
    /// What its messages are marked with; empty where that is not known.
    var topic = ""
    /// SGLang binds an endpoint at 0.0.0.0; vLLM dials it.
    private let bindsAnyAddress: Bool
    /// The endpoints are those of one rank already, as a running engine tells them.
    private(set) var isResolved = false

    /// Reads `--kv-events-config`, or one rank's member of `/kv_event_sources`; nil where no events are published.
    init?(_ config: JSONValue, kind: EngineKind) {
        let publisher = config["publisher"]?.string
        switch kind {
        case .vLLM:
            guard config["enable_kv_cache_events"]?.bool == true, publisher == nil || publisher == "zmq" else {
                return nil
            }
        case .sgLang:
            guard publisher == "zmq" else { return nil }
        case .tgi, .triton, .tensorRTLLM: return nil
        }
        endpoint = config["endpoint"]?.string ?? "tcp://*:5557"
        replayEndpoint = config["replay_endpoint"]?.string
        bindsAnyAddress = kind == .sgLang
        let topic = config["topic"]?.string ?? ""
        // What is still to be filled in by a shell or a template is no topic.
        if !topic.contains(where: { "${}".contains($0) }) { self.topic = topic }
    }

    /// Reads what a running SGLang tells at `/server_info` of one of its ranks; nil where it publishes no events.
    init?(serverInfo events: JSONValue, rank: Int) {
        guard events["publisher"]?.string == "zmq", let port = events["endpoint_port_base"]?.integer else { return nil }
        let host = events["endpoint_host"]?.string ?? "*"
        endpoint = "tcp://\(host):\(port + rank)"
        replayEndpoint = events["replay_endpoint_port_base"]?.integer.map { "tcp://\(host):\($0 + rank)" }
        topic = events["topic"]?.string ?? ""
        bindsAnyAddress = true
    }

    /// These settings as a running engine resolved them for one rank. An engine that dials stays one that dials: the
    /// address it then tells is not its own.
    func resolved(by told: KVEventSettings) -> KVEventSettings {
        guard isBoundByEngine else { return self }
        var settings = told
        settings.isResolved = !told.endpoint.hasSuffix(":0")
        return settings
    }

    private var isBoundByEngine: Bool {
        KVEventEndpoint.isBoundByEngine(endpoint) || bindsAnyAddress && endpoint.hasPrefix("tcp://0.0.0.0:")
    }

    /// How to follow one rank from this node, or why that cannot be.
    func source(rank: Int, host: String, sharesLoopback: Bool) -> Result<KVEventSubscriber.Source, KVEventNote> {
        let own = isResolved ? endpoint : KVEventEndpoint.raised(endpoint, byRank: rank)
        guard isBoundByEngine || isResolved else {
            return dialled(own, rank: rank, host: host, sharesLoopback: sharesLoopback)
        }
        guard own.hasPrefix("tcp://") else {
            return .failure(KVEventNote("its KV events are at \(endpoint), which is inside its container"))
        }
        guard !own.hasSuffix(":0") else {
            return .failure(KVEventNote("it chooses the port of its KV events; waiting for it to tell which"))
        }
        let address = host.contains(":") ? "[\(host)]" : host
        let live = KVEventEndpoint.resolved(own, host: address)
        guard sharesLoopback || !KVEventSettings.isLoopback(live) else {
            return .failure(KVEventNote("its KV events are at \(live), which only its own pod reaches"))
        }
        return .success(
            KVEventSubscriber.Source(
                endpoint: live,
                replayEndpoint: replay(rank: rank, host: address, sharesLoopback: sharesLoopback), topicPrefix: topic))
    }

    /// An engine that dials this node's own loopback is waited for there.
    private func dialled(
        _ own: String, rank: Int, host: String, sharesLoopback: Bool
    ) -> Result<KVEventSubscriber.Source, KVEventNote> {
        let here = KVEventEndpoint.resolved(own, host: "127.0.0.1")
        guard sharesLoopback, KVEventSettings.isLoopback(here) else {
            return .failure(
                KVEventNote(
                    "it sends its KV events to \(endpoint); set an endpoint that holds * to let them be followed"))
        }
        return .success(
            KVEventSubscriber.Source(
                endpoint: here, isBoundHere: true,
                replayEndpoint: replay(rank: rank, host: host, sharesLoopback: sharesLoopback), topicPrefix: topic))
    }

    private func replay(rank: Int, host: String, sharesLoopback: Bool) -> String? {
        guard let replayEndpoint, replayEndpoint.hasPrefix("tcp://") else { return nil }
        let own = isResolved ? replayEndpoint : KVEventEndpoint.raised(replayEndpoint, byRank: rank)
        let resolved = KVEventEndpoint.resolved(own, host: host)
        return sharesLoopback || !KVEventSettings.isLoopback(resolved) ? resolved : nil
    }

    static func isLoopback(_ endpoint: String) -> Bool {
        ["tcp://127.", "tcp://localhost:", "tcp://[::1]:", "tcp://[::ffff:127."].contains { endpoint.hasPrefix($0) }
    }
}

/// Why an engine's KV events are not followed: one sentence after its name.
struct KVEventNote: Error, Sendable, Hashable {
    var text: String

    init(_ text: String) { self.text = text }
}
