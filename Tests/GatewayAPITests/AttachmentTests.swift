import GatewayAPI
import JSONValues
import KubernetesAPI
import Routing
import Testing

struct AttachmentTests {
    static let gateway = Samples.gateway(
        "g",
        [
            Samples.listener("own", 80), Samples.listener("all", 81, allowed: ["namespaces": ["from": "All"]]),
            Samples.listener(
                "some", 82,
                allowed: [
                    "namespaces": ["from": "Selector", "selector": ["matchLabels": ["team": "a"]]]
                ]),
            Samples.listener(
                "models", 83,
                allowed: [
                    "namespaces": ["from": "All"],
                    "kinds": [["group": "networking.serving.volcano.sh", "kind": "ModelRoute"]],
                ]),
            Samples.listener("named", 84, hostname: "*.example", allowed: ["namespaces": ["from": "All"]]),
        ])

    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var namespace = "dev"
        var parent: JSONValue
        var hostnames: [String] = []
        /// Names of listeners, or the reason why there are none; nil for somebody else's parent.
        var result: Result<[String], AttachmentRefusal>?

        init(
            _ title: String, _ parent: JSONValue, namespace: String = "dev", hostnames: [String] = [],
            _ names: [String]
        ) {
            testDescription = title
            self.namespace = namespace
            self.parent = parent
            self.hostnames = hostnames
            result = .success(names)
        }
    }

    static let taken = [
        Row("its own namespace", ["name": "g"], ["own", "all", "named"]),
        Row("another namespace", ["name": "g", "namespace": "dev"], namespace: "prod", ["all", "named"]),
        Row("a selected namespace", ["name": "g", "namespace": "dev"], namespace: "team", ["all", "some", "named"]),
        Row("a section", ["name": "g", "sectionName": "all"], ["all"]),
        Row("a port", ["name": "g", "port": 80], ["own"]),
        Row("hostnames that meet", ["name": "g", "port": 84], hostnames: ["x.example", "other"], ["named"]),
    ]

    @Test(arguments: taken) func `is taken by`(row: Row) throws {
        let attachment = Samples.attachment([Self.gateway], labels: ["team": ["team": "a"]])
        let view = HTTPRouteView(
            Samples.route("r", namespace: row.namespace, parents: [row.parent], hostnames: row.hostnames))
        let result = attachment.attach(view, to: try #require(view.parents.first))
        #expect(try result?.get().map(\.name) == (try row.result?.get()))
        #expect(Set(attachment.listeners(of: view).map(\.name)) == Set(try #require(try row.result?.get())))
    }

    @Test(
        arguments: [
            (["name": "g", "sectionName": "none"], "NoMatchingParent"),
            (["name": "g", "port": 99], "NoMatchingParent"),
            (["name": "g", "sectionName": "models"], "NotAllowedByListeners"),
            (["name": "g", "sectionName": "some"], "NotAllowedByListeners"),
            (["name": "g", "sectionName": "named"], "NoMatchingListenerHostname"),
        ] as [(JSONValue, String)])
    func `is refused with a reason`(parent: JSONValue, reason: String) throws {
        let view = HTTPRouteView(Samples.route("r", parents: [parent], hostnames: ["else"]))
        let result = Samples.attachment([Self.gateway]).attach(view, to: try #require(view.parents.first))
        guard case .failure(let refusal)? = result else {
            Issue.record("taken: \(String(describing: result))")
            return
        }
        #expect(refusal.reason.rawValue == reason)
    }

    @Test func `somebody else's parent is none of our business`() throws {
        let other = Samples.gateway("theirs", className: "other", [Samples.listener("a", 80)])
        let attachment = Samples.attachment([other, Self.gateway])
        let parents: [JSONValue] = [["name": "theirs"], ["name": "absent"], ["kind": "Service", "name": "g"]]
        let view = HTTPRouteView(Samples.route("r", parents: parents))
        #expect(view.parents.allSatisfy { attachment.attach(view, to: $0) == nil })
        #expect(attachment.gateways.map(\.name.name) == ["g"])
    }

    @Test func `a port and hostname are the oldest Gateway's, and other protocols are not served`() {
        let listeners = [Samples.listener("a", 80), Samples.listener("b", 80, hostname: "x")]
        let attachment = Samples.attachment([
            Samples.gateway("young", created: "2026-02-01T00:00:00Z", listeners),
            Samples.gateway("old", [Samples.listener("a", 80), Samples.listener("t", 443, proto: "TLS")]),
        ])
        #expect(attachment.listeners.map(\.id.description) == ["dev/old/a", "dev/young/b"])
        func fault(_ gateway: String, _ name: String) -> GatewayAPI.Attachment.Fault? {
            attachment.fault(ListenerID(gateway: ObjectName(namespace: "dev", name: gateway), name: name))
        }
        #expect(fault("young", "a") == .hostnameConflict)
        #expect(fault("old", "t") == .unsupportedProtocol)
        #expect(fault("young", "b") == nil)
    }

    @Test(
        arguments: [
            ([], "dev", ["own", "all", "some", "models", "named"]), ([], "prod", []),
            ([["name": "g"]], "dev", ["own", "all", "some", "models", "named"]),
            ([["name": "g", "namespace": "dev", "sectionName": "own"]], "prod", ["own"]),
            ([["name": "g", "sectionName": "gone"]], "dev", []), ([["kind": "Service", "name": "g"]], "dev", []),
            ([["name": "other"], ["name": "g", "port": 83]], "dev", ["models"]),
        ] as [([JSONValue], String, [String])])
    func `a ModelRoute is for the listeners its parents name, or for the Gateways of its namespace`(
        parents: [JSONValue], namespace: String, names: [String]
    ) {
        let attachment = Samples.attachment([Self.gateway])
        let refs = ParentRef.all(parents, in: namespace)
        #expect(Set(attachment.listeners(ofModelRouteIn: namespace, parents: refs).map(\.name)) == Set(names))
    }

    @Test func `what a rule cannot say here is left out and named`() {
        let rules: [JSONValue] = [
            ["filters": [["type": "RequestMirror"]], "backendRefs": [Samples.pool("p")]],
            [
                "matches": [
                    ["path": ["type": "RegularExpression", "value": "("]],
                    ["path": ["type": "Exact", "value": "/a"]],
                ],
                "backendRefs": [
                    ["name": "service", "port": 80], Samples.pool("p"), Samples.pool("q", namespace: "prod"),
                ],
            ],
        ]
        let view = HTTPRouteView(Samples.route("r", parents: [["name": "g"]], rules: rules))
        #expect(view.rules.map(\.isServed) == [false, true])
        #expect(view.rules[0].unsupported == ["filter RequestMirror"])
        #expect(view.rules[1].unsupported.count == 1)
        #expect(view.rules[1].rule.matches == [HTTPMatch(path: .exact("/a"))])
        #expect(view.rules[1].foreignKinds == ["Service"])
        #expect(view.rules[1].foreignPools.map(\.description) == ["prod/q"])
        #expect(view.rules[1].pools.map(\.description) == ["dev/p"])
    }
}
