package import ContainerShim
package import KubernetesAPI

/// What happened to a pod.
package enum PodEvent: Sendable, Hashable {
    /// The program of a container runs.
    case started(String, attempt: Int, at: Timestamp)
    /// A container could not be started; tried again after a while when `isRetried`.
    case notStarted(String, attempt: Int, reason: String, message: String)
    case exited(String, attempt: Int, ExitRecord)
    /// A probe's outcome; the message says why not.
    case probed(String, ProbeKind, attempt: Int, succeeded: Bool, message: String)
    case preStopDone(String, attempt: Int)
    /// The pod is to go within a grace period; a shorter one may follow.
    case stop(grace: Duration)
    /// Something a waiting container may have waited for has changed.
    case retry
    /// A time the machine asked for has come.
    case tick
}

/// What a pod wants done.
package enum PodAction: Sendable, Hashable {
    case start(String, attempt: Int, failures: Int)
    case probe(String, ProbeKind, attempt: Int)
    case preStop(String, attempt: Int)
    /// SIGTERM to the container's process group.
    case terminate(String, attempt: Int)
    /// SIGKILL to it.
    case kill(String, attempt: Int)
    /// Tells people.
    case tell(isWarning: Bool, reason: String, message: String)
    /// No process of a pod that is to go is left.
    case finished
}
