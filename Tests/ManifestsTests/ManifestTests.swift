import JSONValues
import Manifests
import Testing

@Suite struct ManifestTests {
    struct Row: Sendable {
        var yaml: String
        var documents: [JSONValue]
    }

    @Test(arguments: [
        Row(yaml: "", documents: []),
        Row(
            yaml: "a: 1\n---\n---\nb: [x, \"1\", 1.5, true, null, ~]\n",
            documents: [
                ["a": 1], ["b": ["x", "1", 1.5, true, .null, .null]],
            ]),
        Row(
            yaml: "minRoleReplicas:\n  405b: 1\nport: \"8100\"\non: yes\n",
            documents: [
                ["minRoleReplicas": ["405b": 1], "port": "8100", "on": "yes"]
            ]),
        Row(yaml: "x: &a {k: v}\ny: *a\n", documents: [["x": ["k": "v"], "y": ["k": "v"]]]),
        Row(yaml: #"{"json": [1, {"deep": "er"}]}"#, documents: [["json": [1, ["deep": "er"]]]]),
    ]) func `reads YAML and JSON`(row: Row) throws {
        #expect(try Manifest.documents(row.yaml, source: "test") == row.documents)
    }

    @Test(arguments: ["a: [1", "a:\n\t- b", "a: 1\n b: 2", "{\"a\": 1"])
    func `says which source is not YAML`(yaml: String) {
        #expect {
            try Manifest.documents(yaml, source: "model.yaml")
        } throws: {
            "\($0)".hasPrefix("model.yaml")
        }
    }

    @Test func `asks for one document where one is meant`() {
        #expect(throws: ManifestError("two.yaml holds 2 documents, one is expected")) {
            try Manifest.document("a: 1\n---\nb: 2\n", source: "two.yaml")
        }
    }
}
