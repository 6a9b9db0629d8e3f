/// How many requests to one target may be on a retry at one time: a bounded share of those under way there, so that
/// retries cannot multiply the load of a target that is failing because it has too much.
///
/// 1. Retries under way to a target are never more than `retriesMin`, or than `share` of its requests under way.
/// 2. A permit that was given is given back once; a target without permits out takes no memory.
package struct RetryBudget: Sendable {
    /// Share of the requests under way, 0...1.
    package var share = 0.25
    /// Retries that are always allowed, however few requests are under way.
    package var retriesMin = 16
    private var out: [TargetServer.ID: Int] = [:]

    package init() {}

    /// Retries under way to a target.
    package func retries(_ target: TargetServer.ID) -> Int { out[target] ?? 0 }

    /// Takes a permit for one request to go on retrying until it ends; false where there is none. `live` requests are
    /// under way at the target's engines.
    package mutating func take(_ target: TargetServer.ID, live: Int) -> Bool {
        let count = retries(target)
        guard count < max(retriesMin, Int(share * Double(live))) else { return false }
        out[target] = count + 1
        return true
    }

    package mutating func giveBack(_ target: TargetServer.ID) {
        guard let count = out[target] else { preconditionFailure("RetryBudget 2: a permit given back twice") }
        out[target] = count > 1 ? count - 1 : nil
    }
}
