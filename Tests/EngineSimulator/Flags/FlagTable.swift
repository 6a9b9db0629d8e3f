import JSONValues

/// Which flags there are and what each sets.
enum FlagTable {
    enum Kind: Sendable {
        case value(@Sendable (inout EngineFlags, String) throws(SimulatorError) -> Void)
        case list(@Sendable (inout EngineFlags, [String]) throws(SimulatorError) -> Void)
        case flag(@Sendable (inout EngineFlags, Bool) -> Void)
        /// Real flags that change nothing a client of the simulator can see.
        case ignoredFlag
        case ignoredValue
    }

    /// Short and older spellings.
    static func canonical(_ name: String) -> String {
        switch name {
        case "tp": "tensor-parallel-size"
        case "pp": "pipeline-parallel-size"
        case "dp": "data-parallel-size"
        case "h": "help"
        case "O": "compilation-config"
        default: name
        }
    }

    static let kinds: [String: Kind] = {
        var kinds = serving.merging(cache) { first, _ in first }.merging(own) { first, _ in first }
        for name in ignoredFlags { kinds[name] = .ignoredFlag }
        for name in ignoredValues { kinds[name] = .ignoredValue }
        return kinds
    }()

    private static func integer(
        _ path: any WritableKeyPath<EngineFlags, Int> & Sendable
    ) -> Kind {
        .value { flags, text throws(SimulatorError) in flags[keyPath: path] = try number(text) }
    }

    private static func optionalInteger(
        _ path: any WritableKeyPath<EngineFlags, Int?> & Sendable
    ) -> Kind {
        .value { flags, text throws(SimulatorError) in flags[keyPath: path] = try number(text) }
    }

    private static func switched(_ path: any WritableKeyPath<EngineFlags, Bool> & Sendable) -> Kind {
        .flag { flags, isOn in flags[keyPath: path] = isOn }
    }

    /// An integer, also in vLLM's short forms: `32k`, `1.5m` (thousands), `32K`, `1M` (powers of 1,024).
    static func number(_ text: String) throws(SimulatorError) -> Int {
        let units: [Character: Double] = [
            "k": 1_000, "m": 1_000_000, "g": 1_000_000_000, "K": 1_024, "M": 1_048_576, "G": 1_073_741_824,
        ]
        if let whole = Int(text) { return whole }
        if let unit = text.last.flatMap({ units[$0] }), let value = Double(text.dropLast()),
            let whole = Int(exactly: (value * unit).rounded())
        {
            return whole
        }
        throw SimulatorError("\"\(text)\" is not a number")
    }

    private static func real(_ text: String) throws(SimulatorError) -> Double {
        guard let value = Double(text) else { throw SimulatorError("\"\(text)\" is not a number") }
        return value
    }

    private static func object(_ text: String) throws(SimulatorError) -> JSONValue {
        do {
            let value = try JSONValue.parse(text)
            guard value.object != nil else { throw SimulatorError("a JSON object is wanted") }
            return value
        } catch let error as JSONError {
            throw SimulatorError("not JSON: \(error)")
        } catch {
            throw SimulatorError("a JSON object is wanted")
        }
    }

    /// `name=path`, or the JSON object form of newer vLLM.
    private static func adapter(_ text: String) throws(SimulatorError) -> (name: String, path: String) {
        if text.hasPrefix("{") {
            let json = try object(text)
            guard let name = json["name"]?.string, let path = json["path"]?.string else {
                throw SimulatorError("an adapter has name and path")
            }
            return (name, path)
        }
        guard let sign = text.firstIndex(of: "="), sign > text.startIndex else {
            throw SimulatorError("\"\(text)\" is not NAME=PATH")
        }
        return (String(text[..<sign]), String(text[text.index(after: sign)...]))
    }

    private static let serving: [String: Kind] = [
        "model": .value { flags, text in flags.model = text },
        "served-model-name": .list { flags, names in flags.servedNames = names },
        // A name of the hub is taken and changes nothing.
        "tokenizer": .value { flags, text in if text.hasPrefix("/") { flags.tokenizer = text } },
        "host": .value { flags, text in flags.host = text },
        "port": integer(\.port),
        "max-model-len": optionalInteger(\.maxModelLength),
        "max-num-seqs": integer(\.maxSequences),
        "max-num-batched-tokens": integer(\.maxBatchedTokens),
        "tensor-parallel-size": integer(\.tensorParallel),
        "pipeline-parallel-size": integer(\.pipelineParallel),
        "data-parallel-size": integer(\.dataParallel),
        "enable-lora": switched(\.hasAdapters),
        "max-loras": integer(\.maxAdapters),
        "lora-modules": .list { flags, texts throws(SimulatorError) in
            for text in texts { flags.adapters.append(try adapter(text)) }
        },
        "enable-prompt-tokens-details": switched(\.showsPromptDetails),
        "enable-server-load-tracking": switched(\.tracksLoad),
        "help": switched(\.wantsHelp),
        "version": switched(\.wantsVersion),
    ]

    private static let cache: [String: Kind] = [
        "block-size": optionalInteger(\.blockSize),
        "num-gpu-blocks-override": optionalInteger(\.blockCount),
        "enable-prefix-caching": switched(\.isCaching),
        "kv-events-config": .value { flags, text throws(SimulatorError) in
            flags.kvEvents = KVEventsSettings(try object(text))
        },
        "kv-transfer-config": .value { flags, text throws(SimulatorError) in
            flags.kvTransfer = try KVTransferSettings(try object(text))
        },
    ]

    private static let own: [String: Kind] = [
        "time-scale": .value { flags, text throws(SimulatorError) in flags.timeScale = try real(text) },
        "calibration": .value { flags, text in flags.calibrationFile = text },
        "simulator-seed": .value { flags, text throws(SimulatorError) in
            flags.seed = UInt64(bitPattern: Int64(try number(text)))
        },
        "startup-seconds": .value { flags, text throws(SimulatorError) in flags.startupSeconds = try real(text) },
        "enable-fault-injection": switched(\.allowsFaults),
        "kv-events-bytes-hashes": switched(\.publishesByteHashes),
        "kv-events-array-form": switched(\.publishesArrays),
    ]

    private static let ignoredFlags = [
        "trust-remote-code", "enforce-eager", "enable-chunked-prefill", "disable-log-requests", "disable-log-stats",
        "enable-log-requests", "enable-auto-tool-choice", "enable-expert-parallel", "disable-uvicorn-access-log",
        "enable-request-id-headers", "enable-reasoning", "async-scheduling", "enable-sleep-mode", "enable-scale-out",
        "headless", "disable-frontend-multiprocessing", "use-tqdm-on-load", "enable-dbo", "enable-eplb",
        "disable-hybrid-kv-cache-manager", "enable-force-include-usage",
    ]

    private static let ignoredValues = [
        "gpu-memory-utilization", "dtype", "kv-cache-dtype", "quantization", "swap-space", "cpu-offload-gb",
        "tool-call-parser", "reasoning-parser", "chat-template", "tokenizer-mode", "revision", "seed",
        "load-format", "download-dir", "distributed-executor-backend", "compilation-config", "api-key", "root-path",
        "prefix-caching-hash-algo", "additional-config", "speculative-config", "hf-overrides", "limit-mm-per-prompt",
        "max-lora-rank", "max-cpu-loras", "long-prefill-token-threshold", "max-num-partial-prefills", "task",
        "uvicorn-log-level", "api-server-count", "data-parallel-address", "data-parallel-rpc-port",
        "data-parallel-size-local", "data-parallel-start-rank", "data-parallel-backend", "nnodes", "node-rank",
        "master-addr", "master-port", "scheduling-policy", "generation-config", "override-generation-config",
    ]
}
