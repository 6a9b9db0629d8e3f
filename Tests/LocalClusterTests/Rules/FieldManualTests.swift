import JSONValues
import KubernetesAPI
import Testing

@testable import LocalCluster

/// The manual of built-in kinds that `kubectl explain` shows.
@Suite struct FieldManualTests {
    @Test func `a line is a field and what stands below it is its own`() {
        let manual = FieldManual(
            """
            a []Object! The first.
              b integer! Its number.
              c map Its texts.
            d intOrString The last.
            """)
        let text: JSONValue = [
            "type": "object", "additionalProperties": ["type": "string"], "description": "Its texts.",
        ]
        #expect(manual.required == ["a"])
        #expect(manual.properties["d"] == ["x-kubernetes-int-or-string": true, "description": "The last."])
        let first = manual.properties["a"]
        #expect(first?["type"] == "array" && first?["description"] == "The first.")
        #expect(first?[path: "items", "required"] == ["b"])
        #expect(first?[path: "items", "properties", "c"] == text)
    }

    @Test(arguments: [
        ResourceKind.pod, .service, .configMap, .secret, .namespace, .node, .event, .serviceAccount, .lease,
        .controllerRevision, .customResourceDefinition,
    ]) func `every field of a kind is described`(kind: ResourceKind) throws {
        let manual = try #require(FieldManual.manual(of: kind))
        #expect(FieldManual.summary(of: kind)?.hasSuffix(".") == true)
        #expect(Self.undescribed(manual.properties, at: kind.kind) == [])
        #expect(manual.required.allSatisfy { manual.properties[$0] != nil })
    }

    @Test func `the schema of a pod knows the fields of its containers`() throws {
        let document = try OpenAPI(registry: KindRegistry()).document("api/v1")
        let pod = document[path: "components", "schemas", "io.k8s.api.core.v1.Pod"]
        let containers = pod?[path: "properties", "spec", "properties", "containers", "items", "properties"]
        #expect(containers?[path: "image", "type"] == "string")
        #expect(containers?[path: "resources", "properties", "limits"] != nil)
        #expect(pod?[path: "properties", "metadata", "properties", "labels"] != nil)
    }

    private static func undescribed(_ properties: JSONValue, at path: String) -> [String] {
        (properties.object ?? JSONObject()).flatMap { name, schema -> [String] in
            let field = "\(path).\(name)"
            let text = schema["description"]?.string ?? ""
            let inner = schema["properties"] ?? schema[path: "items", "properties"] ?? .null
            return (text.hasSuffix(".") ? [] : [field]) + undescribed(inner, at: field)
        }
    }
}
