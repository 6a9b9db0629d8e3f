import JSONValues
import KubernetesAPI
import ServingAPI

/// The revisions of one ModelServing: which is the update's, and what each is made of.
///
/// 1. What is kept already under some name keeps that name, whoever gave it: a template that did not change never
///    starts a rollout.
/// 2. Two contents never share a name: where their hashes collide the later takes the next one.
struct RevisionBook: Sendable {
    /// What new groups are made of.
    let update: Blueprint
    let stored: [StoredRevision]
    private let blueprints: [String: Blueprint]
    /// Roles of a kept revision whose pods are as those of the update.
    private let sameRoles: [String: Set<String>]

    init(_ serving: ModelServing, stored: [StoredRevision], status: ModelServingStatus) {
        self.stored = stored.sorted { $0.name < $1.name }
        let template = serving.spec.template
        let wanted = Blueprint(template.roles, placement: RevisionHash.placement(template), revision: "")
        let countsPlacement = serving.rollsOnPlacement
        func isSame(_ blueprint: Blueprint) -> Bool {
            !countsPlacement || blueprint.placement == nil || blueprint.placement == wanted.placement
        }
        let living = stored.filter { !$0.isBeingDeleted }
        let equal = living.filter { entry in
            guard let blueprint = entry.blueprint, blueprint.hashes == wanted.hashes else { return false }
            return blueprint.contents == wanted.contents && isSame(blueprint)
        }
        let name =
            equal.first { $0.revision == status.updateRevision }?.revision
            ?? equal.max { ($0.number, $0.name) < ($1.number, $1.name) }?.revision
            ?? RevisionBook.freeName(wanted, countsPlacement, taken: Set(stored.map(\.revision)))
        update = wanted.renamed(name)
        var blueprints: [String: Blueprint] = [:]
        var sameRoles: [String: Set<String>] = [:]
        for blueprint in living.compactMap(\.blueprint) {
            blueprints[blueprint.revision] = blueprint
            guard isSame(blueprint) else {
                sameRoles[blueprint.revision] = []
                continue
            }
            let same = zip(blueprint.roles, blueprint.contents).filter { role, content in
                guard blueprint.hashes[role.name] == wanted.hashes[role.name],
                    let index = wanted.roles.firstIndex(where: { $0.name == role.name })
                else { return false }
                return wanted.contents[index] == content
            }
            sameRoles[blueprint.revision] = Set(same.map(\.0.name))
        }
        blueprints[name] = update
        self.blueprints = blueprints
        self.sameRoles = sameRoles
    }

    /// What a revision is made of; nil where nothing is kept of it.
    func blueprint(_ revision: String) -> Blueprint? { blueprints[revision] }

    /// The place of a revision in time; 0 for one that is not kept.
    func number(_ revision: String) -> Int { stored.first { $0.revision == revision }?.number ?? 0 }

    /// Whether a pod of a role is made from another template than the role has now. A pod that does not say what it was
    /// made from is left alone; one whose revision is not kept is told by the hash of its role, and without one it is
    /// outdated only where whole groups roll.
    func isOutdated(role: String, revision: String?, hash: String?, groupsRoll: Bool) -> Bool {
        guard let revision, revision != update.revision else { return false }
        guard let wanted = update.hashes[role] else { return true }
        if let same = sameRoles[revision] { return !same.contains(role) }
        if let hash { return hash != wanted }
        return groupsRoll
    }

    private static func freeName(_ wanted: Blueprint, _ countsPlacement: Bool, taken: Set<String>) -> String {
        var content = JSONValue.array(wanted.contents)
        if countsPlacement { content = ["roles": content, "placement": wanted.placement ?? .null] }
        var attempt = 0
        while true {
            let name = RevisionHash.encode(content, attempt: attempt)
            if !taken.contains(name) { return name }
            attempt += 1
        }
    }
}

extension ModelServing {
    /// Whether a change of gangPolicy or networkTopology starts a rollout.
    var rollsOnPlacement: Bool { object.annotations[Keys.Annotation.rolloutOnPlacement] == "true" }
}
