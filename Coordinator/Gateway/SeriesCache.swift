import Observability
import Routing

/// The series that requests of one event loop count in, each found by its labels once and then kept: finding them anew
/// for each request cost more than reading its body.
///
/// 1. A kept series is the one that its labels give.
/// 2. There are at most `waysMax` ways and `outcomesMax` outcomes of each; the one used longest ago leaves.
final class SeriesCache {
    static let waysMax = 64
    static let outcomesMax = 16

    /// Requests for one model by one route to one target.
    final class Way {
        fileprivate let model: String
        fileprivate let match: RouteTable.Match?
        fileprivate let upstreamModel: String
        let activeDownstream: Cell
        /// Nil for requests that match no route.
        let activeUpstream: Cell?
        let timeToFirstByte: HistogramCells
        /// Newest use first.
        fileprivate var outcomes: [Outcome] = []

        fileprivate init(_ model: String, _ match: RouteTable.Match?, _ upstream: String, _ metrics: GatewayMetrics) {
            self.model = model
            self.match = match
            upstreamModel = upstream
            activeDownstream = metrics.activeDownstream.cell([model])
            activeUpstream = match.map {
                metrics.activeUpstream.cell([$0.server.description] + Self.backend($0, upstream))
            }
            timeToFirstByte = metrics.timeToFirstByte.cells([model])
        }

        /// The values of the last four labels of most metrics.
        fileprivate static func backend(_ match: RouteTable.Match?, _ upstreamModel: String) -> [String] {
            [
                match?.route.description ?? "none", match?.backend.rawValue ?? "none",
                match?.server.description ?? "none", upstreamModel.isEmpty ? "none" : upstreamModel,
            ]
        }
    }

    /// Requests of one way that ended alike.
    final class Outcome {
        fileprivate let path: String
        fileprivate let status: Int
        fileprivate let kind: String
        let requests: Cell
        let duration: HistogramCells
        private let metrics: GatewayMetrics
        private let labels: [String]
        /// Engines do not report tokens for every kind of answer.
        private(set) lazy var tokensIn = metrics.tokens.cell(Array(labels.prefix(2)) + ["input"] + labels.dropFirst(3))
        private(set) lazy var tokensOut = metrics.tokens.cell(
            Array(labels.prefix(2)) + ["output"] + labels.dropFirst(3))

        fileprivate init(_ path: String, _ status: Int, _ kind: String, _ way: Way, _ metrics: GatewayMetrics) {
            self.path = path
            self.status = status
            self.kind = kind
            self.metrics = metrics
            let backend = Way.backend(way.match, way.upstreamModel)
            labels = [way.model, path, String(status)] + backend
            requests = metrics.requests.cell([way.model, path, String(status), kind] + backend)
            duration = metrics.duration.cells(labels)
        }
    }

    private let metrics: GatewayMetrics
    /// Newest use first.
    private var ways: [Way] = []
    private var reasons: [(name: Decision.Reason, cell: Cell)] = []
    let active: Cell
    let answered: Cell
    let reportedTokens: Cell

    init(_ metrics: GatewayMetrics) {
        self.metrics = metrics
        active = metrics.active.cell()
        answered = metrics.attempts.cell(["answered"])
        reportedTokens = metrics.reportedTokens.cell()
    }

    /// `model` is a label already: the request's model where a route knows it, else one word for all others.
    func way(_ model: String, _ match: RouteTable.Match?, upstreamModel: String) -> Way {
        Self.first(&ways, max: Self.waysMax) {
            $0.model == model && $0.upstreamModel == upstreamModel && Self.isSame($0.match, match)
        } make: {
            Way(model, match, upstreamModel, metrics)
        }
    }

    /// Alike in what labels say of a match; a rewritten path is another with each request.
    private static func isSame(_ left: RouteTable.Match?, _ right: RouteTable.Match?) -> Bool {
        left === right
            || left?.server == right?.server && left?.route == right?.route && left?.backend == right?.backend
    }

    func outcome(_ way: Way, path: String, status: Int, kind: String) -> Outcome {
        Self.first(&way.outcomes, max: Self.outcomesMax) {
            $0.status == status && $0.path == path && $0.kind == kind
        } make: {
            Outcome(path, status, kind, way, metrics)
        }
    }

    func decisions(_ reason: Decision.Reason) -> Cell {
        if let known = reasons.first(where: { $0.name == reason }) { return known.cell }
        let cell = metrics.decisions.cell([reason.rawValue])
        reasons.append((reason, cell))
        return cell
    }

    /// The member that fits, or a new one; either becomes the first.
    private static func first<Member: AnyObject>(
        _ members: inout [Member], max: Int, fits: (Member) -> Bool, make: () -> Member
    ) -> Member {
        if let member = members.first, fits(member) { return member }
        if let index = members.firstIndex(where: fits) {
            let member = members.remove(at: index)
            members.insert(member, at: 0)
            return member
        }
        if members.count >= max { members.removeLast() }
        let member = make()
        members.insert(member, at: 0)
        return member
    }
}
