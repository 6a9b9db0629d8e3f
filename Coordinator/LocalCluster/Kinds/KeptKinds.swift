import KubernetesAPI

/// Kinds of a whole cluster that this server keeps, shows and watches, so that one set of manifests applies anywhere,
/// but that nothing here acts on. Whoever makes such an object is told so in a warning.
enum KeptKinds {
    static let all: [ServedKind] = workloads + rights + policies

    private static let workloads: [ServedKind] = [
        scaled(
            ServedKind(app("Deployment", "deployments"), shortNames: ["deploy"], categories: ["all"], hasStatus: true)),
        ServedKind(app("DaemonSet", "daemonsets"), shortNames: ["ds"], categories: ["all"], hasStatus: true),
        scaled(
            ServedKind(app("StatefulSet", "statefulsets"), shortNames: ["sts"], categories: ["all"], hasStatus: true)),
        scaled(ServedKind(app("ReplicaSet", "replicasets"), shortNames: ["rs"], categories: ["all"], hasStatus: true)),
        ServedKind(
            ResourceKind(group: "batch", kind: "Job", plural: "jobs"), categories: ["all"], hasStatus: true),
        ServedKind(
            ResourceKind(group: "batch", kind: "CronJob", plural: "cronjobs"), shortNames: ["cj"], categories: ["all"],
            hasStatus: true),
        ServedKind(
            ResourceKind(
                group: "autoscaling", version: "v2", kind: "HorizontalPodAutoscaler",
                plural: "horizontalpodautoscalers"), shortNames: ["hpa"], categories: ["all"], hasStatus: true),
    ].map { kept($0, "nothing here runs its pods or scales them") }

    private static let rights: [ServedKind] = [
        right("Role", "roles", isNamespaced: true), right("RoleBinding", "rolebindings", isNamespaced: true),
        right("ClusterRole", "clusterroles", isNamespaced: false),
        right("ClusterRoleBinding", "clusterrolebindings", isNamespaced: false),
    ].map { kept($0, "rights are not enforced here, one token may do everything") }

    private static let policies: [ServedKind] =
        [
            webhook("ValidatingWebhookConfiguration"), webhook("MutatingWebhookConfiguration"),
        ].map { kept($0, "webhooks are not called here; the rules of Martlet's own kinds hold all the same") }
        + [
            ServedKind(
                ResourceKind(group: "networking.k8s.io", kind: "NetworkPolicy", plural: "networkpolicies"),
                shortNames: ["netpol"]),
            ServedKind(
                ResourceKind(group: "networking.k8s.io", kind: "Ingress", plural: "ingresses"), shortNames: ["ing"],
                hasStatus: true),
            ServedKind(
                ResourceKind(group: "policy", kind: "PodDisruptionBudget", plural: "poddisruptionbudgets"),
                shortNames: ["pdb"], hasStatus: true),
            ServedKind(
                ResourceKind(kind: "ResourceQuota", plural: "resourcequotas"), shortNames: ["quota"], hasStatus: true),
            ServedKind(ResourceKind(kind: "LimitRange", plural: "limitranges"), shortNames: ["limits"]),
            ServedKind(
                ResourceKind(kind: "PersistentVolumeClaim", plural: "persistentvolumeclaims"), shortNames: ["pvc"],
                hasStatus: true),
            ServedKind(
                ResourceKind(kind: "PersistentVolume", plural: "persistentvolumes", isNamespaced: false),
                shortNames: ["pv"], hasStatus: true),
            ServedKind(
                ResourceKind(
                    group: "storage.k8s.io", kind: "StorageClass", plural: "storageclasses", isNamespaced: false),
                shortNames: ["sc"]),
            ServedKind(
                ResourceKind(
                    group: "node.k8s.io", kind: "RuntimeClass", plural: "runtimeclasses", isNamespaced: false)),
        ].map { kept($0, "nothing here acts on it") }

    private static func app(_ kind: String, _ plural: String) -> ResourceKind {
        ResourceKind(group: "apps", kind: kind, plural: plural)
    }

    private static func scaled(_ kind: ServedKind) -> ServedKind {
        var kind = kind
        kind.scale = ScalePaths(
            specReplicas: ["spec", "replicas"], statusReplicas: ["status", "replicas"], labelSelector: [])
        return kind
    }

    private static func right(_ kind: String, _ plural: String, isNamespaced: Bool) -> ServedKind {
        ServedKind(
            ResourceKind(
                group: "rbac.authorization.k8s.io", kind: kind, plural: plural, isNamespaced: isNamespaced))
    }

    private static func webhook(_ kind: String) -> ServedKind {
        ServedKind(
            ResourceKind(
                group: "admissionregistration.k8s.io", kind: kind, plural: "\(kind.lowercased())s",
                isNamespaced: false), categories: ["api-extensions"])
    }

    private static func kept(_ kind: ServedKind, _ why: String) -> ServedKind {
        var kind = kind
        kind.keepsGeneration = kind.hasStatus
        kind.keptNote = "\(kind.kind.kind) is kept by this server, but \(why)"
        return kind
    }
}
