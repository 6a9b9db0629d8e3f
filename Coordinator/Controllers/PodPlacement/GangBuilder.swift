import JSONValues
import KubernetesAPI
import Placement
import ServingAPI

/// Makes gangs of pods: those of a ServingGroup by owner and name, others by the group-name label, the rest alone.
struct GangBuilder {
    /// ModelServings by UID: they say how much of a group is needed at once and where it may stand.
    let servings: [String: ModelServing]
    /// Pods of these `schedulerName`s are placed here.
    let schedulerNames: Set<String>

    /// A gang before it is known what of it is whole.
    struct Draft {
        var name: String
        var family: String
        var servingUID: String?
        var priority = Int.min
        var oldest = Timestamp(microseconds: .max)
        /// Some of its pods have a node: what it lacks comes before anything new.
        var isBegun = false
        var parts: [String: Part] = [:]

        var waiting: [PodFacts] { parts.values.flatMap(\.waiting) }

        /// Begun ones first, then by priority, then by age, then by name.
        static func precedes(_ left: Draft, _ right: Draft) -> Bool {
            if left.isBegun != right.isBegun { return left.isBegun }
            return (right.priority, left.oldest, left.name) < (left.priority, right.oldest, right.name)
        }
    }

    struct Part {
        var role: String
        var order: Int
        var size: Int?
        var waiting: [PodFacts] = []
        var nodes: [String] = []
        /// Pods on their way out: the part is not whole until they are gone and replaced.
        var isShrinking = false

        var isWhole: Bool { !isShrinking && waiting.count + nodes.count == size ?? 1 }
    }

    /// The gang of the pods of one group, each with the node it counts on; nil where none of them waits.
    func draft(_ members: [(facts: PodFacts, node: String?)]) -> Draft? {
        let members = members.sorted { $0.facts.pod.key < $1.facts.pod.key }
        guard let first = members.first?.facts else { return nil }
        var draft = Draft(name: first.groupName, family: first.family, servingUID: first.servingUID)
        for (facts, node) in members {
            let number = draft.parts.count
            var part = draft.parts[facts.part] ?? Part(role: facts.role, order: facts.order ?? number)
            part.size = part.size ?? facts.partSize
            if facts.pod.object.isBeingDeleted {
                part.isShrinking = true
            } else if let node {
                if !facts.hasEnded {
                    part.nodes.append(node)
                    draft.isBegun = true
                }
            } else if facts.waits(for: schedulerNames) {
                part.waiting.append(facts)
                draft.priority = max(draft.priority, facts.pod.object.spec["priority"]?.integer ?? 0)
                draft.oldest = min(draft.oldest, facts.pod.object.creationTimestamp ?? draft.oldest)
            }
            draft.parts[facts.part] = part
        }
        return draft.waiting.isEmpty ? nil : draft
    }

    /// The gangs in the order of their urgency; with `seesPods` their pods carry what other pods may want of them.
    func gangs(_ drafts: [Draft], seesPods: Bool) -> [Gang] {
        drafts.sorted(by: Draft.precedes).compactMap { gang($0, seesPods: seesPods) }
    }

    /// Nil where the ModelServing of the gang is not known yet.
    private func gang(_ draft: Draft, seesPods: Bool) -> Gang? {
        var gang = Gang(name: draft.name, family: draft.family, subGangs: [])
        if let uid = draft.servingUID {
            guard let template = servings[uid]?.spec.template else { return nil }
            for role in template.roles {
                gang.minimum[role.name] = template.minimum(of: role.name, replicas: role.replicas)
            }
            gang.limit = template.groupPolicy.map { TierLimit($0) }
            gang.subGangLimit = template.rolePolicy.map { TierLimit($0) }
        }
        for (name, part) in draft.parts.sorted(by: { $0.key < $1.key }) {
            gang.nodes.formUnion(part.nodes)
            guard part.isWhole else { continue }
            if part.waiting.isEmpty {
                gang.placed[part.role, default: 0] += 1
            } else {
                let pods = part.waiting.map { facts in
                    let plain = PodRelations(namespace: facts.pod.key.namespace, labels: facts.pod.object.labels)
                    return PodDemand(
                        facts.pod, requests: facts.requests, relations: seesPods ? facts.relations ?? plain : nil)
                }
                gang.subGangs.append(
                    SubGang(
                        name: "\(draft.name)-\(name)", role: part.role, order: part.order, pods: pods,
                        nodes: Set(part.nodes)))
            }
        }
        return gang
    }
}

extension TierLimit {
    init(_ policy: NetworkTopology) {
        let mode: Mode = policy.mode == .hard ? .hard : .soft
        self.init(mode, tier: policy.highestTierAllowed, tierName: policy.highestTierName)
    }
}
