import EngineWire
import Glibc
import HTTPTypes
import Hummingbird
import JSONValues
import NIOCore
import Observability

extension EngineResponder {
    // MARK: Observation

    func metrics() async -> Response {
        let snapshot = await simulated.engine.snapshot()
        let configuration = simulated.identity.configuration
        let facts = MetricsPage.Facts(
            model: flags.servedNames.first ?? flags.model, rank: configuration.rank,
            blockSize: configuration.blockSize, blockCount: configuration.blockCount,
            isCaching: configuration.isCaching, isTransferring: simulated.identity.sideChannel != nil,
            startedAt: simulated.startedAt, maxAdapters: flags.hasAdapters ? flags.maxAdapters : 0,
            adapterTimes: adapterTimes.note(snapshot, now: Double(WallClock.microseconds) / 1_000_000))
        return Self.text(MetricsPage.text(snapshot, facts), type: "text/plain; version=0.0.4; charset=utf-8")
    }

    func eventSources() -> Response {
        guard let settings = flags.kvEvents, settings.isEnabled, let publisher = simulated.publisher else {
            return Self.json([:])
        }
        let isFree = settings.endpoint.hasSuffix(":0")
        let isReplayFree = settings.replayEndpoint?.hasSuffix(":0") ?? false
        let replay = isReplayFree ? publisher.replayEndpoint : settings.replayEndpoint
        return Self.json([
            "\(simulated.identity.configuration.rank)": [
                "enable_kv_cache_events": true, "publisher": .string(settings.publisher),
                "endpoint": .string(isFree ? publisher.endpoint : settings.endpoint),
                "replay_endpoint": replay.map { .string($0) } ?? .null,
                "buffer_steps": JSONValue(settings.bufferSteps), "hwm": JSONValue(settings.highWaterMark),
                "max_queue_size": JSONValue(settings.queueSizeMax), "topic": .string(settings.topic),
            ]
        ])
    }

    /// Where SGLang tells of its event sockets; ports are those of its first rank.
    func serverInfo() -> Response {
        guard let publisher = simulated.publisher, let live = Self.address(publisher.endpoint) else {
            return Self.json(["kv_events": .null])
        }
        let replay = publisher.replayEndpoint.flatMap { Self.address($0) }
        return Self.json([
            "kv_events": [
                "publisher": "zmq", "endpoint_host": .string(live.host), "endpoint_port_base": JSONValue(live.port),
                "replay_endpoint_port_base": replay.map { JSONValue($0.port) } ?? .null,
                "topic": .string(flags.kvEvents?.topic ?? ""),
                "block_size": JSONValue(simulated.identity.configuration.blockSize), "dp_size": 1,
            ]
        ])
    }

    /// Host and port of `tcp://HOST:PORT`.
    private static func address(_ endpoint: String) -> (host: String, port: Int)? {
        guard endpoint.hasPrefix("tcp://"), let colon = endpoint.lastIndex(of: ":"),
            let port = Int(endpoint[endpoint.index(after: colon)...])
        else { return nil }
        return (String(endpoint[..<colon].dropFirst("tcp://".count)), port)
    }

    func resetCache() async -> Response {
        let isDone = await simulated.engine.resetCache()
        return Self.json(["success": .bool(isDone)])
    }

    // MARK: The simulator's own

    /// What the prefix cache really holds, duplicates included: the truth an index is compared with.
    func blocks() async -> Response {
        let hashes = simulated.identity.configuration.hashes
        func name(_ digest: Digest) -> JSONValue {
            switch hashes {
            case .integers: .string("\(digest.low64)")
            case .bytes: .string(digest.hexadecimal)
            }
        }
        let blocks = await simulated.engine.cachedBlocks().map { block -> JSONValue in
            var (adapter, salt) = ("", "")
            for key in block.extraKeys {
                switch key {
                case .adapter(let name, _): adapter = name
                case .salt(let text): salt = text
                }
            }
            return [
                "hash": name(block.hash), "parent": block.parent.map(name) ?? .null,
                "tokens": .array(block.tokens.map { JSONValue(Int($0)) }), "adapter": .string(adapter),
                "salt": .string(salt),
            ]
        }
        return Self.json([
            "block_size": JSONValue(simulated.identity.configuration.blockSize), "blocks": .array(blocks),
        ])
    }

    /// A drill: `{"kind": "hang" | "slow" | "crash" | "none", "factor": 10}`, or one of the event sockets:
    /// `{"kind": "lose-events" | "skip-events" | "repeat-events" | "delay-events", "count": 20}`, `cut-events` until
    /// `mend-events`.
    func fault(_ request: Request) async throws -> Response {
        guard flags.allowsFaults else {
            throw APIError(
                status: 403, message: "Faults are off: start with --enable-fault-injection.", type: "Forbidden",
                parameter: nil)
        }
        let body = try await body(of: request)
        if try breakEvents(body["kind"]?.string ?? "", count: body["count"]?.integer ?? 1) {
            return Self.json(["success": true])
        }
        var fault = EngineFault()
        switch body["kind"]?.string {
        case "hang": fault.isHanging = true
        case "slow": fault.slowness = max(0, body["factor"]?.double ?? 10)
        case "crash": _exit(1)
        case "none": break
        default: throw APIError.badRequest("kind is hang, slow, crash, none or a fault of the events.", "kind")
        }
        await simulated.engine.inject(fault)
        return Self.json(["success": true])
    }

    /// False where the kind is no fault of the event sockets.
    private func breakEvents(_ kind: String, count: Int) throws -> Bool {
        if let fate = EventFaults.fate(kind) {
            simulated.eventFaults.set(fate, count: count)
            return true
        }
        switch kind {
        case "cut-events": simulated.publisher?.cut()
        case "mend-events": try simulated.publisher?.mend()
        default: return false
        }
        return true
    }
}
