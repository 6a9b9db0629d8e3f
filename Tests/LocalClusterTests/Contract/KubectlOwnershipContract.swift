import JSONValues
import TestKit
import Testing

/// What `kubectl apply --server-side` shows of field ownership, on either server.
@Suite(.serialized, .enabled("kubectl is not on PATH") { await Kubectl.isPresent })
struct KubectlOwnershipContract {
    private func map(_ data: String) -> String {
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: c, labels: {a: b}}
        data: {\(data)}
        """
    }

    private func managers(_ kubectl: Kubectl) async throws -> [String] {
        let text = try await kubectl(
            "get", "configmap", "c", "--show-managed-fields", "-o",
            "jsonpath={range .metadata.managedFields[*]}{.manager}/{.operation} {end}")
        return text.components.sorted()
    }

    @Test func `two managers meet in a conflict that force decides`() async throws {
        try await Kubectl.contract { kubectl, _ in
            #expect(try await kubectl.apply(map("k: v, j: w"), "--server-side", "--field-manager=one").succeeded)
            #expect(try await kubectl.apply(map("k: v"), "--server-side", "--field-manager=two").succeeded, "shared")
            let refused = try await kubectl.apply(map("k: x"), "--server-side", "--field-manager=two")
            #expect(refused.errors.contains(#"conflict with "one": .data.k"#), "\(refused.errors)")
            let forced = try await kubectl.apply(
                map("k: x"), "--server-side", "--field-manager=two", "--force-conflicts")
            #expect(forced.succeeded, "\(forced.errors)")
            #expect(try await managers(kubectl) == ["one/Apply", "two/Apply"])
            #expect(try await kubectl("get", "cm", "c", "-o", "jsonpath={.data}") == #"{"j":"w","k":"x"}"#)
            _ = try await kubectl.apply(map(""), "--server-side", "--field-manager=two")
            #expect(try await kubectl("get", "cm", "c", "-o", "jsonpath={.data}") == #"{"j":"w"}"#)
        }
    }

    @Test func `what other verbs wrote is theirs`() async throws {
        try await Kubectl.contract { kubectl, _ in
            _ = try await kubectl("create", "configmap", "c", "--from-literal=k=v")
            let refused = try await kubectl.apply(map("k: x"), "--server-side", "--field-manager=one")
            #expect(!refused.succeeded && refused.errors.contains("kubectl-create"), "\(refused.errors)")
            _ = try await kubectl.apply(map("j: w"), "--server-side", "--field-manager=one")
            _ = try await kubectl("patch", "configmap", "c", "-p", #"{"data":{"j":"z"}}"#, "--field-manager=patcher")
            let lost = try await kubectl.apply(map("j: w"), "--server-side", "--field-manager=one")
            #expect(!lost.succeeded && lost.errors.contains(#"conflict with "patcher""#), "\(lost.errors)")
            #expect(try await managers(kubectl) == ["kubectl-create/Update", "one/Apply", "patcher/Update"])
        }
    }

    @Test func `client-side apply goes over to server-side apply`() async throws {
        try await Kubectl.contract { kubectl, _ in
            #expect(try await kubectl.apply(map("k: v, j: w")).succeeded)
            #expect(try await managers(kubectl) == ["kubectl-client-side-apply/Update"])
            let moved = try await kubectl.apply(map("k: x"), "--server-side")
            #expect(moved.succeeded, "\(moved.errors)")
            #expect(try await kubectl("get", "cm", "c", "-o", "jsonpath={.data}") == #"{"k":"x"}"#)
        }
    }

    @Test func `scale and status are accounts of their own`() async throws {
        try await Kubectl.contract { kubectl, server in
            let widget = Widget.named("w", replicas: 1).text()
            #expect(try await kubectl.apply(widget, "--server-side", "--field-manager=one").succeeded)
            _ = try await kubectl("scale", "widget/w", "--replicas=3")
            _ = try await server.api.patch(
                server.path("widgets", "/w/status?fieldManager=reporter"), ["status": ["phase": "Running"]])
            let refused = try await kubectl.apply(widget, "--server-side", "--field-manager=one")
            #expect(refused.errors.contains(".spec.replicas") && refused.errors.contains("scale"), "\(refused.errors)")
            let object = try await server.api.get(server.path("widgets", "/w")).body
            let entries = object[path: "metadata", "managedFields"]?.elements ?? []
            let status = entries.first { $0["manager"] == "reporter" }
            #expect(status?["subresource"] == "status")
            #expect(status?[path: "fieldsV1", "f:status", "f:phase"] == [:])
        }
    }
}
