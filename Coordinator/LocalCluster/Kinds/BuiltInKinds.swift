import KubernetesAPI

/// The kinds this server knows without a definition.
enum BuiltInKinds {
    static let all: [ServedKind] = core + grouped + reviews + KeptKinds.all

    static let namespaceFinalizer = "kubernetes"

    private static let core: [ServedKind] = [
        pod,
        ServedKind(.service, shortNames: ["svc"], categories: ["all"], hasStatus: true),
        ServedKind(.node, shortNames: ["no"], hasStatus: true),
        ServedKind(.namespace, shortNames: ["ns"], hasStatus: true),
        ServedKind(.event, shortNames: ["ev"]),
        ServedKind(.configMap, shortNames: ["cm"]),
        ServedKind(.secret),
        ServedKind(.endpoints, shortNames: ["ep"]),
        serviceAccount,
    ]

    private static let grouped: [ServedKind] = [
        ServedKind(.controllerRevision),
        ServedKind(.lease),
        ServedKind(ResourceKind(group: "discovery.k8s.io", kind: "EndpointSlice", plural: "endpointslices")),
        ServedKind(
            ResourceKind(
                group: "scheduling.k8s.io", kind: "PriorityClass", plural: "priorityclasses", isNamespaced: false),
            shortNames: ["pc"]),
        newEvent,
        definition,
    ]

    /// Kinds that are asked and answered, never stored.
    private static let reviews: [ServedKind] = [
        ("authentication.k8s.io", "SelfSubjectReview", false),
        ("authorization.k8s.io", "SelfSubjectAccessReview", false),
        ("authorization.k8s.io", "SelfSubjectRulesReview", false),
        ("authorization.k8s.io", "SubjectAccessReview", false),
        ("authorization.k8s.io", "LocalSubjectAccessReview", true),
    ].map { group, kind, isNamespaced in
        var review = ServedKind(
            ResourceKind(group: group, kind: kind, plural: "\(kind.lowercased())s", isNamespaced: isNamespaced))
        review.verbs = ["create"]
        return review
    }

    private static var pod: ServedKind {
        var pod = ServedKind(.pod, shortNames: ["po"], categories: ["all"], hasStatus: true)
        let binding = ResourceKind(kind: "Binding", plural: "bindings")
        let eviction = ResourceKind(group: "policy", kind: "Eviction", plural: "evictions")
        pod.subresources = [
            Subresource(name: "binding", kind: binding, verbs: ["create"]),
            Subresource(name: "eviction", kind: eviction, verbs: ["create"]),
            Subresource(name: "log", kind: .pod, verbs: ["get"]),
        ]
        return pod
    }

    private static var serviceAccount: ServedKind {
        var account = ServedKind(.serviceAccount, shortNames: ["sa"])
        let request = ResourceKind(group: "authentication.k8s.io", kind: "TokenRequest", plural: "tokenrequests")
        account.subresources = [Subresource(name: "token", kind: request, verbs: ["create"])]
        return account
    }

    /// The second face of events; both are kept in the form of the first.
    private static var newEvent: ServedKind {
        var event = ServedKind(
            ResourceKind(group: "events.k8s.io", kind: "Event", plural: "events"), shortNames: ["ev"])
        event.storage = StorageName(.event)
        event.storageAPIVersion = ResourceKind.event.apiVersion
        return event
    }

    private static var definition: ServedKind {
        var definition = ServedKind(
            .customResourceDefinition, shortNames: ["crd", "crds"], categories: ["api-extensions"], hasStatus: true)
        definition.keepsGeneration = true
        return definition
    }
}
