/// A node as placement sees it: what it has, what already stands on it, and whom it takes.
package struct PlacementNode: Sendable, Hashable {
    package var name: String
    /// What pods may use in all.
    package var allocatable: Resources
    /// What the pods bound to it ask for.
    package var used: Resources
    package var labels: [String: String]
    package var taints: [Taint]
    /// Cordoned: it takes no new pods.
    package var isUnschedulable: Bool
    package var isReady: Bool
    /// Bound pods by family (see `Gang.family`).
    package var familyPods: [String: Int]

    package init(
        name: String, allocatable: Resources, used: Resources = Resources(), labels: [String: String] = [:],
        taints: [Taint] = [], isUnschedulable: Bool = false, isReady: Bool = true, familyPods: [String: Int] = [:]
    ) {
        self.name = name
        self.allocatable = allocatable
        self.used = used
        self.labels = labels
        self.taints = taints
        self.isUnschedulable = isUnschedulable
        self.isReady = isReady
        self.familyPods = familyPods
    }

    /// What is left; negative where more is bound than there is.
    package var free: Resources {
        var free = allocatable
        free -= used
        return free
    }
}

/// A mark that keeps pods off a node unless they tolerate it.
package struct Taint: Sendable, Hashable {
    package var key: String
    package var value: String
    /// `NoSchedule` and `NoExecute` keep pods off; any other effect does not.
    package var effect: String

    package init(key: String, value: String = "", effect: String) {
        self.key = key
        self.value = value
        self.effect = effect
    }

    var keepsPodsOff: Bool { effect == "NoSchedule" || effect == "NoExecute" }
}

/// A pod's leave to stand on a node with a taint.
package struct Toleration: Sendable, Hashable {
    /// Empty for every key.
    package var key: String
    /// Nil for every value (`operator: Exists`).
    package var value: String?
    /// Empty for every effect.
    package var effect: String

    package init(key: String, value: String?, effect: String) {
        self.key = key
        self.value = value
        self.effect = effect
    }

    func tolerates(_ taint: Taint) -> Bool {
        (key.isEmpty || key == taint.key) && (effect.isEmpty || effect == taint.effect)
            && (value == nil || value == taint.value)
    }
}
