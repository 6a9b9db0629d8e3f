import ContainerShim
import JSONValues
package import KubernetesAPI

extension ProcessRuntime {
    /// The log of a container for the agent's `/containerLogs`. `container` may be empty where the pod has only one.
    ///
    /// Throws an APIStatus with the sentence and code that the kubelet answers.
    package func logs(
        namespace: String, pod: String, container: String, options: LogOptions
    ) throws(APIStatus) -> ContainerLog {
        guard let worker = worker(ObjectKey(namespace: namespace, name: pod)) else {
            throw APIStatus(code: 404, reason: .notFound, message: "pod \"\(pod)\" does not run on this node")
        }
        let all = worker.pod.initContainers + worker.pod.containers
        let names = all.compactMap { $0["name"]?.string }
        let given = worker.pod.object.annotations["kubectl.kubernetes.io/default-container"]
        var name = container.isEmpty ? given ?? "" : container
        if name.isEmpty && worker.pod.containers.count == 1 { name = worker.pod.containers[0]["name"]?.string ?? "" }
        guard !name.isEmpty else {
            throw APIStatus(
                code: 400, reason: .badRequest,
                message: "a container name must be specified for pod \(pod), choose one of: "
                    + "[\(names.joined(separator: " "))]")
        }
        guard names.contains(name) else {
            throw APIStatus(
                code: 400, reason: .badRequest, message: "container \(name) is not valid for pod \(pod)")
        }
        let attempts = directory.attempts(worker.uid, name)
        guard let current = attempts.last else {
            throw APIStatus(
                code: 400, reason: .badRequest,
                message: "container \"\(name)\" in pod \"\(pod)\" is waiting to start; see its status")
        }
        let attempt = options.previous ? current - 1 : current
        guard attempts.contains(attempt) else {
            throw APIStatus(
                code: 400, reason: .badRequest,
                message: "previous terminated container \"\(name)\" in pod \"\(pod)\" not found")
        }
        return ContainerLog(directory: directory.attempt(worker.uid, name, attempt), options: options)
    }
}
