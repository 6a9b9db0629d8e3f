package import KubernetesAPI

extension ResourceKind {
    package static let modelServing = workload("ModelServing", "modelservings")
    package static let modelBooster = workload("ModelBooster", "modelboosters")
    package static let autoscalingPolicy = workload("AutoscalingPolicy", "autoscalingpolicies")
    /// Targets of AutoscalingPolicies, apart from them as they were in the first schema generations.
    package static let autoscalingPolicyBinding = workload("AutoscalingPolicyBinding", "autoscalingpolicybindings")
    package static let modelServer = networking("ModelServer", "modelservers")
    package static let modelRoute = networking("ModelRoute", "modelroutes")
    package static let externalModelProvider = networking("ExternalModelProvider", "externalmodelproviders")

    private static func workload(_ kind: String, _ plural: String) -> ResourceKind {
        ResourceKind(group: Keys.workloadGroup, version: "v1alpha1", kind: kind, plural: plural)
    }

    private static func networking(_ kind: String, _ plural: String) -> ResourceKind {
        ResourceKind(group: Keys.networkingGroup, version: "v1alpha1", kind: kind, plural: plural)
    }
}
