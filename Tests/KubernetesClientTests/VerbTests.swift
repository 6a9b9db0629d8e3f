import JSONValues
import KubernetesAPI
import KubernetesClient
import Observability
import Testing

@Suite(.timeLimit(.minutes(1))) struct VerbTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var run: @Sendable (KubernetesClient) async throws -> Void
        var method: String
        var path: String
        var query: [String: String] = [:]
        var contentType: String?
        var body: JSONValue?

        var testDescription: String { name }
    }

    static let rows: [Row] = [
        Row(
            name: "get", run: { _ = try await $0.get(.pod, namespace: "dev", name: "a") }, method: "GET",
            path: "/api/v1/namespaces/dev/pods/a"),
        Row(
            name: "create", run: { _ = try await $0.create(.pod, KubernetesObject(.pod("a"))) }, method: "POST",
            path: "/api/v1/namespaces/dev/pods", contentType: "application/json", body: .pod("a")),
        Row(
            name: "replace status",
            run: { _ = try await $0.replace(.pod, KubernetesObject(.pod("a")), subresource: "status") }, method: "PUT",
            path: "/api/v1/namespaces/dev/pods/a/status", contentType: "application/json", body: .pod("a")),
        Row(
            name: "merge patch",
            run: { _ = try await $0.patch(.node, name: "n", .merge(["spec": ["unschedulable": true]])) },
            method: "PATCH", path: "/api/v1/nodes/n", contentType: "application/merge-patch+json",
            body: ["spec": ["unschedulable": true]]),
        Row(
            name: "json patch",
            run: {
                _ = try await $0.patch(.pod, namespace: "dev", name: "a", .json([["op": "remove", "path": "/x"]]))
            },
            method: "PATCH", path: "/api/v1/namespaces/dev/pods/a", contentType: "application/json-patch+json",
            body: [["op": "remove", "path": "/x"]]),
        Row(
            name: "apply",
            run: {
                _ = try await $0.patch(
                    .service, namespace: "dev", name: "s", .apply(["kind": "Service"], fieldManager: "m x", force: true)
                )
            }, method: "PATCH", path: "/api/v1/namespaces/dev/services/s",
            query: ["fieldManager": "m x", "force": "true"], contentType: "application/apply-patch+yaml",
            body: ["kind": "Service"]),
        Row(
            name: "delete with options",
            run: {
                try await $0.delete(
                    .pod, namespace: "dev", name: "a", uid: "u1", gracePeriodSeconds: 0, propagation: "Background")
            }, method: "DELETE", path: "/api/v1/namespaces/dev/pods/a", contentType: "application/json",
            body: [
                "kind": "DeleteOptions", "apiVersion": "v1", "gracePeriodSeconds": 0,
                "propagationPolicy": "Background", "preconditions": ["uid": "u1"],
            ]),
        Row(
            name: "delete collection",
            run: { try await $0.deleteCollection(.pod, namespace: "dev", labelSelector: "app=x,tier in (a,b)") },
            method: "DELETE", path: "/api/v1/namespaces/dev/pods", query: ["labelSelector": "app=x,tier in (a,b)"]),
        Row(
            name: "delete collection and what it owns",
            run: {
                try await $0.deleteCollection(
                    .pod, namespace: "dev", labelSelector: "app=x", propagation: "Foreground")
            },
            method: "DELETE", path: "/api/v1/namespaces/dev/pods",
            query: ["labelSelector": "app=x", "propagationPolicy": "Foreground"]),
        Row(
            name: "bind", run: { try await $0.bind(pod: Pod(KubernetesObject(.pod("a"))), to: "n1") }, method: "POST",
            path: "/api/v1/namespaces/dev/pods/a/binding", contentType: "application/json",
            body: [
                "apiVersion": "v1", "kind": "Binding",
                "metadata": ["name": "a", "namespace": "dev", "uid": "uid-a"],
                "target": ["apiVersion": "v1", "kind": "Node", "name": "n1"],
            ]),
    ]

    @Test(arguments: rows) func `sends what the API asks for`(row: Row) async throws {
        try await ScriptedServer.run(reply: { _, _ in .json(.pod("a")) }) { server in
            let client = try server.client(.token("t0ken"))
            try await row.run(client)
            let call = try #require(server.calls.first)
            #expect(call.method == row.method)
            #expect(call.path == row.path)
            #expect(call.query == row.query)
            #expect(call.authorization == "Bearer t0ken")
            if let contentType = row.contentType { #expect(call.contentType == contentType) }
            if let body = row.body { #expect(call.body == body) }
            try await client.shutdown()
        }
    }

    @Test func `a list goes on page by page and its items know their kind`() async throws {
        try await ScriptedServer.run(reply: { call, _ in
            let item: JSONValue = ["metadata": ["name": "a", "namespace": "dev"]]
            guard call.query["continue"] == "p2" else { return .json(.pods([item], version: 7, next: "p2")) }
            return .json(.pods([.pod("b")], version: 7))
        }) { server in
            let client = try server.client()
            let list = try await client.list(.pod, labelSelector: "x=y", fieldSelector: "spec.nodeName=n1")
            #expect(list.items.map(\.name) == ["a", "b"])
            #expect(list.items.map(\.kind) == ["Pod", "Pod"])
            #expect(list.resourceVersion == "7")
            #expect(server.calls.map(\.path) == ["/api/v1/pods", "/api/v1/pods"])
            #expect(server.calls.allSatisfy { $0.query["fieldSelector"] == "spec.nodeName=n1" })
            try await client.shutdown()
        }
    }

    @Test func `a list whose pages are forgotten on the way is asked for in one piece`() async throws {
        try await ScriptedServer.run(reply: { call, number in
            switch number {
            case 1: .json(.pods([.pod("gone")], version: 7, next: "p2"))
            case 2: .json(410, .status(410, .expired))
            default: .json(.pods([.pod("a"), .pod("b")], version: 9))
            }
        }) { server in
            let client = try server.client()
            let list = try await client.list(.pod)
            #expect(list.items.map(\.name) == ["a", "b"])
            #expect(list.resourceVersion == "9")
            #expect(server.calls.map { $0.query["limit"] } == ["500", "500", nil])
            try await client.shutdown()
        }
    }

    @Test func `requests are counted by status`() async throws {
        let metrics = MetricsRegistry()
        try await ScriptedServer.run(reply: { _, _ in .json(404, .status(404, .notFound)) }) { server in
            let client = try KubernetesClient(
                ClientConfiguration(server: "http://127.0.0.1:\(server.port)"), metrics: metrics, logger: .silent)
            await #expect(throws: APIStatus.self) { try await client.get(.pod, namespace: "dev", name: "a") }
            try await client.shutdown()
        }
        let text = metrics.text()
        #expect(text.contains("rest_client_requests_total{code=\"404\",method=\"GET\",host=\"127.0.0.1:"))
        #expect(text.contains("rest_client_rate_limiter_duration_seconds_count{verb=\"GET\",host=\"127.0.0.1:"))
    }
}
