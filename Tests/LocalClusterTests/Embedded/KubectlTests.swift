import JSONValues
import TestKit
import Testing

@testable import LocalCluster

/// The real kubectl against the embedded server; left out where there is no kubectl on PATH.
@Suite(.serialized, .enabled("kubectl is not on PATH") { await Kubectl.isPresent }) struct KubectlTests {
    static let manifest = """
        apiVersion: v1
        kind: Namespace
        metadata: {name: dev}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: a, namespace: dev, labels: {app: a}}
        spec: {containers: [{name: main, image: "x:1", ports: [{containerPort: 80}]}]}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: s, namespace: dev}
        spec: {clusterIP: None, selector: {app: a}, ports: [{name: http, port: 80}]}
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: c, namespace: dev}
        data: {k: v}
        ---
        apiVersion: contract.martlet.test/v1
        kind: Widget
        metadata: {name: w, namespace: dev}
        spec: {color: red}
        """

    @Test func `apply creates, then leaves alone, then changes`() async throws {
        try await Kubectl.use { kubectl in
            try write(Self.manifest, to: kubectl.file)
            #expect(try await kubectl("apply", "-f", kubectl.file).components.filter { $0 == "created" }.count == 5)
            let again = try await kubectl("apply", "-f", kubectl.file).components
            #expect(again.filter { $0 == "unchanged" }.count == 5)
            try write(Self.manifest.replacing("x:1", with: "x:2").replacing("k: v", with: "k: w"), to: kubectl.file)
            let changed = try await kubectl("apply", "-f", kubectl.file).components
            #expect(changed.filter { $0 == "configured" }.count == 2)
            #expect(try await kubectl("get", "cm", "c", "-n", "dev", "-o", "jsonpath={.data.k}") == "w")
        }
    }

    @Test func `get prints tables of built-in and custom kinds`() async throws {
        try await Kubectl.use { kubectl in
            try write(Self.manifest, to: kubectl.file)
            _ = try await kubectl("apply", "-f", kubectl.file)
            let pods = try await kubectl("get", "pods", "-A", "-o", "wide", "-l", "app=a").components
            #expect(pods.starts(with: ["NAMESPACE", "NAME", "READY", "STATUS", "RESTARTS", "AGE", "IP", "NODE"]))
            #expect(pods.contains("0/1") && pods.contains("Pending"))
            let widgets = try await kubectl("get", "wd", "w", "-n", "dev").components
            #expect(widgets == ["NAME", "SIZE", "w", "1"])
            let named = try await kubectl("get", "all", "-n", "dev", "-o", "name").components
            #expect(named.sorted() == ["pod/a", "service/s", "widget.contract.martlet.test/w"])
        }
    }

    @Test func `scale, patch, wait, describe and delete do what they say`() async throws {
        try await Kubectl.use { kubectl in
            try write(Self.manifest, to: kubectl.file)
            _ = try await kubectl("apply", "-f", kubectl.file)
            _ = try await kubectl("scale", "widget/w", "-n", "dev", "--replicas=4")
            _ = try await kubectl(
                "wait", "widget/w", "-n", "dev", "--for=jsonpath={.spec.replicas}=4", "--timeout=10s")
            _ = try await kubectl(
                "patch", "pod", "a", "-n", "dev", "--subresource=status", "--type=merge", "-p",
                #"{"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}}"#)
            _ = try await kubectl("wait", "pod/a", "-n", "dev", "--for=condition=Ready", "--timeout=10s")
            #expect(try await kubectl("describe", "pod", "a", "-n", "dev").contains("Image:"))
            #expect(try await kubectl("describe", "widget", "w", "-n", "dev").contains("Replicas:  4"))
            _ = try await kubectl("delete", "pods", "-n", "dev", "--all", "--timeout=10s")
            _ = try await kubectl("delete", "namespace", "dev", "--timeout=10s")
            #expect(try await kubectl("get", "pods,widgets", "-A", "-o", "name").isEmpty)
        }
    }

    @Test func `create, discovery and questions about rights work`() async throws {
        try await Kubectl.use { kubectl in
            _ = try await kubectl("create", "namespace", "dev")
            _ = try await kubectl("create", "secret", "generic", "s", "-n", "dev", "--from-literal=a=b")
            #expect(try await kubectl("get", "secret", "s", "-n", "dev", "-o", "jsonpath={.data.a}") == "Yg==")
            _ = try await kubectl("create", "configmap", "c", "-n", "dev", "--from-literal=a=b")
            _ = try await kubectl("create", "service", "clusterip", "web", "-n", "dev", "--tcp=80:8080")
            #expect(
                try await kubectl(
                    "get", "svc", "web", "-n", "dev", "-o", "jsonpath={.spec.ports[0].targetPort}") == "8080")
            #expect(try await kubectl("api-resources").contains("widgets"))
            #expect(try await kubectl("api-versions").components.contains("contract.martlet.test/v1"))
            #expect(try await kubectl("auth", "can-i", "delete", "pods").components == ["yes"])
            let explained = try await kubectl("explain", "widget.spec.color").components
            #expect(explained.contains("Widget") && explained.contains("<string>"))
            #expect(try await kubectl("explain", "pods.spec.containers.image").contains("FIELD: image <string>"))
            let whole = try await kubectl("explain", "widgets", "--recursive")
            #expect(whole.contains("      port\t<integer>") && whole.contains("-required-"), "\(whole)")
            #expect(try await kubectl.run(["explain", "pods.spec.nothing"]).errors.contains("does not exist"))
            #expect(try await kubectl("auth", "whoami").contains("martlet"))
            #expect(try await kubectl("version").contains("martlet"))
            #expect(try await kubectl("cluster-info").contains("running"))
        }
    }

    @Test func `what is wrong with a manifest is said in a sentence`() async throws {
        try await Kubectl.use { kubectl in
            let manifests = [
                (#"{"apiVersion":"x/v1","kind":"Foo","metadata":{"name":"a"}}"#, "no matches for kind"),
                (#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":{}}"#, "spec.containers"),
                (
                    Widget.named("a").merging(["spec": ["colour": 1]]).text(), "unknown field"
                ),
            ]
            for (manifest, sentence) in manifests {
                try write(manifest, to: kubectl.file)
                let result = try await kubectl.run(["apply", "-f", kubectl.file])
                #expect(result.status != 0)
                #expect(result.errors.contains(sentence), "\(result.errors)")
            }
        }
    }
}
