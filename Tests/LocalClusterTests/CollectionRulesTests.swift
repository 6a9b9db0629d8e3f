import JSONValues
import KubernetesAPI
import LocalCluster
import ServingAPI
import Testing

@Suite struct CollectionRulesTests {
    static let pod: JSONValue = [
        "metadata": ["name": "p"],
        "spec": [
            "containers": [["name": "c", "image": "i"]], "volumes": [["name": "v", "emptyDir": .object(JSONObject())]],
        ],
    ]
    static let service: JSONValue = ["metadata": ["name": "s"], "spec": ["ports": [["port": 80]]]]
    static let container = "spec.containers[0]"

    struct Row: Sendable, CustomStringConvertible {
        var kind: ResourceKind
        /// A JSON pointer and what is added there.
        var path: String
        var value: JSONValue
        /// The problem's field; nil for none.
        var field: String?
        var problem: FieldProblem.Kind

        init(
            _ kind: ResourceKind, _ path: String, _ value: JSONValue, _ field: String? = nil,
            _ problem: FieldProblem.Kind = .invalid
        ) {
            self.kind = kind
            self.path = path
            self.value = value
            self.field = field
            self.problem = problem
        }

        var description: String { "\(kind.kind) \(path) = \(value.text())" }
    }

    static let rows = [
        Row(.pod, "/metadata/name", "a.b-c"), Row(.pod, "/metadata/name", "", "metadata.name", .required),
        Row(.pod, "/metadata/name", "Pod", "metadata.name"), Row(.service, "/metadata/name", "1s", "metadata.name"),
        Row(.pod, "/metadata/labels", ["a b": "c"], "metadata.labels"), Row(.pod, "/metadata/labels", ["a/b": "c_d"]),
        Row(.pod, "/metadata/labels", ["a": "c d"], "metadata.labels"),
        Row(.pod, "/metadata/labels", ["a": 1], "metadata.labels[a]", .wrongType),
        Row(.pod, "/metadata/annotations", ["a": .string(String(repeating: "x", count: 262_143))]),
        Row(
            .pod, "/metadata/annotations", ["a": .string(String(repeating: "x", count: 262_144))],
            "metadata.annotations",
            .tooLong),
        Row(.pod, "/spec", .null, "spec", .required), Row(.pod, "/spec/restartPolicy", "Never"),
        Row(.pod, "/spec/restartPolicy", "Maybe", "spec.restartPolicy", .unsupported),
        Row(.pod, "/spec/terminationGracePeriodSeconds", -1, "spec.terminationGracePeriodSeconds"),
        Row(.pod, "/spec/containers", [], "spec.containers", .required),
        Row(.pod, "/spec/containers/0/name", "", "\(container).name", .required),
        Row(.pod, "/spec/containers/0/name", "C_1", "\(container).name"),
        Row(.pod, "/spec/containers/-", ["name": "c", "image": "i"], "spec.containers[1].name", .duplicate),
        Row(.pod, "/spec/initContainers", [["name": "c", "image": "i"]], "\(container).name", .duplicate),
        Row(.pod, "/spec/containers/0/image", "", "\(container).image", .required),
        Row(.pod, "/spec/containers/0/image", "a b", "\(container).image"),
        Row(.pod, "/spec/containers/0/ports", [["containerPort": 65_535]]),
        Row(.pod, "/spec/containers/0/ports", [["containerPort": 65_536]], "\(container).ports[0].containerPort"),
        Row(.pod, "/spec/containers/0/ports", [["name": "x"]], "\(container).ports[0].containerPort", .required),
        Row(
            .pod, "/spec/containers/0/ports", [["containerPort": 1, "protocol": "IP"]],
            "\(container).ports[0].protocol",
            .unsupported),
        Row(.pod, "/spec/containers/0/env", [["value": "x"]], "\(container).env[0].name", .required),
        Row(.pod, "/spec/containers/0/volumeMounts", [["name": "v", "mountPath": "/x"]]),
        Row(
            .pod, "/spec/containers/0/volumeMounts", [["name": "w", "mountPath": "/x"]],
            "\(container).volumeMounts[0].name", .notFound),
        Row(
            .pod, "/spec/containers/0/volumeMounts", [["name": "v"]], "\(container).volumeMounts[0].mountPath",
            .required),
        Row(.pod, "/spec/volumes/-", ["name": "v"], "spec.volumes[1].name", .duplicate),
        Row(.pod, "/spec/containers/0/resources", ["limits": ["cpu": "x"]], "\(container).resources.limits[cpu]"),
        Row(.pod, "/spec/containers/0/resources", ["limits": ["cpu": -1]], "\(container).resources.limits[cpu]"),
        Row(.pod, "/spec/containers/0/resources", ["limits": ["cpu": 2], "requests": ["cpu": "2000m"]]),
        Row(
            .pod, "/spec/containers/0/resources", ["limits": ["cpu": 2], "requests": ["cpu": 3]],
            "\(container).resources.requests[cpu]"),
        Row(
            .pod, "/spec/containers/0/resources", ["limits": ["a.b/gpu": 2], "requests": ["a.b/gpu": 1]],
            "\(container).resources.requests[a.b/gpu]"),
        Row(.service, "/spec/type", "NodePort"), Row(.service, "/spec/type", "Public", "spec.type", .unsupported),
        Row(.service, "/spec/ports", [], "spec.ports", .required), Row(.service, "/spec", ["clusterIP": "None"]),
        Row(.service, "/spec", ["type": "ExternalName"], "spec.externalName", .required),
        Row(.service, "/spec/ports", [["port": 0]], "spec.ports[0].port"),
        Row(.service, "/spec/ports", [["name": "x"]], "spec.ports[0].port", .required),
        Row(.service, "/spec/ports", [["port": 1, "targetPort": 70_000]], "spec.ports[0].targetPort"),
        Row(.service, "/spec/ports", [["port": 1, "targetPort": "http"]]),
        Row(.service, "/spec/ports", [["port": 1, "name": "a"], ["port": 2]], "spec.ports[1].name", .required),
        Row(
            .service, "/spec/ports", [["port": 1, "name": "a"], ["port": 2, "name": "a"]], "spec.ports[1].name",
            .duplicate),
        Row(.namespace, "/metadata/name", "a.b", "metadata.name"),
        Row(.configMap, "/data", ["a.json": "1"]), Row(.configMap, "/data", ["a/b": "1"], "data[a/b]"),
        Row(.configMap, "/data", ["a": 1], "data[a]", .wrongType),
    ]

    @Test(arguments: rows) func `judges an object`(row: Row) throws {
        let base: JSONValue =
            switch row.kind {
            case .pod: Self.pod
            case .service: Self.service
            default: ["metadata": ["name": "x"]]
            }
        let object = try base.applying(patch: [["op": "add", "path": .string(row.path), "value": row.value]])
        let problems = BuiltInDefaults.problems(row.kind, object)
        #expect(problems.map(\.field) == (row.field.map { [$0] } ?? []))
        if row.field != nil { #expect(problems.first?.kind == row.problem) }
    }

    @Test func `a name may be left to the server`() {
        var pod = Self.pod
        pod["metadata"] = ["generateName": "p-"]
        #expect(BuiltInDefaults.problems(.pod, pod) == [])
    }

    @Test(arguments: [
        ("TVE9PQ==", true), ("", true), ("abc", false), ("a=bc", false), ("ab c", false), ("====", false),
    ])
    func `a secret's data is base64, and stays out of the message`(text: String, isValid: Bool) {
        let secret: JSONValue = ["kind": "Secret", "metadata": ["name": "s"], "data": ["k": .string(text)]]
        let problems = BuiltInDefaults.problems(.secret, secret)
        #expect(problems.isEmpty == isValid)
        if !text.isEmpty { #expect(!problems.contains { $0.message.contains(text) }) }
    }

    @Test func `a defaulted pod of every sample has no problems`() throws {
        var count = 0
        for path in SchemaFiles.files(in: "deploy/samples") {
            for document in try SchemaFiles.documents(path) {
                for role in document[path: "spec", "template", "roles"]?.elements ?? [] {
                    for template in ["entryTemplate", "workerTemplate"] {
                        guard let spec = role[template]?["spec"] else { continue }
                        let pod = BuiltInDefaults.apply(.pod, ["metadata": ["name": "p"], "spec": spec])
                        #expect(BuiltInDefaults.problems(.pod, pod) == [], "\(path)")
                        count += 1
                    }
                }
            }
        }
        #expect(count >= 5)
    }
}
