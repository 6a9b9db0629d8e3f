import TestKit

/// What goes wrong with one request on its way.
package enum Fault: Sendable, Hashable {
    case none
    /// Answered with this HTTP status; the server never sees it.
    case refused(Int)
    /// Passed on after a while.
    case delayed(Duration)
    /// The connection breaks before the server sees the request.
    case lostRequest
    /// The server carries the request out; its answer is lost.
    case lostAnswer
    /// A list as it was some time ago.
    case staleList
    /// A watch that breaks after so many pieces of its answer.
    case cutWatch(after: Int)
}

/// Chooses what goes wrong, by a seed.
package struct FaultPlan: Sendable {
    /// Kinds of requests, as far as their faults differ.
    package enum Request: Sendable { case read, list, watch, write }

    /// Of 100 requests so many meet a fault.
    package var percent: Int
    /// The process at the other end dies at this write, counted from 1; nil where it lives on.
    package var dyingWrite: Int?
    private var writes = 0
    private var random: SeededRandom

    package init(seed: UInt64, percent: Int = 0, dyingWrite: Int? = nil) {
        random = SeededRandom(seed: seed)
        self.percent = percent
        self.dyingWrite = dyingWrite
    }

    /// The fault of the next request, and whether the process dies with it.
    package mutating func next(_ request: Request) -> (fault: Fault, dies: Bool) {
        if request == .write {
            writes += 1
            if let dyingWrite, writes >= dyingWrite { return (random.chance(50) ? .lostRequest : .lostAnswer, true) }
        }
        guard random.chance(percent) else { return (.none, false) }
        return (fault(request), false)
    }

    private mutating func fault(_ request: Request) -> Fault {
        if request == .watch, random.chance(60) { return .cutWatch(after: random.below(6)) }
        if request == .list, random.chance(40) { return .staleList }
        switch random.below(6) {
        case 0: return .refused(429)
        case 1: return .refused(500)
        case 2: return request == .write ? .refused(409) : .refused(503)
        case 3: return .delayed(.milliseconds(random.below(60)))
        case 4: return .lostRequest
        default: return request == .watch ? .cutWatch(after: 0) : .lostAnswer
        }
    }
}
