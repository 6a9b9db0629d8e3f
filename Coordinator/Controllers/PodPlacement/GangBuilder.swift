import JSONValues
import KubernetesAPI
import Placement
import ServingAPI

/// Sorts waiting pods into gangs: those of a ServingGroup by owner and name, others by the group-name label, the rest
/// alone.
struct GangBuilder {
    /// ModelServings by UID: they say how much of a group is needed at once.
    let servings: [String: ModelServing]
    /// Pods of these `schedulerName`s are placed here.
    let schedulerNames: Set<String>

    /// A gang while its pods are collected.
    private struct Draft {
        var name: String
        var family = ""
        var servingUID: String?
        var priority = Int.min
        var oldest = Timestamp(microseconds: .max)
        var parts: [String: Part] = [:]
    }

    private struct Part {
        var role: String
        var order: Int
        var size: Int?
        var waiting: [Pod] = []
        var bound: [Pod] = []
        /// Pods on their way out: the part is not whole until they are gone and replaced.
        var isShrinking = false
    }

    /// Gangs with pods that wait, the most urgent first: by priority, then by age, then by name.
    func gangs(_ pods: [Pod]) -> [Gang] {
        var drafts: [String: Draft] = [:]
        for pod in pods.sorted(by: { $0.key < $1.key }) { add(pod, to: &drafts) }
        let waiting = drafts.values.filter { draft in draft.parts.values.contains { !$0.waiting.isEmpty } }
        let order = waiting.sorted { ($1.priority, $0.oldest, $0.name) < ($0.priority, $1.oldest, $1.name) }
        return order.compactMap(gang)
    }

    /// Whether a pod waits for a node and this program is asked to find one.
    func isWaiting(_ pod: Pod) -> Bool {
        pod.nodeName == nil && schedulerNames.contains(pod.schedulerName) && !pod.object.isBeingDeleted
            && pod.phase == .pending && (pod.object.spec["schedulingGates"]?.elements ?? []).isEmpty
    }

    private func add(_ pod: Pod, to drafts: inout [String: Draft]) {
        let isWaiting = isWaiting(pod)
        guard isWaiting || NodeReader.family(of: pod) != nil else { return }
        var draft: Draft
        var part: Part
        let partName: String
        if let owner = pod.object.controller, owner.kind == "ModelServing",
            let identity = PodIdentity(podName: pod.key.name, serving: owner.name)
        {
            let group = "\(pod.key.namespace)/\(identity.replica.groupName(serving: owner.name))"
            draft = drafts["\(owner.uid) \(group)"] ?? Draft(name: group, servingUID: owner.uid)
            draft.family = NodeReader.family(of: pod) ?? ""
            partName = identity.replica.roleID
            part = draft.parts[partName] ?? Part(role: identity.replica.role, order: identity.replica.index)
            part.size = part.size ?? GangBuilder.groupSize(pod)
        } else {
            let group = pod.object.labels[Keys.Label.groupName].map { "\(pod.key.namespace)/\($0)" }
            draft = drafts[group ?? pod.key.description] ?? Draft(name: group ?? pod.key.description)
            partName = pod.key.name
            part = Part(role: "", order: draft.parts.count)
        }
        if pod.object.isBeingDeleted {
            part.isShrinking = true
        } else if isWaiting {
            part.waiting.append(pod)
            draft.priority = max(draft.priority, pod.object.spec["priority"]?.integer ?? 0)
            draft.oldest = min(draft.oldest, pod.object.creationTimestamp ?? draft.oldest)
        } else if pod.nodeName != nil, pod.phase != .failed, pod.phase != .succeeded {
            part.bound.append(pod)
        }
        draft.parts[partName] = part
        drafts[draft.servingUID.map { "\($0) \(draft.name)" } ?? draft.name] = draft
    }

    /// Nil where the ModelServing of the gang is not known yet.
    private func gang(_ draft: Draft) -> Gang? {
        var gang = Gang(name: draft.name, family: draft.family, subGangs: [])
        if let uid = draft.servingUID {
            guard let serving = servings[uid] else { return nil }
            gang.minimum = GangBuilder.minimum(serving)
        }
        for (name, part) in draft.parts.sorted(by: { $0.key < $1.key }) {
            let nodes = Set(part.bound.compactMap(\.nodeName))
            gang.nodes.formUnion(nodes)
            let isWhole = !part.isShrinking && part.waiting.count + part.bound.count == part.size ?? 1
            guard isWhole else { continue }
            if part.waiting.isEmpty {
                gang.placed[part.role, default: 0] += 1
            } else {
                gang.subGangs.append(
                    SubGang(
                        name: "\(draft.name)-\(name)", role: part.role, order: part.order,
                        pods: part.waiting.map { PodDemand($0) }, nodes: nodes))
            }
        }
        return gang
    }

    /// Role replicas that have to stand at once, by role.
    private static func minimum(_ serving: ModelServing) -> [String: Int] {
        let policy = serving.spec.template.gangPolicy?.minRoleReplicas ?? [:]
        let roles = serving.spec.template.roles.map { role in
            (role.name, min(max(0, policy[role.name] ?? role.replicas), max(0, role.replicas)))
        }
        return Dictionary(roles, uniquingKeysWith: { first, _ in first })
    }

    /// Pods of the role replica, as the pod itself was told when it was made.
    private static func groupSize(_ pod: Pod) -> Int? {
        for container in pod.containers {
            let variable = (container["env"]?.elements ?? []).first {
                $0["name"]?.string == Keys.Environment.groupSize
            }
            if let size = variable?["value"]?.string.flatMap({ Int($0) }) { return size }
        }
        return nil
    }
}
