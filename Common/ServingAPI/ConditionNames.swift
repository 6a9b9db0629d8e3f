/// Condition types of a ModelServing's status.
package enum ConditionType {
    /// Every group is up.
    package static let available = "Available"
    /// Some group is on its way up.
    package static let progressing = "Progressing"
    /// A new revision is being rolled out.
    package static let updateInProgress = "UpdateInProgress"
    /// The whole object is as its spec asks (kstatus).
    package static let ready = "Ready"
    /// Work on the spec goes on (kstatus).
    package static let reconciling = "Reconciling"
    /// The spec cannot be carried out; the message says what to change (kstatus).
    package static let stalled = "Stalled"
    /// The spec uses fields of earlier schema generations; the message says what they are read as.
    package static let legacyFields = "LegacyFields"
}

/// Reasons of those conditions: one CamelCase word each.
package enum ConditionReason {
    package static let allGroupsReady = "AllGroupsReady"
    package static let groupProgressing = "GroupProgressing"
    package static let groupsUpdating = "GroupsUpdating"
    /// The spec breaks a rule of this package.
    package static let invalidSpec = "InvalidSpec"
    /// No set of nodes holds a whole gang.
    package static let unschedulable = "Unschedulable"
    package static let upToDate = "UpToDate"
    /// Fields are read as what they mean today.
    package static let translated = "Translated"
}

/// Reasons of events about role replicas.
package enum EventReason {
    package static let roleCreating = "RoleCreating"
    package static let roleRunning = "RoleRunning"
    package static let roleDeleting = "RoleDeleting"
}
