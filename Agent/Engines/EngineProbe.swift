import AgentProtocol
import AsyncHTTPClient
import EngineWire
import Glibc
import JSONValues
import NIOCore
import NIOHTTP1
import NIOPosix

/// What an engine answers to HTTP.
struct EngineProbe: Sendable {
    static let connectTimeout = TimeAmount.milliseconds(500)
    static let answerTimeout = TimeAmount.seconds(2)
    static let answerBytesMax = 16 << 20

    /// How an engine is.
    enum Health: Sendable, Hashable {
        case ready
        /// It answers, and says that it cannot work.
        case unwell
        /// No answer in time, or one that broke off: it may be busy.
        case silent
        /// Nobody listens: its process is gone, or not there yet.
        case refused
    }

    /// What an engine tells of itself besides its load.
    struct Details: Sendable, Hashable {
        /// Base models and adapters; nil where it did not say.
        var models: [String]?
        var adapters: [String]?
        /// Resolved settings of its KV events by rank; nil where it does not tell them.
        var events: [Int: KVEventSettings]?
        /// The files of its tokenizer, which its command line names.
        var modelFiles: ModelFilesID?
    }

    let http: HTTPClient

    static func configuration() -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout = .init(connect: connectTimeout, read: answerTimeout)
        configuration.connectionPool.retryConnectionEstablishment = false
        // Below the 5 s after which engines' servers close an idle connection themselves.
        configuration.connectionPool.idleTimeout = .seconds(4)
        return configuration
    }

    func health(of target: EngineTarget) async -> Health {
        do {
            let (status, _) = try await get(target.kind.healthPath, target)
            return (200...299).contains(status) ? .ready : .unwell
        } catch {
            return EngineProbe.health(error)
        }
    }

    /// The metrics page; throws where there is none.
    func page(of target: EngineTarget) async throws -> EnginePage? {
        let (status, body) = try await get(target.kind.metricsPath, target)
        guard status == 200, let text = PrometheusText.parse(body) else { return nil }
        return EnginePage(text, kind: target.kind)
    }

    func details(of target: EngineTarget) async -> Details {
        var details = Details()
        if let (status, body) = try? await get("/v1/models", target), status == 200,
            let models = try? JSONValue.parse(body)["data"]?.array
        {
            details.models = models.filter { $0["parent"]?.string == nil }.compactMap { $0["id"]?.string }
            details.adapters = models.filter { $0["parent"]?.string != nil }.compactMap { $0["id"]?.string }
        }
        if target.kind == .vLLM, let (status, body) = try? await get("/kv_event_sources", target), status == 200,
            let ranks = try? JSONValue.parse(body).object
        {
            var events: [Int: KVEventSettings] = [:]
            for (rank, config) in ranks {
                if let number = Int(rank) { events[number] = KVEventSettings(config, kind: target.kind) }
            }
            details.events = events
        }
        if target.kind == .sgLang, let (status, body) = try? await get("/server_info", target), status == 200,
            let told = try? JSONValue.parse(body)["kv_events"]
        {
            let ranks = (0..<target.rankCount).map { ($0, KVEventSettings(serverInfo: told, rank: $0)) }
            details.events = Dictionary(uniqueKeysWithValues: ranks).compactMapValues(\.self)
        }
        return details
    }

    private func get(_ path: String, _ target: EngineTarget) async throws -> (status: Int, body: [UInt8]) {
        let host = target.host.contains(":") ? "[\(target.host)]" : target.host
        let request = HTTPClientRequest(url: "http://\(host):\(target.id.port)\(path)")
        let response = try await http.execute(request, timeout: EngineProbe.answerTimeout)
        var body = try await response.body.collect(upTo: EngineProbe.answerBytesMax)
        return (Int(response.status.code), body.readBytes(length: body.readableBytes) ?? [])
    }

    static func health(_ error: any Error) -> Health {
        let causes: [any Error] =
            (error as? NIOConnectionError).map { $0.connectionErrors.map(\.error) } ?? [error]
        let isRefused = causes.contains { ($0 as? IOError)?.errnoCode == ECONNREFUSED }
        return isRefused ? .refused : .silent
    }
}
