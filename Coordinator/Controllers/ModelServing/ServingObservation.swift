package import KubernetesAPI
package import ServingAPI

/// All that a plan for one ModelServing may look at.
package struct ServingObservation: Sendable {
    package var serving: ModelServing
    /// The status as it was last written.
    package var status: ModelServingStatus
    /// Its pods; what was just created or deleted included.
    package var pods: [ServingPod]
    /// Its Services.
    package var services: [KubernetesObject]
    let book: RevisionBook
    package var memory: ServingMemory
    /// Its PodGroups.
    package var podGroups: [KubernetesObject]
    /// What its PodGroups can say; nil where its pods need none.
    package var podGroupSchema: PodGroupSchema?

    /// An observation of objects as they are; `installed` is what PodGroups can say in this cluster, if there are any.
    package init(
        serving: ModelServing, pods: [Pod] = [], services: [KubernetesObject] = [],
        revisions: [KubernetesObject] = [], memory: ServingMemory = ServingMemory(),
        podGroups: [KubernetesObject] = [], installed: PodGroupSchema? = nil
    ) {
        let name = serving.key.name
        let status = serving.status
        let stored = revisions.compactMap { StoredRevision($0, serving: name) }
        self.init(
            serving: serving, status: status, pods: pods.compactMap { ServingPod($0, serving: name) },
            services: services, book: RevisionBook(serving, stored: stored, status: status), memory: memory,
            podGroups: podGroups, installed: installed)
    }

    init(
        serving: ModelServing, status: ModelServingStatus, pods: [ServingPod], services: [KubernetesObject],
        book: RevisionBook, memory: ServingMemory, podGroups: [KubernetesObject], installed: PodGroupSchema?
    ) {
        self.serving = serving
        self.status = status
        self.pods = pods
        self.services = services
        self.book = book
        self.memory = memory
        self.podGroups = podGroups
        podGroupSchema = serving.spec.schedulerName == Keys.volcanoScheduler ? installed : nil
    }
}

/// What the API's state cannot tell about the pods of one ModelServing. Without it (after a restart) plans are still
/// right, they only repair in place where they would have rebuilt, and may grant a pod that fails again and again its
/// grace once more.
package struct ServingMemory: Sendable {
    /// A pod that went without this program's doing, and the pods of its group that were there at the time.
    package struct Loss: Sendable, Hashable {
        package var replica: RoleReplicaID
        package var siblings: Set<String>

        package init(replica: RoleReplicaID, siblings: Set<String>) {
            self.replica = replica
            self.siblings = siblings
        }
    }

    /// Losses by the UID of the pod that went.
    package var losses: [String: Loss] = [:]
    /// UIDs of pods whose deletion a plan has dealt with.
    package var settled: Set<String> = []
    /// When a pod was first seen failing, by UID.
    package var troubleSince: [String: Timestamp] = [:]
    /// Until when no surge is tried, for the API server refused one.
    package var surgeRefusedUntil: Timestamp?

    package init() {}
}
