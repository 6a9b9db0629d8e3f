package import JSONValues

/// A pod of this node that may run engines.
package struct EngineCandidate: Sendable, Hashable {
    package var namespace: String
    package var name: String
    package var uid: String
    package var node: String
    /// The pod's address; engines are reached there.
    package var ip: String
    package var labels: [String: String]
    /// The containers of the pod's spec.
    package var containers: [JSONValue]
    /// Times its containers were started again; one more is a new life of its engines.
    package var restartCount: Int
    /// It shares the node's addresses, loopback included.
    package var isHostNetwork: Bool
    /// The volumes of the pod's spec.
    package var volumes: [JSONValue]
    /// Its containers are processes of this machine, on its file system.
    package var sharesFiles: Bool

    package init(
        namespace: String, name: String, uid: String, node: String, ip: String, labels: [String: String] = [:],
        containers: [JSONValue], restartCount: Int = 0, isHostNetwork: Bool = false,
        volumes: [JSONValue] = [], sharesFiles: Bool = false
    ) {
        self.namespace = namespace
        self.name = name
        self.uid = uid
        self.node = node
        self.ip = ip
        self.labels = labels
        self.containers = containers
        self.restartCount = restartCount
        self.isHostNetwork = isHostNetwork
        self.volumes = volumes
        self.sharesFiles = sharesFiles
    }
}
