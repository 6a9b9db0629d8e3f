import JSONValues
import LocalCluster
import ServingAPI
import Testing

/// The CRDs of this repository, and the samples that have to pass them as they are.
@Suite struct SchemaDeployedTests {
    static let crds = SchemaFiles.files(in: "deploy/crds")

    @Test(arguments: crds) func `a CRD is structural, described and shown`(path: String) throws {
        let crd = try #require(SchemaFiles.documents(path).first)
        let names = try #require(crd[path: "spec", "names"])
        let group = try #require(crd[path: "spec", "group"]?.string)
        #expect(crd[path: "metadata", "name"]?.string == "\(names["plural"]?.string ?? "").\(group)")
        #expect(names["shortNames"]?.elements.isEmpty == false && names["categories"] == ["martlet"])
        let versions = crd[path: "spec", "versions"]?.elements ?? []
        #expect(versions.map { $0["name"] } == ["v1alpha1"])
        for version in versions {
            #expect(version[path: "subresources", "status"] != nil)
            _ = try SchemaSet.compile(crdVersionSchema: version["schema"] ?? .null)
            let stated = version["additionalPrinterColumns"]?.elements ?? []
            #expect(PrinterColumn.columns(ofVersion: version).count == max(1, stated.count), "a jsonPath is not read")
            let schema = version[path: "schema", "openAPIV3Schema"] ?? .null
            #expect(Self.undescribed(schema, at: "") == [])
        }
    }

    @Test func `short names are unique`() throws {
        let names = try Self.crds.flatMap { try SchemaFiles.documents($0) }
            .flatMap { $0[path: "spec", "names", "shortNames"]?.elements ?? [] }
        #expect(Set(names).count == names.count)
    }

    /// Properties that no description explains; the object's own metadata needs none.
    private static func undescribed(_ schema: JSONValue, at path: String) -> [String] {
        var found: [String] = []
        for (name, child) in schema["properties"]?.object ?? JSONObject() {
            let field = "\(path).\(name)"
            if child["description"]?.string?.isEmpty ?? true, field != ".metadata" { found.append(field) }
            found += undescribed(child, at: field)
        }
        for keyword in ["items", "additionalProperties"] {
            if let child = schema[keyword] { found += undescribed(child, at: "\(path)[]") }
        }
        return found
    }

    @Test(arguments: SchemaFiles.files(in: "deploy/samples"))
    func `a sample passes as it is, and a second time unchanged`(path: String) throws {
        for document in try SchemaFiles.documents(path) {
            let kind = try #require(document["kind"]?.string)
            guard try SchemaFiles.version(ofKind: kind) != nil else { continue }
            let schema = try SchemaFiles.schema(ofKind: kind)
            let first = schema.prepare(document, old: nil)
            #expect(first.problems == [] && first.warnings == [])
            let second = schema.prepare(first.object, old: first.object)
            #expect(second.problems == [] && second.object == first.object)
        }
    }

    @Test func `a ModelServing gets its defaults`() throws {
        let sample = try #require(SchemaFiles.documents("deploy/samples/deepseek-v2-lite/model-serving.yaml").first)
        let spec = try SchemaFiles.schema(ofKind: "ModelServing").prepare(sample, old: nil).object["spec"]
        let role = spec?[path: "template", "roles"]?[0]
        #expect(role?["workerReplicas"] == 0 && role?["maxUnavailable"] == 1)
        #expect(spec?["schedulerName"] == "volcano")
        let bare = try SchemaFiles.schema(ofKind: "ModelServing").prepare(
            ["spec": ["rolloutStrategy": .object(JSONObject()), "template": ["roles": []]]], old: nil)
        #expect(bare.object[path: "spec", "replicas"] == 1)
        #expect(bare.object[path: "spec", "recoveryPolicy"] == "RoleRecreate")
        #expect(bare.object[path: "spec", "rolloutStrategy", "type"] == "ServingGroupRollingUpdate")
        #expect(bare.object[path: "spec", "rolloutStrategy", "rollingUpdateConfiguration"] == nil)
        #expect(bare.problems.map(\.field) == ["spec.template.roles"])
    }
}
