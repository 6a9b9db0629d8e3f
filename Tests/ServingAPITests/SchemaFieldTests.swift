import JSONValues
import KubernetesAPI
import ServingAPI
import Testing

/// Holds the CRDs and the views of ServingAPI together: each reads what the other one states.
@Suite struct SchemaFieldTests {
    /// Objects that between them use every field of their kind's schema.
    static let fullest: [String: [JSONValue]] = [
        "modelservings": [serving], "modelservers": [server], "modelroutes": [route],
    ]

    static let topology: JSONValue = ["mode": "hard", "highestTierAllowed": 1, "highestTierName": "rack"]
    static let serving: JSONValue = {
        var object = TestObjects.serving
        object[path: "spec", "schedulerName"] = "volcano"
        object[path: "spec", "recoveryPolicy"] = "None"
        object[path: "spec", "plugins"] = [["name": "p"]]
        object[path: "spec", "topologySpreadConstraints"] = [["maxSkew": 1]]
        object[path: "spec", "rolloutStrategy"] = [
            "type": "ServingGroupRollingUpdate",
            "rollingUpdateConfiguration": [
                "maxUnavailable": 1, "partition": 1, "maxSurge": 1,
            ],
        ]
        object[path: "spec", "template", "restartGracePeriodSeconds"] = 1
        object[path: "spec", "template", "gangPolicy"] = ["minRoleReplicas": ["prefill": 1]]
        object[path: "spec", "template", "networkTopology"] = ["groupPolicy": topology, "rolePolicy": topology]
        object[path: "spec", "template", "roles"] = [
            [
                "name": "r", "replicas": 1, "entryTemplate": TestObjects.template("i"), "workerReplicas": 1,
                "workerTemplate": TestObjects.template("i"), "maxUnavailable": 1, "partition": 1,
            ]
        ]
        return object
    }()
    static let server: JSONValue = {
        var object = TestObjects.server
        object[path: "spec", "model"] = "m"
        object[path: "spec", "workloadPort", "protocol"] = "http"
        object[path: "spec", "workloadSelector", "pdGroup"] = ModelServerRuleTests.pdGroup
        object[path: "spec", "kvConnector"] = ["type": "nixl"]
        object[path: "spec", "trafficPolicy"] = [
            "timeout": "1s", "retry": ["attempts": 1, "retryInterval": "1s"],
        ]
        return object
    }()
    static let route: JSONValue = {
        var object = TestObjects.route
        object[path: "spec", "loraAdapters"] = ["a"]
        object[path: "spec", "parentRefs"] = [["name": "g"]]
        object[path: "spec", "rateLimit"] = [
            "inputTokensPerUnit": 1, "outputTokensPerUnit": 1, "unit": "day", "global": ["redis": ["address": "r:1"]],
        ]
        object[path: "spec", "rules"] = [
            [
                "name": "r",
                "modelMatch": [
                    "headers": ["h": ["exact": "e"]], "uri": ["regex": "e"], "body": ["model": "m"],
                ],
                "targetModels": [["modelServerName": "s", "weight": 1]],
            ]
        ]
        return object
    }()

    /// Fields a view leaves to others or reads only where a newer one is absent, by how their paths begin.
    static let unread = [
        "spec.plugins[]", "spec.topologySpreadConstraints[]", "spec.parentRefs[]",
        "spec.template.roles[].entryTemplate.metadata", "spec.template.roles[].entryTemplate.spec",
        "spec.template.roles[].workerTemplate.metadata", "spec.template.roles[].workerTemplate.spec",
        "spec.template.networkTopology.mode", "spec.template.networkTopology.highestTierAllowed",
        "spec.template.gangPolicy.networkTopology",
        "spec.rules[].targetModels[].externalModelProviderName", "spec.rules[].modelMatch.headers.*",
        "spec.rules[].modelMatch.uri.exact", "spec.rules[].modelMatch.uri.prefix",
    ]

    @Test(arguments: ["modelservings", "modelservers", "modelroutes"])
    func `a view reads every field of the schema`(plural: String) throws {
        let spec = try #require(try Deployed.schema(plural)[path: "properties", "spec"])
        let object = try #require(Self.fullest[plural]?.first)
        #expect(Self.problem(plural, object) == nil)
        var count = 0
        for path in Self.paths(of: spec, at: "spec") where !Self.unread.contains(where: { Self.covers($0, path) }) {
            var broken = object
            try Self.spoil(&broken, path.split(separator: ".").map(String.init)[...], path)
            #expect(Self.problem(plural, broken) != nil, "\(path) is not read")
            count += 1
        }
        #expect(count > 10)
    }

    @Test func `the schemas have every field a view reads`() throws {
        var stated: Set<String> = []
        for file in Deployed.files(in: "deploy/crds", ending: ".yaml") {
            let versions = try Deployed.object(file).spec["versions"]
            let schema = try #require(versions?[0]?[path: "schema", "openAPIV3Schema"])
            for path in Self.paths(of: schema, at: "") {
                if let name = path.split(separator: ".").last { stated.insert(name.filter { $0 != "[" && $0 != "]" }) }
            }
        }
        var names: Set<String> = []
        for file in Deployed.files(in: "Common/ServingAPI", ending: ".swift") {
            let text = try Deployed.text(file)
            for call in [".member(\"", ".required(\""] {
                for part in text.split(separator: call).dropFirst() { names.insert(String(part.prefix { $0 != "\"" })) }
            }
        }
        names = names.filter { $0.allSatisfy(\.isLetter) }
        #expect(names.count > 30)
        #expect(names.subtracting(stated) == [])
    }

    private static func problem(_ plural: String, _ object: JSONValue) -> FieldProblem? {
        do throws(FieldProblem) {
            switch plural {
            case "modelservings": _ = try ModelServing(KubernetesObject(object))
            case "modelservers": _ = try ModelServer(KubernetesObject(object))
            default: _ = try ModelRoute(KubernetesObject(object))
            }
            return nil
        } catch {
            return error
        }
    }

    private static func covers(_ prefix: String, _ path: String) -> Bool {
        path == prefix || path.hasPrefix(prefix + ".") || prefix.hasSuffix("[]") && path.hasPrefix(prefix)
    }

    /// Every property below a schema: `spec.roles[].name`, `spec.labels.*`.
    private static func paths(of schema: JSONValue, at path: String) -> [String] {
        var paths: [String] = []
        for (name, child) in schema["properties"]?.object ?? JSONObject() {
            let field = path.isEmpty ? name : "\(path).\(name)"
            paths += [field] + Self.paths(of: child, at: field)
        }
        if let items = schema["items"] { paths += Self.paths(of: items, at: "\(path)[]") }
        if let members = schema["additionalProperties"], members.object != nil {
            paths += Self.paths(of: members, at: "\(path).*")
        }
        return paths
    }

    /// Gives the value at a path a type that no field has.
    private static func spoil(_ value: inout JSONValue, _ steps: ArraySlice<String>, _ path: String) throws {
        guard let step = steps.first else {
            value = true
            return
        }
        let isList = step.hasSuffix("[]")
        let name = isList ? String(step.dropLast(2)) : step
        var child = try #require(value[name], "the fullest object has no \(path)")
        if isList {
            var first = try #require(child[0], "the fullest object has no \(path)")
            try spoil(&first, steps.dropFirst(), path)
            child = [first]
        } else {
            try spoil(&child, steps.dropFirst(), path)
        }
        value[name] = child
    }
}
