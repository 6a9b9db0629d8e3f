import KVBlocks

/// Reports that wait to be sent, merged where the newest says all: a load or description replaces the waiting one of the
/// same engine, and events that continue one another become one.
///
/// 1. Applying the queue gives the same picture as applying every report that was added.
/// 2. At most `reportsMax` reports and `blocksMax` blocks wait; `add` answers false beyond, and the queue is of no use.
struct ReportQueue {
    static let reportsMax = 16_384
    static let blocksMax = 1 << 20

    private var reports: [Report] = []
    /// Reports before this one were taken.
    private var head = 0
    private var blocks = 0
    /// Where the waiting load and description of an engine are; forgotten when the engine goes.
    private var loads: [EngineID: Int] = [:]
    private var descriptions: [EngineID: Int] = [:]

    var isEmpty: Bool { head == reports.count }

    var first: Report? { isEmpty ? nil : reports[head] }

    mutating func add(_ report: Report) -> Bool {
        switch report {
        case .load(let id, _):
            if replaceLoad(of: id, report) { return true }
        case .engine(let description):
            if replaceDescription(description) { return true }
        case .engineGone(let id):
            loads[id] = nil
            descriptions[id] = nil
        case .cache(let id, let rank, let incarnation, let event):
            if extendLast(id, rank, incarnation, event) { return isWithinLimits }
        }
        for piece in report.pieces {
            reports.append(piece)
            blocks += piece.blockCount
        }
        return isWithinLimits
    }

    mutating func removeFirst() {
        let report = reports[head]
        blocks -= report.blockCount
        if case .load(let id, _) = report, loads[id] == head { loads[id] = nil }
        if case .engine(let description) = report, descriptions[description.id] == head {
            descriptions[description.id] = nil
        }
        head += 1
        if isEmpty { self = ReportQueue() }
        if head > 4096, head * 2 > reports.count { compact() }
    }

    private var isWithinLimits: Bool { reports.count - head <= Self.reportsMax && blocks <= Self.blocksMax }

    private mutating func replaceLoad(of id: EngineID, _ report: Report) -> Bool {
        if let place = loads[id] {
            reports[place] = report
            return true
        }
        loads[id] = reports.count
        return false
    }

    private mutating func replaceDescription(_ description: EngineDescription) -> Bool {
        if let place = descriptions[description.id], case .engine(let old) = reports[place],
            old.incarnation == description.incarnation
        {
            reports[place] = .engine(description)
            return true
        }
        // It may begin a new life of the engine: a load told after it must not take the place of one told before.
        descriptions[description.id] = reports.count
        loads[description.id] = nil
        return false
    }

    /// Appends to the report added last when that is of the same rank and the event goes on from it.
    private mutating func extendLast(_ id: EngineID, _ rank: Int, _ incarnation: UInt64, _ event: KVEvent) -> Bool {
        guard !isEmpty, case .cache(let lastID, let lastRank, let lastIncarnation, let last)? = reports.last,
            lastID == id, lastRank == rank, lastIncarnation == incarnation,
            let (merged, added) = Self.merged(last, event)
        else { return false }
        reports[reports.count - 1] = .cache(id, rank: rank, incarnation: incarnation, merged)
        blocks += added
        return true
    }

    private static func merged(_ last: KVEvent, _ next: KVEvent) -> (KVEvent, Int)? {
        switch (last, next) {
        case (.stored(let parent, let held, let tier), .stored(let nextParent, let more, let nextTier))
        where tier == nextTier && nextParent == held.last && nextParent != nil
            && held.count + more.count <= Report.blocksMax:
            return (.stored(parent: parent, blocks: held + more, tier: tier), more.count)
        case (.removed(let held, let tier), .removed(let more, let nextTier))
        where tier == nextTier && held.count + more.count <= Report.blocksMax:
            return (.removed(blocks: held + more, tier: tier), more.count)
        default: return nil
        }
    }

    private mutating func compact() {
        reports.removeFirst(head)
        loads = loads.mapValues { $0 - head }
        descriptions = descriptions.mapValues { $0 - head }
        head = 0
    }
}

extension Report {
    /// Blocks a report names.
    package var blockCount: Int {
        switch self {
        case .engine, .engineGone, .load: 0
        case .cache(_, _, _, .stored(_, let blocks, _)), .cache(_, _, _, .removed(let blocks, _)): blocks.count
        case .cache(_, _, _, .cleared): 0
        }
    }
}
