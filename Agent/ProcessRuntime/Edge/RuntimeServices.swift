import Glibc
import KubernetesAPI
import Logging

/// What every pod's worker uses.
struct RuntimeServices: Sendable {
    let configuration: RuntimeConfiguration
    let state: StateDirectory
    let images: ImageMapSource
    let starter: ContainerStarter
    let watcher: ProcessWatcher
    let probes: ProbeRunner
    let publisher: StatusPublisher
    let callbacks: RuntimeCallbacks
    let metrics: RuntimeMetrics
    let logger: Logger
    /// The names a pod can resolve, with one address each.
    let names: @Sendable (Pod) -> [String: String]

    /// The variables of this process that containers get, and no others.
    static var hostEnvironment: [String: String] {
        var environment = ["PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"]
        for name in ["PATH", "LANG", "LC_ALL", "TZ", "HOME"] {
            if let value = unsafe getenv(name) { environment[name] = unsafe String(cString: value) }
        }
        return environment
    }
}
