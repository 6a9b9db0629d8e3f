import Certificates
import Testing

@testable import Admission

@Suite struct CertificatePlanTests {
    static let day: Int64 = 86_400
    static let configuration = WebhookConfiguration(namespace: "dev")
    static let plan = CertificatePlan(
        serverName: "webhook", alternatives: configuration.alternatives, hostNames: configuration.hostNames)
    static let fresh = try? plan.perform(.startOver, on: nil)

    static func made() throws -> (secret: CertificateSecret, now: Int64) {
        let secret = try #require(fresh)
        let end = try #require(try Certificate(pem: secret.server.certificate).notAfter)
        return (secret, end - Int64(plan.serverDays) * day)
    }

    @Test func `a new certificate is for every name and from its authority`() throws {
        let (secret, _) = try Self.made()
        let server = try Certificate(pem: secret.server.certificate)
        #expect(server.isSigned(by: try Certificate(pem: secret.authorities)))
        #expect(server.isValid(forHost: "kthena-controller-manager-webhook.dev.svc"))
        #expect(server.isValid(forHost: "kthena-router-webhook.dev.svc"))
        #expect(!server.isValid(forHost: "kthena-controller-manager-webhook.prod.svc"))
    }

    @Test(
        arguments: [
            (0, .keep), (100, .keep), (243, .keep), (244, .issueServer), (364, .issueServer), (366, .issueServer),
            (2_919, .issueServer), (3_651, .startOver),
        ] as [(Int64, CertificatePlan.Step)])
    func `a server certificate is renewed when a third of its life is left`(
        days: Int64, step: CertificatePlan.Step
    ) throws {
        let (secret, start) = try Self.made()
        #expect(Self.plan.step(for: secret, now: start + days * Self.day) == step)
    }

    @Test func `a renewed certificate comes from the same authority`() throws {
        let (secret, start) = try Self.made()
        let next = try Self.plan.perform(.issueServer, on: secret)
        #expect(next.authorities == secret.authorities && next.authorityKey == secret.authorityKey)
        #expect(next.server != secret.server)
        #expect(Self.plan.step(for: next, now: start) == .keep)
    }

    @Test func `an authority is renewed in two steps, and both are trusted in between`() throws {
        var plan = Self.plan
        plan.authorityDays = 700
        let old = try plan.perform(.startOver, on: nil)
        let start = try #require(try Certificate(pem: old.server.certificate).notAfter) - 365 * Self.day
        // 700 days are less than two lives of a server certificate.
        #expect(plan.step(for: old, now: start) == .addAuthority)
        plan.authorityDays = 3_650
        let both = try plan.perform(.addAuthority, on: old)
        #expect(both.server == old.server)
        #expect(String(decoding: both.authorities, as: UTF8.self).split(separator: "BEGIN CERTIFICATE").count == 3)
        #expect(
            String(decoding: both.authorities, as: UTF8.self).contains(String(decoding: old.authorities, as: UTF8.self))
        )
        // The server's certificate stays until every API server has learned of the new authority.
        #expect(plan.step(for: both, now: start) == .keep)
        #expect(plan.step(for: both, now: start + 599) == .keep)
        #expect(plan.step(for: both, now: start + 700) == .issueServer)
        let last = try plan.perform(.issueServer, on: both)
        #expect(try Certificate(pem: last.server.certificate).isSigned(by: Certificate(pem: last.authorities)))
        #expect(plan.step(for: last, now: start + 700) == .keep)
    }

    @Test func `what this program did not make stays`() throws {
        var (secret, start) = try Self.made()
        secret.authorityKey = nil
        #expect(Self.plan.step(for: secret, now: start + 10_000 * Self.day) == .keep)
    }

    @Test func `a damaged Secret is made anew from as little as needed`() throws {
        let (secret, start) = try Self.made()
        var damaged = secret
        damaged.server.key = Array("x".utf8)
        #expect(Self.plan.step(for: damaged, now: start) == .issueServer)
        damaged = secret
        damaged.authorities = Array("x".utf8)
        #expect(Self.plan.step(for: damaged, now: start) == .startOver)
        damaged = secret
        damaged.authorityKey = secret.server.key
        #expect(Self.plan.step(for: damaged, now: start) == .startOver)
    }

    @Test func `a certificate for other names is replaced`() throws {
        let (secret, start) = try Self.made()
        var other = Self.plan
        other.hostNames = ["other.dev.svc"]
        #expect(other.step(for: secret, now: start) == .issueServer)
    }
}
