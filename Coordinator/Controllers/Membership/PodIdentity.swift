/// The place of a pod in its ModelServing, which its name states:
/// `<serving>-<group>-<role>-<replica>-<index>`.
///
/// Names, not labels, say where a pod belongs: labels of a template may override those of the controller.
package struct PodIdentity: Sendable, Hashable {
    package var replica: RoleReplicaID
    /// 0 for the entry pod, 1 and up for workers.
    package var index: Int

    package init(replica: RoleReplicaID, index: Int) {
        self.replica = replica
        self.index = index
    }

    /// Reads the name of a pod of a ModelServing; nil for a name of another shape.
    package init?(podName: String, serving: String) {
        guard podName.hasPrefix(serving + "-") else { return nil }
        let parts = podName.dropFirst(serving.count + 1).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 4, let group = PodIdentity.ordinal(parts[0]),
            let replica = PodIdentity.ordinal(parts[parts.count - 2]),
            let index = PodIdentity.ordinal(parts[parts.count - 1])
        else { return nil }
        let role = parts[1..<(parts.count - 2)].joined(separator: "-")
        guard !role.isEmpty else { return nil }
        self.init(replica: RoleReplicaID(group: group, role: role, index: replica), index: index)
    }

    package var isEntry: Bool { index == 0 }

    package func podName(serving: String) -> String { "\(replica.name(serving: serving))-\(index)" }

    /// A number as it is written in names: without sign or leading zeros.
    private static func ordinal(_ text: Substring) -> Int? {
        guard let value = Int(text), value >= 0, String(value) == text else { return nil }
        return value
    }
}

/// The place of a role replica in its ModelServing.
package struct RoleReplicaID: Sendable, Hashable, Comparable {
    /// The ordinal of the ServingGroup.
    package var group: Int
    package var role: String
    /// The ordinal among the replicas of the role in its group.
    package var index: Int

    package init(group: Int, role: String, index: Int) {
        self.group = group
        self.role = role
        self.index = index
    }

    /// `<role>-<index>`, the value of the role-id label.
    package var roleID: String { "\(role)-\(index)" }

    package func groupName(serving: String) -> String { "\(serving)-\(group)" }

    /// `<serving>-<group>-<role>-<index>`, what the names of its pods begin with.
    package func name(serving: String) -> String { "\(groupName(serving: serving))-\(roleID)" }

    /// The name of its entry pod and of its headless Service.
    package func entryName(serving: String) -> String { "\(name(serving: serving))-0" }

    package static func < (left: RoleReplicaID, right: RoleReplicaID) -> Bool {
        (left.group, left.role, left.index) < (right.group, right.role, right.index)
    }
}
