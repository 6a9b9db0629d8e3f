import JSONValues
import KubernetesAPI
import Testing

@testable import LocalCluster

/// Pods on nodes, which a real control plane leaves to kubelets.
@Suite struct PodTests {
    private let pods = "/api/v1/namespaces/default/pods"

    private func pod(_ name: String) -> JSONValue {
        ["metadata": ["name": .string(name)], "spec": ["containers": [["name": "main", "image": "x"]]]]
    }

    private func bind(_ api: APIConnection, _ name: String) async throws -> APIConnection.Answer {
        try await api.post("\(pods)/\(name)/binding", ["target": ["kind": "Node", "name": "n1"]])
    }

    private func withNode(_ body: @Sendable @escaping (APIConnection) async throws -> Void) async throws {
        try await withEmbeddedCluster { api in
            _ = try await api.post("/api/v1/nodes", ["metadata": ["name": "n1"]])
            try await body(api)
        }
    }

    @Test func `a pod is bound once`() async throws {
        try await withNode { api in
            _ = try await api.post(pods, pod("a"))
            #expect(try await bind(api, "a").code == 201)
            #expect(try await bind(api, "a").code == 409)
            let bound = try await api.get("\(pods)/a").body
            #expect(bound[path: "spec", "nodeName"] == "n1")
            #expect(Pod(KubernetesObject(bound)).conditions.holds("PodScheduled"))
            #expect(try await api.get("/api/v1/pods?fieldSelector=spec.nodeName%3Dn1").body.names == ["a"])
        }
    }

    @Test func `a bound pod waits for its agent, an unbound one does not`() async throws {
        try await withNode { api in
            _ = try await api.post(pods, pod("free"))
            _ = try await api.delete("\(pods)/free")
            #expect(try await api.get("\(pods)/free").code == 404)
            _ = try await api.post(pods, pod("a"))
            _ = try await bind(api, "a")
            let marked = try await api.delete("\(pods)/a").body
            #expect(marked[path: "metadata", "deletionGracePeriodSeconds"] == 30)
            #expect(marked[path: "metadata", "deletionTimestamp"] != nil)
            let again = try await api.delete("\(pods)/a").body
            #expect(again[path: "metadata", "deletionTimestamp"] == marked[path: "metadata", "deletionTimestamp"])
            let sooner = try await api.delete("\(pods)/a", ["gracePeriodSeconds": 5]).body
            #expect(sooner[path: "metadata", "deletionGracePeriodSeconds"] == 5)
            _ = try await api.delete("\(pods)/a", ["gracePeriodSeconds": 0])
            #expect(try await api.get("\(pods)/a").code == 404)
        }
    }

    @Test func `a namespace waits for its running pods`() async throws {
        try await withNode { api in
            _ = try await api.post("/api/v1/namespaces", ["metadata": ["name": "dev"]])
            let inDev = "/api/v1/namespaces/dev/pods"
            _ = try await api.post(inDev, pod("a"))
            _ = try await api.post("\(inDev)/a/binding", ["target": ["kind": "Node", "name": "n1"]])
            _ = try await api.delete("/api/v1/namespaces/dev")
            let ending = try await api.get("/api/v1/namespaces/dev").body
            #expect(ending[path: "status", "phase"] == "Terminating")
            let refused = try await api.post(inDev, pod("b"))
            #expect(refused.code == 403)
            #expect(refused.body[path: "details", "causes"]?[0]?["reason"] == "NamespaceTerminating")
            _ = try await api.delete("\(inDev)/a?gracePeriodSeconds=0")
            #expect(try await api.get("/api/v1/namespaces/dev").code == 404)
        }
    }

    @Test func `only few fields of a pod may change`() async throws {
        try await withNode { api in
            _ = try await api.post(pods, pod("a"))
            let image: JSONValue = [["op": "replace", "path": "/spec/containers/0/image", "value": "y"]]
            #expect(try await api.patch("\(pods)/a", image, type: "json-patch+json").code == 200)
            let node: JSONValue = ["spec": ["nodeName": "n1"]]
            let refused = try await api.patch("\(pods)/a", node)
            #expect(refused.code == 422)
            #expect(refused.body[path: "details", "causes"]?[0]?["field"] == "spec")
        }
    }

    @Test func `both faces of an event show the same event`() async throws {
        try await withEmbeddedCluster { api in
            let event: JSONValue = [
                "metadata": ["name": "e"], "involvedObject": ["kind": "Pod", "name": "a"], "message": "hello",
                "reason": "Started", "type": "Normal",
            ]
            _ = try await api.post("/api/v1/namespaces/default/events", event)
            let other = try await api.get("/apis/events.k8s.io/v1/namespaces/default/events/e").body
            #expect(other["apiVersion"] == "events.k8s.io/v1")
            #expect(other["note"] == "hello")
            #expect(other[path: "regarding", "name"] == "a")
            #expect(other["message"] == nil)
        }
    }
}
