/// Every name that is written into or read from objects: API groups, labels, annotations, environment variables.
package enum Keys {
    package static let workloadGroup = "workload.serving.volcano.sh"
    package static let networkingGroup = "networking.serving.volcano.sh"

    /// `schedulerName` of pods that Volcano places where it is installed and this program places where it is not.
    package static let volcanoScheduler = "volcano"

    /// Labels of pods, services and revisions of a ModelServing.
    package enum Label {
        /// The ModelServing's name.
        package static let name = "modelserving.volcano.sh/name"
        /// The ServingGroup's name, `<name>-<index>`.
        package static let groupName = "modelserving.volcano.sh/group-name"
        /// The role's name.
        package static let role = "modelserving.volcano.sh/role"
        /// The role replica, `<role>-<index>`.
        package static let roleID = "modelserving.volcano.sh/role-id"
        /// `true` on entry pods, absent on workers.
        package static let entry = "modelserving.volcano.sh/entry"
        /// The revision of the ModelServing a pod was made from.
        package static let revision = "modelserving.volcano.sh/revision"
        /// The hash of the role a pod was made from.
        package static let roleTemplateHash = "modelserving.volcano.sh/role-template-hash"
        /// On a Secret that holds the credential of an ExternalModelProvider.
        package static let providerCredential =
            "networking.serving.volcano.sh/external-model-provider-credential"
    }

    /// Annotations of ModelServings and their pods.
    package enum Annotation {
        /// The PodGroup a pod belongs to.
        package static let podGroup = "scheduling.k8s.io/group-name"
        /// The role replica as Volcano calls it: a task.
        package static let taskSpec = "volcano.sh/task-spec"
        /// On a ModelServing: the Volcano queue of its PodGroups.
        package static let queueName = "scheduling.volcano.sh/queue-name"
        /// On a pod: lower cost is removed first when a ModelServing shrinks.
        package static let podDeletionCost = "controller.kubernetes.io/pod-deletion-cost"
        /// On a pod: the revision it was made from, whatever its labels say.
        package static let revision = "martlet.dev/revision"
        /// On a pod: the hash of the role it was made from, whatever its labels say.
        package static let roleTemplateHash = "martlet.dev/role-template-hash"
        /// On a pod: `true` where its group stands beyond `replicas` for the time of a rollout.
        package static let surge = "martlet.dev/surge"
        /// On a ModelServing: `true` makes a change of gangPolicy or networkTopology start a rollout as well.
        package static let rolloutOnPlacement = "martlet.dev/rollout-on-placement-change"
        /// On a ModelRoute: a JSON list of token limits by user, API key or length of the prompt.
        package static let tokenLimits = "martlet.dev/token-limits"
        /// On a ModelRoute: the longest prompt it takes, in tokens.
        package static let promptTokensMax = "martlet.dev/prompt-tokens-max"
    }

    /// Variables set in every container of a ModelServing's pods.
    package enum Environment {
        /// `<entry pod>.<namespace>`, the address of the role replica's entry pod.
        package static let entryAddress = "ENTRY_ADDRESS"
        /// The pod's place in its role replica: 0 for the entry, 1 and up for workers.
        package static let workerIndex = "WORKER_INDEX"
        /// Pods of the role replica: the entry and its workers.
        package static let groupSize = "GROUP_SIZE"
    }
}
