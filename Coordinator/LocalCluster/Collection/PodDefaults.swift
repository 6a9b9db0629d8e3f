import JSONValues
import KubernetesAPI

/// The defaults of pods, their containers, probes and volumes.
enum PodDefaults {
    static func apply(_ json: JSONValue) -> JSONValue {
        var pod = json
        pod.change("spec") { spec in
            spec.fill("restartPolicy", "Always")
            spec.fill("dnsPolicy", "ClusterFirst")
            spec.fill("terminationGracePeriodSeconds", 30)
            spec.fill("schedulerName", "default-scheduler")
            spec.fill("securityContext", .object(JSONObject()))
            spec.fill("enableServiceLinks", true)
            spec.changeEach("initContainers", fillContainer)
            spec.changeEach("containers", fillContainer)
            spec.changeEach("volumes", fillVolume)
        }
        if pod[path: "status", "phase"] == nil { pod[path: "status", "phase"] = "Pending" }
        if pod[path: "status", "qosClass"] == nil { pod[path: "status", "qosClass"] = .string(qosClass(of: pod)) }
        return pod
    }

    private static func fillContainer(_ container: inout JSONValue) {
        container.fill("imagePullPolicy", .string(pullPolicy(of: container["image"]?.string ?? "")))
        container.fill("resources", .object(JSONObject()))
        container.changeEach("ports") { $0.fill("protocol", "TCP") }
        container.changeEach("env") { variable in
            variable.change("valueFrom") { source in source.change("fieldRef") { $0.fill("apiVersion", "v1") } }
        }
        for probe in ["livenessProbe", "readinessProbe", "startupProbe"] { container.change(probe, fillProbe) }
        container.change("lifecycle") { lifecycle in
            for hook in ["postStart", "preStop"] { lifecycle.change(hook, fillHTTP) }
        }
        container.change("resources") { resources in
            for (name, limit) in resources["limits"]?.object ?? JSONObject()
            where resources[path: "requests", name] == nil {
                resources[path: "requests", name] = limit
            }
        }
    }

    private static func fillProbe(_ probe: inout JSONValue) {
        probe.fill("timeoutSeconds", 1)
        probe.fill("periodSeconds", 10)
        probe.fill("successThreshold", 1)
        probe.fill("failureThreshold", 3)
        fillHTTP(&probe)
    }

    private static func fillHTTP(_ action: inout JSONValue) {
        action.change("httpGet") { request in
            request.fill("path", "/")
            request.fill("scheme", "HTTP")
        }
    }

    private static func fillVolume(_ volume: inout JSONValue) {
        if volume.object?.count == 1, volume["name"] != nil { volume["emptyDir"] = .object(JSONObject()) }
        for source in ["configMap", "secret"] { volume.change(source) { $0.fill("defaultMode", 420) } }
        volume.change("hostPath") { $0.fill("type", "") }
    }

    /// Always for an image that names no tag or the tag `latest`; a digest never changes.
    static func pullPolicy(of image: String) -> String {
        if image.contains("@") { return "IfNotPresent" }
        let last = image.split(separator: "/").last ?? ""
        guard let colon = last.firstIndex(of: ":") else { return "Always" }
        return last[last.index(after: colon)...] == "latest" ? "Always" : "IfNotPresent"
    }

    /// Guaranteed where every container limits CPU and memory and asks for as much, BestEffort where none asks for
    /// either, Burstable between.
    private static func qosClass(of pod: JSONValue) -> String {
        let view = Pod(KubernetesObject(pod))
        let resources = (view.containers + view.initContainers).map { $0["resources"] ?? .null }
        func quantity(_ list: String, _ name: String, _ resources: JSONValue) -> Quantity? {
            resources[path: list, name].flatMap { Quantity($0) }.flatMap { $0.milli == 0 ? nil : $0 }
        }
        let pairs = resources.flatMap { resources in
            ["cpu", "memory"].map { (quantity("requests", $0, resources), quantity("limits", $0, resources)) }
        }
        if pairs.allSatisfy({ $0.0 == nil && $0.1 == nil }) { return "BestEffort" }
        return pairs.allSatisfy { $0.1 != nil && $0.0 == $0.1 } ? "Guaranteed" : "Burstable"
    }
}
