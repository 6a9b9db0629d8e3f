package import EngineWire

/// What a simulated engine is, from its flags and its environment.
package struct EngineIdentity: Sendable {
    package var flags: EngineFlags
    package var configuration: EngineConfiguration
    package var tokens = PromptTokens.standIn
    /// Where HTTP listens; never every address, whatever `--host` says.
    package var host: String
    package var events: KVEventPublisher.Configuration?
    /// Where other engines fetch blocks; port 0 for any free one.
    package var sideChannel: (host: String, port: Int)?
    /// Where decode engines find out who it is; nil for engines that do not meet.
    package var bootstrap: (host: String, port: Int)?

    /// The address that stands for "every address": the pod's own, or loopback.
    package static func ownAddress(_ environment: [String: String]) -> String {
        for name in ["MARTLET_POD_IP", "VLLM_HOST_IP"] {
            if let address = environment[name], !address.isEmpty, address != "0.0.0.0" { return address }
        }
        return "127.0.0.1"
    }

    package init(
        flags: EngineFlags, environment: [String: String], calibration: Calibration = Calibration()
    ) throws(SimulatorError) {
        self.flags = flags
        let own = Self.ownAddress(environment)
        let isWild = flags.host.map { ["0.0.0.0", "::", ""].contains($0) } ?? true
        host = isWild ? own : flags.host ?? own
        configuration = try Self.configuration(flags, environment, calibration)
        if let folder = flags.tokenizer { tokens = try PromptTokens(folder: folder) }
        events = flags.kvEvents.flatMap { $0.isEnabled ? Self.events($0, own: own) : nil }
        events?.repliesWithTopic = !flags.publishesArrays
        if let transfer = flags.kvTransfer, transfer.connector == .transferID, transfer.role != .consumer {
            sideChannel = (host, 0)
            bootstrap = (host, environment["VLLM_MOONCAKE_BOOTSTRAP_PORT"].flatMap { Int($0) } ?? 8_998)
        }
        if let transfer = flags.kvTransfer, transfer.connector == .pull {
            let named = environment["VLLM_NIXL_SIDE_CHANNEL_HOST"] ?? own
            let port = environment["VLLM_NIXL_SIDE_CHANNEL_PORT"].flatMap { Int($0) } ?? transfer.port ?? 0
            sideChannel = (["0.0.0.0", "*", "localhost"].contains(named) ? own : named, port)
        }
    }

    private static func configuration(
        _ flags: EngineFlags, _ environment: [String: String], _ calibration: Calibration
    ) throws(SimulatorError) -> EngineConfiguration {
        var configuration = EngineConfiguration()
        configuration.blockSize = flags.blockSize ?? configuration.blockSize
        configuration.maxModelLength = flags.maxModelLength ?? configuration.maxModelLength
        let longest = (configuration.maxModelLength + configuration.blockSize - 1) / configuration.blockSize
        configuration.blockCount = flags.blockCount ?? max(configuration.blockCount, longest * 4 + 1)
        guard configuration.blockCount > longest else {
            throw SimulatorError(
                "\(configuration.blockCount) KV blocks of \(configuration.blockSize) tokens cannot hold one request of "
                    + "\(configuration.maxModelLength) tokens: raise --num-gpu-blocks-override above \(longest) or "
                    + "lower --max-model-len")
        }
        configuration.maxSequences = flags.maxSequences
        configuration.maxBatchedTokens = flags.maxBatchedTokens
        configuration.isCaching = flags.isCaching
        configuration.hasher = BlockHasher(seed: environment["PYTHONHASHSEED"] ?? BlockHasher.defaultSeed)
        let isBytes = flags.publishesByteHashes || environment["VLLM_KV_EVENTS_USE_INT_BLOCK_HASHES"] == "0"
        configuration.hashes = isBytes ? .bytes : .integers
        configuration.calibration = calibration
        configuration.seed = flags.seed
        return configuration
    }

    private static func events(_ settings: KVEventsSettings, own: String) -> KVEventPublisher.Configuration? {
        guard settings.publisher == "zmq" else { return nil }
        var sockets = KVEventPublisher.Configuration(
            endpoint: KVEventEndpoint.resolved(settings.endpoint, host: own),
            replayEndpoint: settings.replayEndpoint.map { KVEventEndpoint.resolved($0, host: own) })
        sockets.isBound = KVEventEndpoint.isBoundByEngine(settings.endpoint)
        sockets.topic = settings.topic
        sockets.batchesKeptMax = settings.bufferSteps
        sockets.queuedMax = Int32(clamping: settings.highWaterMark)
        return sockets
    }
}
