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

    private let metrics: GatewayMetrics
    private let format: AccessLogFormat
    /// Newest use first.
    private var ways: [Way] = []
    private var reasons: [(name: Decision.Reason, cell: Cell)] = []
    let active: Cell
    let answered: Cell
    let reportedTokens: Cell

    init(_ metrics: GatewayMetrics, _ format: AccessLogFormat) {
        self.metrics = metrics
        self.format = format
        active = metrics.active.cell()
        answered = metrics.attempts.cell(["answered"])
        reportedTokens = metrics.reportedTokens.cell()
    }

    func way(_ names: Way.Names) -> Way {
        Self.first(&ways, max: Self.waysMax) {
            $0.names.isSame(names)
        } make: {
            Way(names, metrics, format)
        }
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
