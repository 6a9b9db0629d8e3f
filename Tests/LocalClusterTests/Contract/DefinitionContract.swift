import JSONValues
import TestKit
import Testing

/// Definitions that come, change and go while the server runs.
@Suite(.serialized, .enabled("kubectl is not on PATH") { await Kubectl.isPresent })
struct DefinitionContract {
    private func definition(_ group: String, fields: String) -> String {
        """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: gadgets.\(group)}
        spec:
          group: \(group)
          scope: Namespaced
          names: {plural: gadgets, singular: gadget, kind: Gadget, listKind: GadgetList}
          versions:
          - name: v1
            served: true
            storage: true
            schema:
              openAPIV3Schema:
                type: object
                properties: {spec: {type: object, properties: {\(fields)}}}
        """
    }

    @Test func `a definition is established, changed and deleted with its objects`() async throws {
        try await Kubectl.contract { kubectl, server in
            // A group of its own: the name of a definition is one of the whole cluster.
            let group = "\(server.namespace).martlet.test"
            let path = "/apis/\(group)/v1/namespaces/\(server.namespace)/gadgets"
            let first = definition(group, fields: "size: {type: integer, maximum: 5}")
            #expect(try await kubectl.apply(first).succeeded)
            _ = try await kubectl(
                "wait", "--for=condition=Established", "crd/gadgets.\(group)", "--timeout=20s")
            try await server.eventually("the kind is served") { try await $0.get(path).code == 200 }
            let gadget: JSONValue = ["metadata": ["name": "g"], "spec": ["size": 5, "shape": "round"]]
            var full = gadget
            full["apiVersion"] = .string("\(group)/v1")
            full["kind"] = "Gadget"
            let made = try await server.api.post(path, full)
            #expect(made.code == 201, "\(made.text)")
            #expect(made.body[path: "spec", "shape"] == nil)
            let changed = definition(group, fields: "size: {type: integer, maximum: 3}, shape: {type: string}")
            #expect(try await kubectl.apply(changed).succeeded)
            try await server.eventually("the new schema holds") { api in
                try await api.patch("\(path)/g", ["spec": ["size": 2, "shape": "flat"]]).body[path: "spec", "shape"]
                    == "flat"
            }
            #expect(try await server.api.patch("\(path)/g", ["spec": ["size": 4]]).code == 422)
            _ = try await kubectl("delete", "crd", "gadgets.\(group)", "--timeout=20s")
            // A real control plane unlearns the path later than it forgets the kind.
            try await server.eventually("the definition is gone") { api in
                try await api.get("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/gadgets.\(group)").code
                    == 404
            }
            #expect(try await kubectl.apply(first).succeeded)
            try await server.eventually("the kind is back") { try await $0.get(path).code == 200 }
            #expect(try await server.api.get(path).body.names == [], "its objects went with it")
            _ = try await kubectl("delete", "crd", "gadgets.\(group)", "--timeout=20s")
        }
    }
}
