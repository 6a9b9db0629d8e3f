import AgentLink
import AgentProtocol
import Logging
import ServiceLifecycle
import Synchronization

/// One link to every coordinator replica, kept in step with the addresses behind the names they are known by.
///
/// 1. Every address has one link for as long as the name server tells it; a name that cannot be resolved keeps the
///    links it had.
/// 2. A report goes to every link there is; one that comes later begins with a snapshot.
final class CoordinatorLinks: Service, ReportSink {
    /// How long a replica may be unknown, and one that is gone be dialled.
    static let period = Duration.seconds(5)

    /// Links at most; addresses beyond are left out, with a warning.
    static let linksMax = 64

    private struct Link {
        var client: AgentLinkClient
        /// Finishing it ends the link.
        var stop: AsyncStream<Never>.Continuation
    }

    private let endpoints: [Endpoint]
    private let make: @Sendable (String) throws(LinkError) -> AgentLinkClient
    private let logger: Logger
    private let links = Mutex<[String: Link]>([:])

    /// `endpoints` are `tcp://HOST:PORT`; `make` gives the link to one address. Throws where an endpoint is none.
    init(
        _ endpoints: [String], logger: Logger,
        make: @escaping @Sendable (_ endpoint: String) throws(LinkError) -> AgentLinkClient
    ) throws(LinkError) {
        self.endpoints = try endpoints.map { text throws(LinkError) in
            guard let endpoint = Endpoint(text) else { throw .badEndpoint(text) }
            return endpoint
        }
        self.logger = logger
        self.make = make
    }

    /// Coordinators that currently listen.
    var connectedCount: Int { clients.reduce(0) { $0 + $1.connectedCount } }

    func send(_ report: Report) {
        for client in clients { client.send(report) }
    }

    func run() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            while !Task.isCancelled, !Task.isShuttingDownGracefully {
                for (address, gone) in try await refresh() {
                    group.addTask { try await self.serve(address, until: gone) }
                }
                try? await cancelWhenGracefulShutdown { try await Task.sleep(for: Self.period) }
            }
        }
    }

    private var clients: [AgentLinkClient] { links.withLock { $0.values.map(\.client) } }

    /// Makes links to new addresses, which the caller runs, and ends those to addresses that are gone.
    private func refresh() async throws -> [(address: String, gone: AsyncStream<Never>)] {
        var wanted: Set<String> = []
        for endpoint in endpoints {
            let addresses = await HostAddresses.resolve(endpoint.host)
            guard !addresses.isEmpty else {
                logger.warning("No address known for coordinator", metadata: ["host": "\(endpoint.host)"])
                wanted.formUnion(links.withLock { $0.keys.filter { $0.hasSuffix(":\(endpoint.port)") } })
                continue
            }
            wanted.formUnion(addresses.map { "tcp://\($0):\(endpoint.port)" })
        }
        if wanted.count > Self.linksMax {
            logger.warning("Too many coordinators", metadata: ["found": "\(wanted.count)", "max": "\(Self.linksMax)"])
        }
        let kept = Set(wanted.sorted().prefix(Self.linksMax))
        let known = links.withLock { Set($0.keys) }
        for address in known.subtracting(kept) {
            links.withLock { $0[address] }?.stop.finish()
            logger.info("Coordinator is gone", metadata: ["endpoint": "\(address)"])
        }
        var added: [(String, AsyncStream<Never>)] = []
        for address in kept.subtracting(known).sorted() {
            let (gone, stop) = AsyncStream.makeStream(of: Never.self)
            let link = Link(client: try make(address), stop: stop)
            links.withLock { $0[address] = link }
            added.append((address, gone))
        }
        return added
    }

    /// Runs one link until its address is gone or the program stops.
    private func serve(_ address: String, until gone: AsyncStream<Never>) async throws {
        guard let client = links.withLock({ $0[address]?.client }) else { return }
        defer { _ = links.withLock { $0.removeValue(forKey: address) } }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await client.run() }
            group.addTask { for await _ in gone {} }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}

/// A ZeroMQ endpoint cut at its port.
struct Endpoint: Sendable, Hashable {
    var host: String
    var port: UInt16

    /// `tcp://HOST:PORT`; nil for anything else.
    init?(_ text: String) {
        guard text.hasPrefix("tcp://"), let colon = text.lastIndex(of: ":"),
            let port = UInt16(text[text.index(after: colon)...])
        else { return nil }
        host = String(text[..<colon].dropFirst("tcp://".count))
        self.port = port
        if host.isEmpty || host.contains("/") { return nil }
    }
}
