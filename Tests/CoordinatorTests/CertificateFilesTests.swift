import Certificates
import Gateway
import Logging
import Observability
import SystemFiles
import Testing

@testable import coordinator

/// The files of `--tls-cert` and `--tls-key` as they change.
struct CertificateFilesTests {
    @Test func `bad files stop the start, and later leave the certificate before in force`() throws {
        let folder = "\(Environment["TMPDIR"] ?? "/tmp")/martlet-tls-files-\(UInt64.random(in: 0 ... .max))"
        try Files.makeFolder(folder)
        let (certificate, key) = ("\(folder)/tls.crt", "\(folder)/tls.key")
        let metrics = MetricsRegistry()
        let gateway = Gateway(
            GatewayConfiguration(), metrics: GatewayMetrics(metrics), logger: Logger(label: "test"))
        func files() -> CertificateFiles {
            CertificateFiles(certificate: certificate, key: key, gateway: gateway, logger: Logger(label: "test"))
        }
        func write(_ identity: Identity) throws {
            try Files.write(String(decoding: identity.certificate, as: UTF8.self), to: certificate)
            try Files.write(String(decoding: identity.key, as: UTF8.self), to: key)
        }
        func count(_ outcome: String) -> Bool {
            metrics.text().contains("martlet_gateway_certificate_reloads_total{outcome=\"\(outcome)")
        }
        let missing = #expect(throws: CertificateFiles.Unusable.self) { try files().begin() }
        #expect(missing?.description.contains("\(certificate) could not be read: No such file") == true)
        #expect(missing?.description.hasSuffix("mend them, or start without --tls-cert and --tls-key") == true)

        let authority = try CertificateAuthority.make(name: "a")
        let first = try CertificateAuthority.makeServer(
            name: "localhost", alternatives: ["DNS:localhost"], authority: authority)
        let second = try CertificateAuthority.makeServer(
            name: "localhost", alternatives: ["DNS:localhost"], authority: authority)
        try write(Identity(key: second.key, certificate: first.certificate))
        let wrong = #expect(throws: CertificateFiles.Unusable.self) { try files().begin() }
        #expect(wrong?.description.contains("the key is not the one that the certificate was made for") == true)

        try write(first)
        let held = files()
        try held.begin()
        #expect(count(#"taken"} 1"#))
        held.look()
        #expect(count(#"taken"} 1"#), "what did not change is not read again")
        try write(Identity(key: first.key, certificate: second.certificate))
        held.look()
        held.look()
        #expect(count(#"refused"} 2"#), "one at the start and one since: it is told once")
        try write(second)
        held.look()
        #expect(count(#"taken"} 2"#))
        Files.remove(certificate)
        held.look()
        #expect(metrics.text().contains(#"certificate_seconds_left{source="router"}"#))
    }
}
