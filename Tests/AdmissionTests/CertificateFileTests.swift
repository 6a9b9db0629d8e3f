import Certificates
import FoundationEssentials
import JSONValues
import KubernetesAPI
import KubernetesClient
import SystemFiles
import Testing

@testable import Admission

@Suite(.serialized) struct CertificateFileTests {
    static func write(_ secret: CertificateSecret, to folder: String) throws {
        try Files.write(secret.authorities, to: "\(folder)/ca.crt")
        try Files.write(secret.server.key, to: "\(folder)/tls.key")
        try Files.write(secret.server.certificate, to: "\(folder)/tls.crt")
    }

    @Test func `files serve where there is no Secret, and are read again when they change`() async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/martlet-tls-\(UUID().uuidString)"
        try Files.makeFolder(folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let plan = CertificatePlanTests.plan
        let (first, second) = (try plan.perform(.startOver, on: nil), try plan.perform(.startOver, on: nil))
        try Self.write(first, to: folder)
        try await WebhookCluster.with { cluster in
            try await cluster.serving({
                $0.certificateFile = "\(folder)/tls.crt"
                $0.keyFile = "\(folder)/tls.key"
            }) { port in
                let old = WebhookCaller(port: port, authorities: first.authorities)
                #expect(try await old.call("GET", "/healthz").status == 200)
                await #expect(throws: APIStatus.self) { try await cluster.secret() }
                try Self.write(second, to: folder)
                let new = WebhookCaller(port: port, authorities: second.authorities)
                try await cluster.wait("the new files are served") {
                    (try? await new.call("GET", "/healthz"))?.status == 200
                }
            }
        }
    }

    @Test func `a Secret that holds something else is left alone and complained of`() async throws {
        try await WebhookCluster.with { cluster in
            let configuration = WebhookConfiguration(namespace: "default")
            var secret = KubernetesObject(.secret, namespace: "default", name: configuration.secretName)
            secret.json["data"] = ["password": "c2VjcmV0"]
            let made = try await cluster.client.create(.secret, secret)
            let store = CertificateStore(cluster.client, configuration)
            await #expect(throws: CertificateError.self) { try await store.material(now: 1_800_000_000) }
            #expect(try await cluster.secret() == made)
        }
    }

    @Test func `an empty Secret is filled in`() async throws {
        try await WebhookCluster.with { cluster in
            let configuration = WebhookConfiguration(namespace: "default")
            let secret = KubernetesObject(.secret, namespace: "default", name: configuration.secretName)
            _ = try await cluster.client.create(.secret, secret)
            let material = try await CertificateStore(cluster.client, configuration).material(now: 1_800_000_000)
            #expect(material.authorities == (try await cluster.authorities()))
        }
    }
}
