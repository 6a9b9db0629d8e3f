import JSONValues
package import KubernetesAPI

/// A view of a ModelServer: which pods serve one model, on which port, and how they are spoken to.
package struct ModelServer: Sendable, Hashable {
    package let object: KubernetesObject
    /// The model name the engines know; requests are rewritten to it. Nil leaves the request's own.
    package var model: String?
    package var inferenceEngine: InferenceEngine
    package var workloadSelector: WorkloadSelector
    package var workloadPort: WorkloadPort
    package var trafficPolicy: TrafficPolicy
    package var kvConnector: KVConnector
    /// The object says which connector; else `kvConnector` is the default.
    package var namesConnector: Bool

    /// Reads an object; throws the first fault that keeps it from being read, naming its field.
    package init(_ object: KubernetesObject) throws(FieldProblem) {
        self.object = object
        let spec = try FieldReader(json: object.json, path: "").required("spec")
        model = try spec.member("model")?.string()
        inferenceEngine = try spec.required("inferenceEngine").oneOf(InferenceEngine.self)
        workloadSelector = try WorkloadSelector(spec.required("workloadSelector"))
        workloadPort = try WorkloadPort(spec.required("workloadPort"))
        trafficPolicy = try TrafficPolicy(spec.member("trafficPolicy"))
        let connector = try spec.member("kvConnector")?.member("type")?.oneOf(KVConnector.self)
        namesConnector = connector != nil
        kvConnector = connector ?? ServingDefaults.kvConnector
    }

    package var key: ObjectKey { object.key }
}

/// The server program in a ModelServer's pods.
package enum InferenceEngine: String, Sendable, CaseIterable {
    case vLLM
    case sglang = "SGLang"
}

/// How the cache of a prefill engine gets to the decode engine.
package enum KVConnector: String, Sendable, CaseIterable {
    case http
    case lmcache
    case nixl
    case mooncake
}

/// Which pods belong to a ModelServer.
package struct WorkloadSelector: Sendable, Hashable {
    /// Labels every pod must carry.
    package var matchLabels: [String: String]
    /// Set when prefill and decode are apart.
    package var pdGroup: PDGroup?

    init(_ reader: FieldReader) throws(FieldProblem) {
        matchLabels = try reader.member("matchLabels")?.strings() ?? [:]
        if let group = try reader.member("pdGroup") { pdGroup = try PDGroup(group) }
    }

    /// How prefill and decode pods are told apart and paired.
    package struct PDGroup: Sendable, Hashable {
        /// The label whose equal values pair a prefill pod with its decode pods.
        package var groupKey: String
        package var prefillLabels: [String: String]
        package var decodeLabels: [String: String]

        init(_ reader: FieldReader) throws(FieldProblem) {
            groupKey = try reader.member("groupKey")?.string() ?? ""
            prefillLabels = try reader.member("prefillLabels")?.strings() ?? [:]
            decodeLabels = try reader.member("decodeLabels")?.strings() ?? [:]
        }
    }
}

/// Where the engine of a pod listens.
package struct WorkloadPort: Sendable, Hashable {
    /// How an engine is spoken to.
    package enum Scheme: String, Sendable, CaseIterable {
        case http
        case https
    }

    /// 1 to 65535.
    package var port: Int
    package var scheme: Scheme

    init(_ reader: FieldReader) throws(FieldProblem) {
        let port = try reader.required("port")
        self.port = try port.integer()
        guard (1...65_535).contains(self.port) else {
            throw .invalid(port.path, port.json, "must be between 1 and 65535")
        }
        scheme = try reader.member("protocol")?.oneOf(Scheme.self) ?? ServingDefaults.workloadProtocol
    }
}

/// Limits on one request to a ModelServer's pods.
package struct TrafficPolicy: Sendable, Hashable {
    /// How long a request may take; nil for no limit of its own.
    package var timeout: Duration?
    /// Nil where retries are left to the gateway.
    package var retry: Retry?

    init(_ reader: FieldReader?) throws(FieldProblem) {
        timeout = try reader?.member("timeout")?.duration()
        if let retry = try reader?.member("retry") { self.retry = try Retry(retry) }
    }

    /// Tries at other pods before the first byte of an answer.
    package struct Retry: Sendable, Hashable {
        /// Tries after the first.
        package var attempts: Int
        /// Wait before each of them.
        package var interval: Duration

        init(_ reader: FieldReader) throws(FieldProblem) {
            attempts = try reader.required("attempts").integer()
            interval = try reader.member("retryInterval")?.duration() ?? ServingDefaults.retryInterval
        }
    }
}
