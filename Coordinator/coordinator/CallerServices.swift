import AsyncHTTPClient
import Authentication
import Governance
import KubernetesAPI
import KubernetesClient
import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import ServingAPI

/// Who may send requests: the authenticator, and the Secrets of API keys that it reads where it takes those.
final class CallerServices: Service {
    /// Bytes of a key set; a larger one is refused.
    static let keySetBytesMax = 1_048_576

    let authenticator: Authenticator
    private let secrets: Informer

    init(client: KubernetesClient, logger: Logger) {
        authenticator = Authenticator(
            AuthConfiguration(),
            fetch: { uri in
                let response = try await HTTPClient.shared.execute(HTTPClientRequest(url: uri), timeout: .seconds(5))
                guard response.status == .ok else { throw KeySetError(status: Int(response.status.code)) }
                return Array(buffer: try await response.body.collect(upTo: Self.keySetBytesMax))
            }, logger: logger)
        secrets = Informer(
            client, .secret, namespace: client.namespace, labelSelector: "\(APIKeyRing.label)=true", logger: logger)
        secrets.onChange { [weak secrets, authenticator] _ in
            if let secrets { authenticator.take(APIKeyRing(secrets: secrets.objects)) }
        }
    }

    /// The issuer answered something else than its key set.
    private struct KeySetError: Error, CustomStringConvertible {
        var status: Int
        var description: String { "the issuer answered \(status)" }
    }

    /// Puts a configuration file's section in force; nobody has to prove anything without one.
    func configure(_ auth: RouterConfiguration.Auth?, _ affinity: RouterConfiguration.SessionAffinity?) {
        let claims = (affinity?.sources ?? []).compactMap { source in
            if case .claim(let name) = source { name } else { nil }
        }
        guard let auth else { return authenticator.configure(AuthConfiguration()) }
        authenticator.configure(
            AuthConfiguration(
                issuer: auth.issuer.isEmpty ? nil : auth.issuer, audiences: auth.audiences,
                keySetURI: auth.jwksURI.isEmpty ? nil : auth.jwksURI, takesAPIKeys: auth.takesAPIKeys,
                claims: Set(claims)))
    }

    var services: [any Service] { [authenticator, self] }

    /// Reads Secrets from when API keys are taken; before, this needs no right to.
    func run() async throws {
        for await takes in authenticator.takesAPIKeys.cancelOnGracefulShutdown() where takes {
            return try await secrets.run()
        }
    }
}
