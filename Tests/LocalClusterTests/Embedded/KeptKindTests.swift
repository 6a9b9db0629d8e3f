import JSONValues
import KubernetesAPI
import Testing

@testable import LocalCluster

/// Kinds of a whole cluster that are kept and not acted on.
@Suite struct KeptKindTests {
    @Test func `each is kept, and its maker told that nothing comes of it`() async throws {
        try await withEmbeddedCluster { api in
            for kind in KeptKinds.all {
                let object: JSONValue = [
                    "apiVersion": .string(kind.kind.apiVersion), "kind": .string(kind.kind.kind),
                    "metadata": ["name": "x"], "spec": ["replicas": 1],
                ]
                let path = kind.kind.path(namespace: "default")
                let made = try await api.post(path, object)
                #expect(made.code == 201, "\(made.text)")
                #expect(made.warnings.count == 1 && made.warnings[0].contains("kept by this server"))
                let changed = try await api.patch("\(path)/x", ["spec": ["replicas": 2]])
                #expect(changed.body[path: "spec", "replicas"] == 2 && changed.warnings == [])
                #expect(try await api.get(path).body["items"]?.elements.count == 1)
                if kind.scale != nil {
                    #expect(try await api.get("\(path)/x/scale").body[path: "spec", "replicas"] == 2)
                }
                #expect(try await api.delete("\(path)/x").code == 200)
            }
        }
    }

    @Test(arguments: [("system:controller:x", 201), ("a/b", 422), ("..", 422)])
    func `names of rights may hold colons`(name: String, code: Int) async throws {
        try await withEmbeddedCluster { api in
            let path = "/apis/rbac.authorization.k8s.io/v1/clusterroles"
            let answer = try await api.post(path, ["metadata": ["name": .string(name)]])
            #expect(answer.code == code)
        }
    }
}
