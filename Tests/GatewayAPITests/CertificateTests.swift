import GatewayAPI
import JSONValues
import KubernetesAPI
import Routing
import Testing

/// Listeners that encrypt, and the Secrets they take their certificates from.
struct CertificateTests {
    static func secret(
        _ name: String, namespace: String = "dev", type: String = "kubernetes.io/tls",
        data: JSONValue = ["tls.crt": "Y2hhaW4=", "tls.key": "a2V5"]
    ) -> KubernetesObject {
        var secret = KubernetesObject(.secret, namespace: namespace, name: name)
        secret.json["type"] = .string(type)
        secret.json["data"] = data
        return secret
    }

    static func grant(namespace: String, from: String, secret: String? = nil) -> KubernetesObject {
        var grant = KubernetesObject(.referenceGrant, namespace: namespace, name: "grant")
        grant.spec = [
            "from": [["group": "gateway.networking.k8s.io", "kind": "Gateway", "namespace": .string(from)]],
            "to": [.members(["group": "", "kind": "Secret", "name": secret.map { .string($0) }])],
        ]
        return grant
    }

    static func listener(
        _ name: String, _ port: Int = 443, hostname: String? = nil, tls: JSONValue?
    ) -> JSONValue {
        var listener = Samples.listener(name, port, hostname: hostname, proto: "HTTPS")
        if let tls { listener["tls"] = tls }
        return listener
    }

    static func refs(_ ref: JSONValue) -> JSONValue { ["certificateRefs": [ref]] }

    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var tls: JSONValue?
        /// Reasons of Accepted, ResolvedRefs and Programmed.
        var reasons: [String]
        var sentence = ""
    }

    static let broken = ["Accepted", "InvalidCertificateRef", "Invalid"]
    static let forbidden = ["Accepted", "RefNotPermitted", "Invalid"]
    static let served = ["Accepted", "ResolvedRefs", "Programmed"]

    static let rows = [
        Row(testDescription: "a Secret", tls: refs(["name": "good"]), reasons: served),
        Row(testDescription: "no tls", tls: nil, reasons: broken, sentence: "The listener names no certificate"),
        Row(testDescription: "no references", tls: ["mode": "Terminate"], reasons: broken),
        Row(
            testDescription: "no Secret", tls: refs(["name": "none"]), reasons: broken,
            sentence: "There is no Secret dev/none of type kubernetes.io/tls"),
        Row(
            testDescription: "another kind", tls: refs(["group": "a.b", "kind": "Vault", "name": "good"]),
            reasons: broken, sentence: "A certificateRef is a Vault"),
        Row(testDescription: "a Secret of another type", tls: refs(["name": "opaque"]), reasons: broken),
        Row(
            testDescription: "a Secret without its key", tls: refs(["name": "half"]), reasons: broken,
            sentence: "Secret dev/half lacks tls.crt or tls.key"),
        Row(
            testDescription: "a certificate that cannot be used", tls: refs(["name": "bad"]), reasons: broken,
            sentence: "Secret dev/bad cannot be used: it is bad"),
        Row(
            testDescription: "another namespace without a grant", tls: refs(["name": "closed", "namespace": "prod"]),
            reasons: forbidden, sentence: "No ReferenceGrant in namespace prod lets Gateways of namespace dev use"),
        Row(
            testDescription: "another namespace with a grant", tls: refs(["name": "open", "namespace": "prod"]),
            reasons: served),
        Row(
            testDescription: "a grant of everything", tls: refs(["name": "shared", "namespace": "all"]),
            reasons: served),
        Row(
            testDescription: "passing TLS through", tls: ["mode": "Passthrough"],
            reasons: ["UnsupportedValue", "InvalidCertificateRef", "Invalid"]),
        Row(
            testDescription: "clients' certificates",
            tls: ["certificateRefs": [["name": "good"]], "frontendValidation": [:]],
            reasons: ["UnsupportedValue", "ResolvedRefs", "Invalid"]),
    ]

    static let sources = CertificateSources(
        secrets: [
            secret("good"), secret("opaque", type: "Opaque"), secret("half", data: ["tls.crt": "Y2hhaW4="]),
            secret("bad", data: ["tls.crt": "YmFk", "tls.key": "a2V5"]), secret("closed", namespace: "prod"),
            secret("open", namespace: "prod"), secret("shared", namespace: "all"),
        ],
        grants: ReferenceGrants([
            grant(namespace: "prod", from: "dev", secret: "open"), grant(namespace: "prod", from: "other"),
            grant(namespace: "all", from: "dev"),
        ]), problem: { String(decoding: $0.chain, as: UTF8.self) == "bad" ? "it is bad" : nil })

    static func attachment(_ gateways: [KubernetesObject]) -> GatewayAPI.Attachment {
        GatewayAPI.Attachment(gateways: gateways, classes: [Samples.ownClass], namespaces: [], certificates: sources)
    }

    static func conditions(_ gateway: KubernetesObject, _ attachment: GatewayAPI.Attachment) -> [[String: Condition]] {
        let statuses = GatewayStatuses(
            .init(attachment: attachment, httpRoutes: [], pools: [], modelRoutes: [], portProblems: [:]),
            now: StatusTests.now)
        let listeners = statuses.status(of: GatewayView(gateway))["listeners"]?.elements ?? []
        return listeners.map { listener in
            var conditions: [String: Condition] = [:]
            for json in listener["conditions"]?.elements ?? [] {
                if let condition = Condition(json) { conditions[condition.type] = condition }
            }
            return conditions
        }
    }

    @Test(arguments: rows) func `a listener with`(row: Row) throws {
        let gateway = Samples.gateway("g", [Self.listener("a", tls: row.tls)])
        let attachment = Self.attachment([gateway])
        let conditions = try #require(Self.conditions(gateway, attachment).first)
        #expect(["Accepted", "ResolvedRefs", "Programmed"].map { conditions[$0]?.reason } == row.reasons)
        #expect(row.sentence.isEmpty || conditions["ResolvedRefs"]?.message.hasPrefix(row.sentence) == true)
        let isServed = row.reasons == Self.served
        #expect(attachment.listeners.count == (isServed ? 1 : 0))
        #expect(attachment.listeners.first?.certificate?.chain == (isServed ? Array("chain".utf8) : nil))
    }

    @Test func `a port is encrypted or not, by who came first`() throws {
        let old = Samples.gateway("old", [Samples.listener("plain", 80), Self.listener("tls", 443, tls: nil)])
        let new = Samples.gateway(
            "new", created: "2026-02-01T00:00:00Z",
            [
                Self.listener("tls", 80, hostname: "a.example", tls: Self.refs(["name": "good"])),
                Samples.listener("plain", 443, hostname: "a.example"),
                Self.listener("more", 443, hostname: "a.example", tls: Self.refs(["name": "good"])),
            ])
        let attachment = Self.attachment([new, old])
        let conditions = Self.conditions(new, attachment)
        #expect(conditions.map { $0["Accepted"]?.reason } == ["ProtocolConflict", "ProtocolConflict", "Accepted"])
        #expect(conditions.map { $0["Conflicted"]?.status } == ["True", "True", "False"])
        #expect(attachment.listeners.map { $0.id.description } == ["dev/old/plain", "dev/new/more"])
    }

    @Test func `routes stay with a listener that lacks its certificate`() throws {
        let gateway = Samples.gateway("g", [Self.listener("a", tls: Self.refs(["name": "none"]))])
        let attachment = Self.attachment([gateway])
        let route = HTTPRouteView(Samples.route("r", parents: [["name": "g"]]))
        #expect(attachment.listeners(of: route).map(\.name) == ["a"])
        #expect(attachment.listeners.isEmpty)
    }
}
