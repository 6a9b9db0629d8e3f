package import KubernetesAPI
package import ServingAPI

/// All that a plan for one ModelServing may look at.
package struct ServingObservation: Sendable {
    package var serving: ModelServing
    /// Its pods, by place; what was just created or deleted included.
    package var pods: [PodIdentity: Pod]
    /// Its Services.
    package var services: [KubernetesObject]
    /// Its ControllerRevisions.
    package var revisions: [KubernetesObject]
    package var memory: ServingMemory
    /// Its PodGroups.
    package var podGroups: [KubernetesObject]
    /// What its PodGroups can say; nil where its pods need none.
    package var podGroupSchema: PodGroupSchema?

    /// `installed` is what PodGroups can say in this cluster, nil where there are none.
    package init(
        serving: ModelServing, pods: [Pod] = [], services: [KubernetesObject] = [],
        revisions: [KubernetesObject] = [], memory: ServingMemory = ServingMemory(),
        podGroups: [KubernetesObject] = [], installed: PodGroupSchema? = nil
    ) {
        self.serving = serving
        self.pods = [:]
        for pod in pods {
            guard let identity = PodIdentity(podName: pod.key.name, serving: serving.key.name) else { continue }
            self.pods[identity] = pod
        }
        self.services = services
        self.revisions = revisions
        self.memory = memory
        self.podGroups = podGroups
        podGroupSchema = serving.spec.schedulerName == Keys.volcanoScheduler ? installed : nil
    }
}

/// What the API's state cannot tell about the pods of one ModelServing. Without it (after a restart) plans are still
/// right, they only repair in place where they would have rebuilt, and may grant a failing pod its grace once more.
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

    package init() {}
}
