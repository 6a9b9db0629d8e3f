import KubernetesAPI
import ServingAPI

/// A step of `spec.plugins` that changes a pod before it is created: a pure function of the pod and its place, so that
/// the same pod comes out every time.
///
/// There is no step for a pod that became ready, because no plugin has anything to do then.
protocol PodPlugin: Sendable {
    func change(_ pod: inout KubernetesObject, at place: PodPlace)
}

/// Where a pod stands, for plugins.
struct PodPlace: Sendable {
    var serving: ObjectKey
    var identity: PodIdentity
    /// The entry pod and its workers.
    var groupSize: Int
}

extension PluginSpec.Step {
    /// What carries the step out.
    var plugin: any PodPlugin {
        switch self {
        case .podTweaks(let tweaks): PodTweaksPlugin(tweaks: tweaks)
        case .leaderWorkerSetLabels: LeaderWorkerSetLabelsPlugin()
        }
    }
}

extension ModelServing {
    /// Changes a pod as the plugins say whose scope it is in, in their order.
    func applyPlugins(to pod: inout KubernetesObject, at identity: PodIdentity, groupSize: Int) {
        let place = PodPlace(serving: key, identity: identity, groupSize: groupSize)
        for spec in plugins where spec.touches(role: identity.replica.role, isEntry: identity.isEntry) {
            spec.step.plugin.change(&pod, at: place)
        }
    }
}
