import ServingAPI

/// How many groups and role replicas there are, and which of them come and go.
extension ServingPlanner {
    /// Dooms groups beyond what the spec asks for.
    ///
    /// A group that serves counts as running though its roles are still to shrink: else a restart in the middle of a
    /// change of both would choose other victims.
    mutating func shrinkGroups() {
        let living = model.base.filter { !isGoing($0) }
        // Groups on their way out are the first victims: they are not made anew while enough others live.
        let excess = living.count - model.replicas
        guard excess > 0 else { return }
        let units = living.map {
            VictimOrder.Unit(ordinal: $0.index, isRunning: $0.serves, deletionCost: $0.deletionCost)
        }
        doomedGroups.formUnion(VictimOrder.victims(units, count: excess, protected: model.partition))
    }

    /// Creates groups at the lowest missing ordinals; a group on its way out keeps its ordinal.
    mutating func createGroups() {
        guard model.ordinals.missingCount > 0 else { return }
        for ordinal in model.ordinals.missing(limit: ServingPlanner.createsMax) {
            if isFull { return }
            createGroup(ordinal, model.blueprintOfNewGroup(ordinal), isSurge: false)
        }
    }

    mutating func createGroup(_ ordinal: Int, _ blueprint: Blueprint, isSurge: Bool) {
        for role in blueprint.roles {
            let count = max(0, model.update.role(named: role.name)?.replicas ?? role.replicas)
            for index in 0..<count {
                if isFull { return }
                createReplica(RoleReplicaID(group: ordinal, role: role.name, index: index), role, nil, isSurge)
            }
        }
    }

    /// Gives a group that stays the role replicas it should have, each with all of its pods.
    mutating func shapeRoles(of group: ServingGroup) {
        for replica in group.replicas where !group.shape.contains(where: { $0.role.name == replica.id.role }) {
            doomedReplicas.insert(replica.id)
        }
        for (role, wanted) in group.shape where !group.isToBeReplaced { shrink(role, of: group, to: wanted) }
        if !model.rollsGroups { rollRoles(of: group) }
        for (role, wanted) in group.shape {
            let replicas = group.replicas(of: role.name)
            let ordinals = OrdinalSet(replicas.map(\.id.index), wanted: wanted)
            for index in ordinals.missing(limit: ServingPlanner.createsMax) {
                let id = RoleReplicaID(group: group.index, role: role.name, index: index)
                createReplica(id, role, group, group.isSurge)
            }
            for replica in replicas where !isGoing(replica) { repair(replica, in: group) }
        }
    }

    private mutating func shrink(_ role: Role, of group: ServingGroup, to wanted: Int) {
        let living = group.replicas(of: role.name).filter { !isGoing($0) }
        guard living.count > wanted else { return }
        let units = living.map {
            VictimOrder.Unit(ordinal: $0.id.index, isRunning: $0.isRunning, deletionCost: $0.deletionCost)
        }
        let isProtecting = model.serving.partition(of: model.update.role(named: role.name) ?? role)
        let victims = Set(VictimOrder.victims(units, count: living.count - wanted, protected: isProtecting))
        doomedReplicas.formUnion(living.map(\.id).filter { victims.contains($0.index) })
    }

    /// Creates the pods that a living replica lacks, from the revision of those it has.
    private mutating func repair(_ replica: RoleReplica, in group: ServingGroup) {
        let blueprint = model.blueprint(of: replica, in: group)
        guard let role = blueprint.role(named: replica.id.role), replica.pods.count < role.podsPerReplica else {
            return
        }
        for index in 0..<role.podsPerReplica where !replica.has(index) {
            if isFull { return }
            create(PodIdentity(replica: replica.id, index: index), blueprint, role, isSurge: group.isSurge)
        }
    }

    private mutating func createReplica(_ id: RoleReplicaID, _ role: Role, _ group: ServingGroup?, _ isSurge: Bool) {
        let blueprint = isSurge ? model.update : model.blueprintOfNew(role, id, in: group)
        guard let role = blueprint.role(named: id.role) else { return }
        for index in 0..<role.podsPerReplica {
            create(PodIdentity(replica: id, index: index), blueprint, role, isSurge: isSurge)
            if isFull { return }
        }
    }
}
