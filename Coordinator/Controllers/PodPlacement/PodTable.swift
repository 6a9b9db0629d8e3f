import KubernetesAPI
import Placement

/// Pods by gang and what they take of nodes, kept up to date change by change, so that a round of placement costs what
/// the waiting gangs do and not what the cluster does.
///
/// 1. A pod counts on the node it is bound to or, until the watch shows one, on the node it is assumed to be bound to.
/// 2. `usage` is the sum over the pods that count and have not ended.
/// 3. `waiting` names the gangs with a pod that has no node.
struct PodTable: Sendable {
    /// What pods take of one node.
    private struct Usage: Sendable {
        var resources = Resources()
        var families: [String: Int] = [:]
        var pods = 0
    }

    /// A binding that this program has sent and the watch does not show yet.
    struct Assumption: Sendable {
        var node: String
        /// The server's answer is known: it stands. Else it may or may not.
        var isSure: Bool
    }

    private var pods: [ObjectKey: PodFacts] = [:]
    private var groups: [String: Set<ObjectKey>] = [:]
    private var unbound: [String: Int] = [:]
    private var usage: [String: Usage] = [:]
    private var assumptions: [String: Assumption] = [:]
    /// Pods that keep others away.
    private var repelling = 0

    /// Gangs with a pod that has no node.
    var waiting: [String] { Array(unbound.keys) }
    var hasRepellingPods: Bool { repelling > 0 }
    var all: some Sequence<PodFacts> { pods.values.lazy }

    subscript(key: ObjectKey) -> PodFacts? { pods[key] }

    func members(of group: String) -> [PodFacts] { (groups[group] ?? []).compactMap { pods[$0] } }

    /// Where a pod counts; nil while it has no node.
    func node(of facts: PodFacts) -> String? { facts.pod.nodeName ?? assumptions[facts.pod.uid]?.node }

    /// Pods whose binding was sent without an answer, by name.
    var unsure: [(facts: PodFacts, node: String)] {
        guard assumptions.contains(where: { !$0.value.isSure }) else { return [] }
        return pods.values.compactMap { facts in
            assumptions[facts.pod.uid].flatMap { $0.isSure ? nil : (facts, $0.node) }
        }.sorted { $0.facts.pod.key < $1.facts.pod.key }
    }

    /// A node with what the pods on it take.
    func loaded(_ node: PlacementNode) -> PlacementNode {
        guard let use = usage[node.name] else { return node }
        var node = node
        node.used = use.resources
        node.familyPods = use.families
        return node
    }

    /// Takes a version of a pod; whether placement may come out differently.
    mutating func put(_ pod: Pod) -> Bool {
        let before = pods[pod.key]
        if let before {
            uncount(before)
            if before.pod.uid != pod.uid { assumptions[before.pod.uid] = nil }
        }
        // Of a pod on its way out no binding is taken any more.
        if pod.nodeName != nil || pod.object.isBeingDeleted { assumptions[pod.uid] = nil }
        var facts: PodFacts
        if let before, before.pod.uid == pod.uid, before.pod.object.spec == pod.object.spec,
            before.pod.object.labels == pod.object.labels
        {
            facts = before
            facts.pod = pod
        } else {
            facts = PodFacts(pod)
        }
        pods[pod.key] = facts
        count(facts)
        // The rest of a status has no part in placement.
        guard let before, before.pod.uid == pod.uid else { return true }
        return before.pod.object.spec != pod.object.spec || before.pod.phase != pod.phase
            || before.pod.object.isBeingDeleted != pod.object.isBeingDeleted
    }

    /// Forgets a pod that is gone; whether it was known.
    mutating func remove(_ pod: Pod) -> Bool {
        guard let facts = pods[pod.key], facts.pod.uid == pod.uid else { return false }
        uncount(facts)
        pods[pod.key] = nil
        assumptions[pod.uid] = nil
        return true
    }

    /// A binding is about to be sent; false where the pod is not there any more or has a node.
    mutating func assume(_ key: ObjectKey, uid: String, on node: String) -> Bool {
        guard let facts = pods[key], facts.pod.uid == uid, facts.isUnbound else { return false }
        change(facts) { $0.assumptions[uid] = Assumption(node: node, isSure: false) }
        return true
    }

    /// The server has answered that the pod has a node, be it this one: it counts here until the watch says more.
    mutating func confirm(_ uid: String) { assumptions[uid]?.isSure = true }

    /// The binding did not come about.
    mutating func forget(_ key: ObjectKey, uid: String) {
        guard assumptions[uid] != nil else { return }
        guard let facts = pods[key], facts.pod.uid == uid else {
            assumptions[uid] = nil
            return
        }
        change(facts) { $0.assumptions[uid] = nil }
    }

    private mutating func change(_ facts: PodFacts, _ body: (inout PodTable) -> Void) {
        uncount(facts)
        body(&self)
        count(facts)
    }

    private mutating func count(_ facts: PodFacts) {
        groups[facts.group, default: []].insert(facts.pod.key)
        if facts.relations?.antiAffinity.isEmpty == false { repelling += 1 }
        guard let node = node(of: facts) else {
            if facts.isUnbound { unbound[facts.group, default: 0] += 1 }
            return
        }
        guard !facts.hasEnded else { return }
        usage[node, default: Usage()].resources += facts.requests
        usage[node, default: Usage()].families[facts.family, default: 0] += 1
        usage[node, default: Usage()].pods += 1
    }

    /// Takes back what `count` did, before anything it looked at changes.
    private mutating func uncount(_ facts: PodFacts) {
        groups[facts.group]?.remove(facts.pod.key)
        if groups[facts.group]?.isEmpty == true { groups[facts.group] = nil }
        if facts.relations?.antiAffinity.isEmpty == false { repelling -= 1 }
        guard let node = node(of: facts) else {
            if facts.isUnbound { unbound[facts.group, default: 0] -= 1 }
            if unbound[facts.group] == 0 { unbound[facts.group] = nil }
            return
        }
        guard !facts.hasEnded, var use = usage[node] else { return }
        use.resources -= facts.requests
        use.families[facts.family, default: 0] -= 1
        if use.families[facts.family] == 0 { use.families[facts.family] = nil }
        use.pods -= 1
        usage[node] = use.pods == 0 ? nil : use
    }
}
