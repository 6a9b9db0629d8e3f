import ServingAPI

/// How many groups and role replicas there are, and which of them come and go.
extension ServingPlanner {
    /// Dooms groups beyond what the spec asks for.
    mutating func shrinkGroups() {
        let living = model.ordered.filter { !isGoing($0) }
        let units = living.map {
            VictimOrder.Unit(ordinal: $0.index, isRunning: model.isRunning($0), deletionCost: $0.deletionCost)
        }
        // Groups on their way out are the first victims: they are not made anew while enough others live.
        let excess = living.count - model.replicas
        doomedGroups.formUnion(VictimOrder.victims(units, count: excess, protected: model.partition))
    }

    /// Creates groups at the lowest missing ordinals; a group on its way out keeps its ordinal.
    mutating func createGroups() {
        for ordinal in VictimOrder.missing(Set(model.groups.keys), wanted: model.replicas) {
            let blueprint = model.blueprintOfNewGroup(ordinal)
            for role in blueprint.roles {
                let count = max(0, model.update.role(named: role.name)?.replicas ?? role.replicas)
                for index in 0..<count {
                    createReplica(RoleReplicaID(group: ordinal, role: role.name, index: index), blueprint, role)
                }
            }
        }
    }

    /// Gives a group that stays the role replicas it should have, each with all of its pods.
    mutating func shapeRoles(of group: ServingGroup) {
        let blueprint = model.blueprint(group.revision)
        for replica in group.ordered where blueprint.role(named: replica.id.role) == nil {
            doomedReplicas.insert(replica.id)
        }
        for role in blueprint.roles {
            let wanted = model.wanted(role, in: group)
            let replicas = group.replicas(of: role.name)
            let living = replicas.filter { !isGoing($0) }
            if !model.isToBeReplaced(group) { shrink(living, by: living.count - wanted) }
            for index in VictimOrder.missing(Set(replicas.map(\.id.index)), wanted: wanted) {
                createReplica(RoleReplicaID(group: group.index, role: role.name, index: index), blueprint, role)
            }
            for replica in living where !isGoing(replica) { repair(replica, in: group) }
        }
    }

    private mutating func shrink(_ replicas: [RoleReplica], by excess: Int) {
        let units = replicas.map {
            VictimOrder.Unit(ordinal: $0.id.index, isRunning: model.isRunning($0), deletionCost: $0.deletionCost)
        }
        let victims = Set(VictimOrder.victims(units, count: excess, protected: 0))
        doomedReplicas.formUnion(replicas.map(\.id).filter { victims.contains($0.index) })
    }

    /// Creates the pods that a living replica lacks, from the revision of those it has.
    private mutating func repair(_ replica: RoleReplica, in group: ServingGroup) {
        let blueprint = model.blueprint(replica.revision)
        guard let role = blueprint.role(named: replica.id.role) else { return }
        for index in 0..<role.podsPerReplica where replica.pods[index] == nil {
            create(PodIdentity(replica: replica.id, index: index), blueprint, role)
        }
    }

    private mutating func createReplica(_ id: RoleReplicaID, _ blueprint: Blueprint, _ role: Role) {
        for index in 0..<role.podsPerReplica { create(PodIdentity(replica: id, index: index), blueprint, role) }
    }
}
