import JSONValues
import KubernetesAPI
import Testing

@testable import LocalCluster

@Suite struct RequestTests {
    private static func target(
        _ group: String, _ namespace: String?, _ plural: String, _ name: String? = nil, _ subresource: String? = nil
    ) -> RequestTarget {
        .resource(
            .init(
                group: group, version: "v1", namespace: namespace, plural: plural, name: name,
                subresource: subresource))
    }

    @Test(arguments: [
        ("/api", RequestTarget.coreVersions), ("/apis", .groups), ("/apis/apps", .group("apps")),
        ("/api/v1", .coreResources(version: "v1")), ("/apis/a.b/v1", .groupResources(group: "a.b", version: "v1")),
        ("/api/v1/nodes", target("", nil, "nodes")), ("/api/v1/nodes/n", target("", nil, "nodes", "n")),
        ("/api/v1/namespaces", target("", nil, "namespaces")),
        ("/api/v1/namespaces/x", target("", nil, "namespaces", "x")),
        ("/api/v1/namespaces/x/status", target("", nil, "namespaces", "x", "status")),
        ("/api/v1/namespaces/x/pods", target("", "x", "pods")),
        ("/api/v1/namespaces/x/pods/p/log", target("", "x", "pods", "p", "log")),
        ("/apis/a.b/v1/namespaces/x/things/t%2Du", target("a.b", "x", "things", "t-u")),
        ("/api/v1/namespaces/x/pods/p/log/more", .unknown), ("/", .unknown), ("/metrics", .unknown),
        ("/livez/ping", .health), ("/openapi/v3/apis/a.b/v1", .openAPI("apis/a.b/v1")),
    ])
    func `a path says what it is about`(path: String, expected: RequestTarget) {
        #expect(RequestTarget(path: path) == expected)
    }

    @Test(arguments: [
        ("spec.nodeName=n1,status.phase!=Failed", true), ("spec.nodeName==n1", true), ("spec.nodeName!=n1", false),
        ("status.phase=Failed", false), ("spec.nodeName=", false), ("status.podIP=", true),
    ])
    func `a field selector compares fields`(text: String, matches: Bool) throws {
        let pod: JSONValue = ["spec": ["nodeName": "n1"], "status": ["phase": "Running"]]
        #expect(try #require(FieldSelector(text)).matches(pod) == matches)
    }

    @Test func `a query is decoded`() {
        let query = QueryParameters("a=1&b=x%20y+z&watch=true&empty=&a=2")
        #expect(query["a"] == "1")
        #expect(query["b"] == "x y z")
        #expect(query.isTrue("watch"))
        #expect(query["empty"] == nil)
    }

    @Test func `a protobuf body becomes an object`() throws {
        // k8s\0, then: type meta (v1, ConfigMap), then: metadata (name "c"), data (k: v).
        let type: [UInt8] = [0x0A, 2] + Array("v1".utf8) + [0x12, 9] + Array("ConfigMap".utf8)
        let object: [UInt8] =
            [0x0A, 3, 0x0A, 1] + Array("c".utf8) + [0x12, 6, 0x0A, 1] + Array("k".utf8) + [0x12, 1] + Array("v".utf8)
        let body =
            [0x6B, 0x38, 0x73, 0x00, 0x0A, UInt8(type.count)] + type + [0x12, UInt8(object.count)] + object
        let json = try ProtobufKinds.json(body)
        #expect(json == ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "c"], "data": ["k": "v"]])
        for length in 0..<body.count {
            _ = try? ProtobufKinds.json(Array(body.prefix(length)))
        }
    }

    @Test func `an unknown protobuf kind and a broken message are told apart`() throws {
        let unknown: [UInt8] = [0x6B, 0x38, 0x73, 0x00, 0x0A, 5, 0x12, 3] + Array("Foo".utf8)
        #expect(try ProtobufKinds.json(unknown) == nil)
        #expect(throws: ProtobufReader.Fault.self) { try ProtobufKinds.json(Array("{}".utf8)) }
        #expect(throws: ProtobufReader.Fault.self) { try ProtobufKinds.json([0x6B, 0x38, 0x73, 0x00, 0x0A, 0xFF]) }
    }
}
