import JSONValues
import KubernetesAPI
import ProcessRuntime
import Testing

struct HostsFileTests {
    private static func pod(_ name: String, _ namespace: String, labels: [String: String] = [:]) -> Pod {
        var object = KubernetesObject(.pod, namespace: namespace, name: name)
        object.labels = labels
        return Pod(object)
    }

    @Test func `pods and services resolve by the names a cluster gives them`() {
        let (a, b, c) = (Self.pod("a", "x"), Self.pod("b", "x", labels: ["app": "b"]), Self.pod("c", "y"))
        var service = KubernetesObject(.service, namespace: "x", name: "front")
        service.spec = ["selector": ["app": "b"], "publishNotReadyAddresses": true]
        var unready = KubernetesObject(.service, namespace: "x", name: "ready-only")
        unready.spec = ["selector": ["app": "b"]]
        let text = HostsFile.text(
            for: a, address: "127.64.0.1",
            neighbours: [
                .init(pod: a, address: "127.64.0.1"), .init(pod: b, address: "127.64.0.2"),
                .init(pod: c, address: "127.64.0.3"),
            ], services: [service, unready])
        let lines = Set(text.split(separator: "\n").map(String.init))
        for line in [
            "127.64.0.1 localhost a", "127.64.0.2 b", "127.64.0.2 b.x", "127.64.0.2 b.x.svc",
            "127.64.0.2 front.x.svc.cluster.local", "127.64.0.2 front", "127.64.0.3 c.y",
        ] { #expect(lines.contains(line), "\(line)") }
        #expect(!lines.contains("127.64.0.3 c"))
        #expect(!text.contains("ready-only"))
    }
}
