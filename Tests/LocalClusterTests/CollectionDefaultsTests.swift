import JSONValues
import KubernetesAPI
import LocalCluster
import Testing

@Suite struct CollectionDefaultsTests {
    static func pod(_ container: JSONValue, _ spec: JSONValue = .object(JSONObject())) -> JSONValue {
        var object: JSONValue = ["metadata": ["name": "p"], "spec": spec]
        object[path: "spec", "containers"] = [JSONValue.object(JSONObject()).merging(["name": "c"]).merging(container)]
        return BuiltInDefaults.apply(.pod, object)
    }

    @Test func `a pod gets its defaults`() {
        let pod = Self.pod(["image": "i:1"])
        let spec = pod["spec"] ?? .null
        #expect(spec["restartPolicy"] == "Always" && spec["dnsPolicy"] == "ClusterFirst")
        #expect(spec["terminationGracePeriodSeconds"] == 30 && spec["schedulerName"] == "default-scheduler")
        #expect(pod[path: "status", "phase"] == "Pending" && pod[path: "status", "qosClass"] == "BestEffort")
        #expect(spec["containers"]?[0]?["imagePullPolicy"] == "IfNotPresent")
    }

    @Test func `what is set stays, and a second time changes nothing`() {
        let pod = Self.pod(
            ["image": "i", "imagePullPolicy": "Never"],
            ["restartPolicy": "Never", "terminationGracePeriodSeconds": 0, "schedulerName": "volcano"])
        let spec = pod["spec"] ?? .null
        #expect(spec["restartPolicy"] == "Never" && spec["terminationGracePeriodSeconds"] == 0)
        #expect(spec["schedulerName"] == "volcano" && spec["containers"]?[0]?["imagePullPolicy"] == "Never")
        #expect(BuiltInDefaults.apply(.pod, pod) == pod)
    }

    @Test(
        arguments: [
            ("vllm", "Always"), ("vllm:latest", "Always"), ("vllm:v1", "IfNotPresent"), ("host:5000/vllm", "Always"),
            ("host:5000/vllm:v1", "IfNotPresent"), ("vllm@sha256:00", "IfNotPresent"),
        ]) func `an image is pulled by its tag`(image: String, policy: String)
    {
        #expect(
            Self.pod(["image": .string(image)])[path: "spec", "containers"]?[0]?["imagePullPolicy"]?.string == policy)
    }

    @Test func `probes, ports, limits, field references and volumes are completed`() {
        let pod = Self.pod(
            [
                "readinessProbe": ["httpGet": ["port": 8000], "periodSeconds": 1],
                "livenessProbe": ["tcpSocket": ["port": 1]],
                "ports": [["containerPort": 8000]],
                "resources": ["limits": ["nvidia.com/gpu": "1", "cpu": "2"], "requests": ["cpu": "1"]],
                "env": [["name": "IP", "valueFrom": ["fieldRef": ["fieldPath": "status.podIP"]]]],
            ],
            [
                "volumes": [
                    ["name": "e"], ["name": "c", "configMap": ["name": "x"]], ["name": "h", "hostPath": ["path": "/"]],
                ]
            ])
        let container = pod[path: "spec", "containers"]?[0] ?? .null
        #expect(
            container["readinessProbe"] == [
                "httpGet": ["port": 8000, "path": "/", "scheme": "HTTP"], "periodSeconds": 1, "timeoutSeconds": 1,
                "successThreshold": 1, "failureThreshold": 3,
            ])
        #expect(container["livenessProbe"]?["httpGet"] == nil && container["livenessProbe"]?["periodSeconds"] == 10)
        #expect(container["ports"] == [["containerPort": 8000, "protocol": "TCP"]])
        #expect(container[path: "resources", "requests"] == ["cpu": "1", "nvidia.com/gpu": "1"])
        #expect(container["env"]?[0]?[path: "valueFrom", "fieldRef", "apiVersion"] == "v1")
        let volumes = pod[path: "spec", "volumes"] ?? .null
        #expect(volumes[0]?["emptyDir"] != nil && volumes[1]?[path: "configMap", "defaultMode"] == 420)
        #expect(volumes[1]?["emptyDir"] == nil && volumes[2]?[path: "hostPath", "type"] == "")
    }

    @Test(
        arguments: [
            (["limits": ["cpu": "1", "memory": "1Gi"]], "Guaranteed"),
            (["limits": ["cpu": "1", "memory": "1Gi"], "requests": ["cpu": "500m"]], "Burstable"),
            (["requests": ["memory": "1Gi"]], "Burstable"), (["limits": ["nvidia.com/gpu": "1"]], "BestEffort"),
        ] as [(JSONValue, String)]) func `a pod has a quality of service`(resources: JSONValue, quality: String)
    {
        #expect(Self.pod(["resources": resources])[path: "status", "qosClass"]?.string == quality)
    }

    @Test func `a service gets its defaults`() {
        let service = BuiltInDefaults.apply(
            .service,
            ["metadata": ["name": "s"], "spec": ["ports": [["port": 80], ["port": 81, "targetPort": "http"]]]])
        #expect(service[path: "spec", "type"] == "ClusterIP" && service[path: "spec", "sessionAffinity"] == "None")
        #expect(
            service[path: "spec", "ports"] == [
                ["port": 80, "protocol": "TCP", "targetPort": 80],
                ["port": 81, "targetPort": "http", "protocol": "TCP"],
            ])
    }

    @Test func `a namespace gets its finalizer, phase and name label`() {
        let namespace = BuiltInDefaults.apply(.namespace, ["metadata": ["name": "dev", "labels": ["a": "b"]]])
        #expect(namespace[path: "spec", "finalizers"] == ["kubernetes"])
        #expect(namespace[path: "status", "phase"] == "Active")
        #expect(namespace[path: "metadata", "labels"] == ["a": "b", "kubernetes.io/metadata.name": "dev"])
    }

    @Test(arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("hf_token-1", "aGZfdG9rZW4tMQ==")])
    func `plain texts of a secret move to its data`(text: String, encoded: String) {
        let secret = BuiltInDefaults.apply(
            .secret, ["metadata": ["name": "s"], "data": ["old": "eA=="], "stringData": ["k": .string(text)]])
        #expect(secret["data"] == ["old": "eA==", "k": .string(encoded)])
        #expect(secret["stringData"] == nil && secret["type"] == "Opaque")
    }

    @Test func `other kinds are left alone`() {
        let object: JSONValue = ["metadata": ["name": "x"]]
        #expect(BuiltInDefaults.apply(.configMap, object) == object)
    }
}
