extension ServingGroupTemplate {
    /// Replicas of a role that have to be placed at once: what the gang policy says, or all; never more than there are.
    package func minimum(of role: String, replicas: Int) -> Int {
        let replicas = max(0, replicas)
        return min(max(0, gangPolicy?.minRoleReplicas[role] ?? replicas), replicas)
    }
}
