package import KubernetesAPI

/// The objects of a kind as they were at one moment.
package struct ObjectList: Sendable {
    package var items: [KubernetesObject]
    /// The version a watch goes on from.
    package var resourceVersion: String

    package init(items: [KubernetesObject], resourceVersion: String) {
        self.items = items
        self.resourceVersion = resourceVersion
    }
}
