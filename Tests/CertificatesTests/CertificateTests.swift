import Certificates
import Testing

@Suite struct CertificateTests {
    static let authority = try? CertificateAuthority.make(name: "test-ca", validDays: 100)

    @Test func `a server certificate is its authority's, for its names and its time`() throws {
        let authority = try #require(Self.authority)
        let server = try CertificateAuthority.makeServer(
            name: "web.dev.svc", alternatives: ["DNS:web.dev.svc", "IP:127.0.0.1"], authority: authority, validDays: 10)
        let certificate = try Certificate(pem: server.certificate)
        #expect(certificate.isSigned(by: try Certificate(pem: authority.certificate)))
        #expect(certificate.matches(keyPEM: server.key))
        #expect(certificate.isValid(forHost: "web.dev.svc"))
        #expect(!certificate.isValid(forHost: "web.prod.svc"))
        let days = { (pem: [UInt8]) in try #require(try Certificate(pem: pem).notAfter) / 86_400 }
        #expect(try days(authority.certificate) - days(server.certificate) == 90)
    }

    @Test func `another authority and another key are told apart`() throws {
        let authority = try #require(Self.authority)
        let other = try CertificateAuthority.make(name: "test-ca")
        let server = try CertificateAuthority.makeServer(name: "a", alternatives: ["DNS:a"], authority: authority)
        let certificate = try Certificate(pem: server.certificate)
        #expect(!certificate.isSigned(by: try Certificate(pem: other.certificate)))
        #expect(!certificate.matches(keyPEM: other.key))
        #expect(!certificate.matches(keyPEM: Array("no key".utf8)))
    }

    @Test(arguments: ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
    func `what is no certificate is refused`(text: String) {
        #expect(throws: CertificateError.self) { try Certificate(pem: Array(text.utf8)) }
    }

    @Test func `what is no authority signs nothing`() {
        let nobody = Identity(key: [], certificate: Array("x".utf8))
        #expect(throws: CertificateError.self) {
            try CertificateAuthority.makeServer(name: "a", alternatives: ["DNS:a"], authority: nobody)
        }
    }

    @Test func `tokens differ and have the length asked for`() {
        #expect(RandomToken.make(bytes: 8).count == 16)
        #expect(RandomToken.make() != RandomToken.make())
        #expect(RandomToken.make().contains { !$0.isHexDigit } == false)
    }
}
