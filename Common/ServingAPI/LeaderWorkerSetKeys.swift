extension Keys {
    /// Names of the LeaderWorkerSet API that are written into pods.
    package enum LeaderWorkerSet {
        package static let group = "leaderworkerset.x-k8s.io"

        /// Label: the set's name.
        package static let name = "leaderworkerset.sigs.k8s.io/name"
        /// Label: the group's ordinal.
        package static let groupIndex = "leaderworkerset.sigs.k8s.io/group-index"
        /// Label: the pod's place in its group, 0 for the leader.
        package static let workerIndex = "leaderworkerset.sigs.k8s.io/worker-index"
        /// Label: the SHA-1 of `<name>-<group index>`.
        package static let groupKey = "leaderworkerset.sigs.k8s.io/group-key"
        /// Annotation: pods of a group.
        package static let size = "leaderworkerset.sigs.k8s.io/size"
        /// Annotation of workers: the leader's pod name.
        package static let leaderName = "leaderworkerset.sigs.k8s.io/leader-name"
        /// Annotation of a set that asks for one group a topology domain.
        package static let exclusiveTopology = "leaderworkerset.sigs.k8s.io/exclusive-topology"
        /// Annotation of a set that asks for one subgroup a topology domain.
        package static let subgroupExclusiveTopology = "leaderworkerset.sigs.k8s.io/subgroup-exclusive-topology"

        /// Variable: where the leader is reached.
        package static let leaderAddress = "LWS_LEADER_ADDRESS"
        /// Variable: pods of a group.
        package static let groupSizeVariable = "LWS_GROUP_SIZE"
        /// Variable: the pod's place in its group.
        package static let workerIndexVariable = "LWS_WORKER_INDEX"
    }
}
