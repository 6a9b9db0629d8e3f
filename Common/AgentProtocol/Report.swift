package import KVBlocks

/// One inference server reachable at one address: the pod it runs in and the port it serves HTTP on.
package struct EngineID: Sendable, Hashable, Comparable, CustomStringConvertible {
    package var namespace: String
    package var pod: String
    package var port: Int

    package init(namespace: String, pod: String, port: Int) {
        self.namespace = namespace
        self.pod = pod
        self.port = port
    }

    /// `namespace/pod:port`.
    package var description: String { "\(namespace)/\(pod):\(port)" }

    package static func < (left: EngineID, right: EngineID) -> Bool {
        (left.namespace, left.pod, left.port) < (right.namespace, right.pod, right.port)
    }
}

/// The engine kinds that have an adapter.
package enum EngineKind: String, Sendable {
    case vLLM
    case sgLang = "SGLang"
    case tgi = "TGI"
    /// Triton's OpenAI front end over the TensorRT-LLM backend.
    case triton = "Triton"
    /// `trtllm-serve`.
    case tensorRTLLM = "TensorRT-LLM"
}

/// What an engine is; constant for one incarnation but for `isReady`, `models` and `adapters`.
package struct EngineDescription: Sendable, Hashable {
    package var id: EngineID
    package var podUID: String
    package var node: String
    /// IP address the engine serves HTTP on.
    package var host: String
    package var kind: EngineKind
    /// One life of the engine's processes; a larger number is a later life. No state survives it.
    package var incarnation: UInt64
    /// Answers its health endpoint.
    package var isReady: Bool
    /// Served model names, the base model's first.
    package var models: [String]
    /// Loaded LoRA adapters.
    package var adapters: [String]
    /// Data-parallel ranks behind the address, at least 1.
    package var rankCount: Int
    /// Tokens a KV block; 0 while unknown.
    package var blockSize: Int
    /// KV blocks of one rank; 0 while unknown.
    package var blockCount: Int
    /// It publishes KV events and the agent follows them, so its block set is exact.
    package var hasExactCache: Bool
    /// The files that turn its text into tokens, where the agent can read them.
    package var modelFiles: ModelFilesID?

    package init(id: EngineID, podUID: String, node: String, host: String, kind: EngineKind, incarnation: UInt64) {
        self.id = id
        self.podUID = podUID
        self.node = node
        self.host = host
        self.kind = kind
        self.incarnation = incarnation
        isReady = false
        models = []
        adapters = []
        rankCount = 1
        blockSize = 0
        blockCount = 0
        hasExactCache = false
    }
}

/// How busy an engine is, from its own metrics, in the names of every engine kind's adapter.
package struct EngineLoad: Sendable, Hashable {
    /// Requests in the running batch.
    package var running = 0
    /// Requests waiting for a place in it.
    package var waiting = 0
    /// Share of KV blocks in use, 0...1.
    package var cacheUsage = 0.0
    /// Seconds a prompt token takes in prefill, averaged over the last window; 0 while unmeasured.
    package var prefillSecondsPerToken = 0.0
    /// Mean time to first token over the last window, seconds; 0 while unmeasured.
    package var timeToFirstToken = 0.0
    /// Mean time between output tokens over the last window, seconds; 0 while unmeasured.
    package var timePerOutputToken = 0.0

    package init() {}
}

/// One fact an agent tells every coordinator. Facts about one engine arrive in the order they became true.
package enum Report: Sendable, Hashable {
    /// An engine is there, or its description changed. A new incarnation forgets everything said of the one before.
    case engine(EngineDescription)
    /// The engine's process is gone.
    case engineGone(EngineID)
    case load(EngineID, EngineLoad)
    /// A change of what one rank (from 0) holds; ignored unless `incarnation` is the current one.
    case cache(EngineID, rank: Int, incarnation: UInt64, KVEvent)
}
