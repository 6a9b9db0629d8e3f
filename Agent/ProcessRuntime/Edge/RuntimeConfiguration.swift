package import ContainerShim
package import JSONValues
package import KubernetesAPI

/// How pods run as local processes.
package struct RuntimeConfiguration: Sendable {
    /// Everything the runtime keeps; see StateDirectory. Removing it while containers run loses them from sight.
    package var stateDirectory: String
    /// The block that pod addresses come from; loopback, so that nothing is reachable from outside.
    package var addressPool: String
    package var imageMap: ImageMap
    /// A YAML file that goes before `imageMap`; read again when it changes.
    package var imageMapPath: String?
    /// Where `container-shim` lies, and programs of the image map that are not paths.
    package var programDirectory: String
    package var backoff = Backoff.standalone
    /// The wait before a start that failed is tried again.
    package var retryAfter = Duration.seconds(5)
    /// Nil to use the strongest that this machine allows.
    package var isolation: Isolation?
    /// Whether `hostPath` volumes may make directories and files of the machine; else stand-ins take their place.
    package var makesHostPaths = false
    /// A container's log file moves aside at this size, bytes; two are kept.
    package var logBytesMax = 10 << 20
    /// What the node has, for `resourceFieldRef` of limits that are not set.
    package var capacity: [String: Quantity] = [:]
    package var hostIP = "127.0.0.1"

    package init(
        stateDirectory: String, addressPool: String = AddressPool.standard, imageMap: ImageMap = .standard,
        programDirectory: String
    ) {
        self.stateDirectory = stateDirectory
        self.addressPool = addressPool
        self.imageMap = imageMap
        self.programDirectory = programDirectory
    }
}

/// Whom the runtime talks to. None of these may block for long; all may be called at the same time.
package struct RuntimeCallbacks: Sendable {
    /// Writes the whole new status of a pod. Called again after a while when it throws.
    package var status: @Sendable (Pod, JSONValue) async throws -> Void
    /// Every process of a pod that is being deleted is gone: the object may go (grace 0). Called again when it throws
    /// or the pod is still there later.
    package var finished: @Sendable (Pod) async throws -> Void
    /// A ConfigMap or Secret; nil when there is none.
    package var object: @Sendable (ResourceKind, ObjectKey) async -> KubernetesObject?
    /// Records an event about a pod: is it a warning, its reason, its message.
    package var event: @Sendable (Pod, Bool, String, String) -> Void

    package init(
        status: @escaping @Sendable (Pod, JSONValue) async throws -> Void,
        finished: @escaping @Sendable (Pod) async throws -> Void,
        object: @escaping @Sendable (ResourceKind, ObjectKey) async -> KubernetesObject?,
        event: @escaping @Sendable (Pod, Bool, String, String) -> Void = { _, _, _, _ in }
    ) {
        self.status = status
        self.finished = finished
        self.object = object
        self.event = event
    }
}
