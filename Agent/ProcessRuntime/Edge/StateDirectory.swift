package import ContainerShim
package import JSONValues
package import KubernetesAPI

/// Everything the runtime keeps on disk.
///
///     pods/<uid>/pod.json                           the pod, its address, when it was first seen
///     pods/<uid>/status.json                        the status last written
///     pods/<uid>/hosts                              /etc/hosts of its containers
///     pods/<uid>/volumes/<volume>/                  emptyDir, ConfigMap, Secret and projected volumes
///     pods/<uid>/containers/<name>/<attempt>/       one run (see AttemptDirectory); the current and the one before
///     host/<path>                                   stand-ins for paths that this machine does not have
///     claims/<namespace>/<claim>/                   persistent volume claims
///
/// Each JSON file is replaced by rename, so that a crash at any point leaves a state that can be adopted.
package struct StateDirectory: Sendable, Hashable {
    package var path: String

    package init(_ path: String) { self.path = path }

    package var pods: String { path + "/pods" }

    package func pod(_ uid: String) -> String { "\(pods)/\(uid)" }
    package func record(_ uid: String) -> String { pod(uid) + "/pod.json" }
    package func status(_ uid: String) -> String { pod(uid) + "/status.json" }
    package func hosts(_ uid: String) -> String { pod(uid) + "/hosts" }
    package func volume(_ uid: String, _ name: String) -> String { "\(pod(uid))/volumes/\(name)" }
    package func container(_ uid: String, _ name: String) -> String { "\(pod(uid))/containers/\(name)" }
    package func standIn(_ hostPath: String) -> String { "\(path)/host/\(hostPath)" }
    package func claim(_ namespace: String, _ name: String) -> String { "\(path)/claims/\(namespace)/\(name)" }

    /// A folder in memory for a volume with `medium: Memory`; it lies outside and is removed with its pod.
    package func memory(_ uid: String, _ volume: String) -> String { "/dev/shm/martlet-\(uid)-\(volume)" }

    package func attempt(_ uid: String, _ container: String, _ attempt: Int) -> AttemptDirectory {
        AttemptDirectory("\(self.container(uid, container))/\(attempt)")
    }

    /// The runs of a container that are on disk, oldest first.
    package func attempts(_ uid: String, _ container: String) -> [Int] {
        Folder.names(self.container(uid, container)).compactMap { Int($0) }.sorted()
    }

    /// Whether a text may be one step of a path here.
    package static func isStep(_ text: String) -> Bool {
        !text.isEmpty && text != "." && text != ".." && text.utf8.count <= 253
            && !text.utf8.contains { $0 == UInt8(ascii: "/") || $0 == 0 }
    }
}

/// `pod.json`: what the runtime knows of a pod without asking anyone.
package struct PodRecord: Sendable, Hashable {
    package var pod: Pod
    package var address: String
    package var startTime: Timestamp

    package init(pod: Pod, address: String, startTime: Timestamp) {
        self.pod = pod
        self.address = address
        self.startTime = startTime
    }

    package init?(_ json: JSONValue) {
        guard let pod = json["pod"], let address = json["address"]?.string,
            let startTime = json["startTime"]?.string.flatMap({ Timestamp($0) })
        else { return nil }
        self.init(pod: Pod(KubernetesObject(pod)), address: address, startTime: startTime)
    }

    package var json: JSONValue {
        ["address": .string(address), "startTime": .string(startTime.microText), "pod": pod.object.json]
    }
}
