import JSONValues

/// What `--kv-events-config` says.
package struct KVEventsSettings: Sendable, Hashable {
    package var isEnabled = false
    package var publisher = "zmq"
    package var endpoint = "tcp://*:5557"
    package var replayEndpoint: String?
    package var bufferSteps = 10_000
    package var highWaterMark = 100_000
    package var queueSizeMax = 100_000
    package var topic = ""

    init(_ json: JSONValue) {
        isEnabled = json["enable_kv_cache_events"]?.bool ?? false
        publisher = json["publisher"]?.string ?? (isEnabled ? "zmq" : "null")
        endpoint = json["endpoint"]?.string ?? endpoint
        replayEndpoint = json["replay_endpoint"]?.string
        bufferSteps = json["buffer_steps"]?.integer ?? bufferSteps
        highWaterMark = json["hwm"]?.integer ?? highWaterMark
        queueSizeMax = json["max_queue_size"]?.integer ?? queueSizeMax
        topic = json["topic"]?.string ?? ""
    }
}

/// What `--kv-transfer-config` says.
package struct KVTransferSettings: Sendable, Hashable {
    /// How the legs of a request are tied together.
    package enum Connector: Sendable, Hashable {
        /// The prefill engine's answer names the blocks (`NixlConnector`, vLLM-Ascend's `MooncakeConnectorV1`).
        case pull
        /// The router makes up an id for both legs (`MooncakeConnector`).
        case transferID
        /// Something the simulator does not speak; requests are computed locally.
        case other(String)
    }

    package enum Role: String, Sendable {
        case producer = "kv_producer"
        case consumer = "kv_consumer"
        case both = "kv_both"
    }

    package var connector: Connector
    package var role: Role
    package var engineID: String?
    package var port: Int?
    /// `recompute` instead of failing a request whose blocks do not come.
    package var recomputesOnFailure: Bool

    init(_ json: JSONValue) throws(SimulatorError) {
        let name = json["kv_connector"]?.string ?? ""
        switch name {
        case "NixlConnector", "MooncakeConnectorV1", "MooncakeLayerwiseConnector": connector = .pull
        case "MooncakeConnector": connector = .transferID
        case "":
            throw SimulatorError("--kv-transfer-config names no kv_connector; use one such as NixlConnector")
        default: connector = .other(name)
        }
        let text = json["kv_role"]?.string ?? "kv_both"
        guard let role = Role(rawValue: text) else {
            throw SimulatorError("kv_role \(text) is unknown; use kv_producer, kv_consumer or kv_both")
        }
        self.role = role
        engineID = json["engine_id"]?.string
        port = json["kv_port"]?.integer ?? json["kv_port"]?.string.flatMap { Int($0) }
        recomputesOnFailure = json["kv_load_failure_policy"]?.string == "recompute"
    }
}
