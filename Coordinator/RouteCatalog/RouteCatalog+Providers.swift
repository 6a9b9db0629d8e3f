import AgentProtocol
import JSONValues
import KubernetesAPI
import Routing
import ServingAPI

extension RouteCatalog {
    /// The ExternalModelProviders that can be read, each as a target with one endpoint: the provider itself.
    static func providers(_ sources: RouteSources, _ problems: inout [Problem]) -> [TargetServer] {
        let secrets = Dictionary(sources.secrets.map { ($0.key, $0) }, uniquingKeysWith: { $1 })
        var targets: [TargetServer] = []
        for object in sources.providers {
            do {
                targets.append(try target(try ExternalModelProvider(object), secrets))
            } catch {
                problems.append(Problem(kind: "ExternalModelProvider", key: object.key, sentence: "\(error)"))
            }
        }
        return targets
    }

    private static func target(
        _ provider: ExternalModelProvider, _ secrets: [ObjectKey: KubernetesObject]
    ) throws(FieldProblem) -> TargetServer {
        if let problem = provider.problems.first { throw problem }
        guard let place = ProviderEndpoint(provider.baseURL) else {
            throw .invalid("spec.baseURL", .string(provider.baseURL), "must be an https URL")
        }
        var service = ExternalService(
            dialect: provider.type == .anthropic ? .anthropic : .openAI, host: place.host, port: place.port,
            basePath: place.path)
        service.skipsVerification = provider.skipsVerification
        service.headers = provider.headers
        let secret = provider.auth.flatMap {
            secrets[ObjectKey(namespace: provider.key.namespace, name: $0.secretName)]
        }
        let credential = ProviderCredential.of(provider, in: secret)
        if case .resolved(let text) = credential {
            let isBearer = provider.auth?.scheme == .bearer
            service.credential = .init(
                field: isBearer ? "authorization" : "x-api-key", value: isBearer ? "Bearer \(text)" : text)
        }
        if !credential.isUsable { service.problem = credential.sentence(for: provider) }
        let engine = EngineID(namespace: provider.key.namespace, pod: provider.key.name, port: place.port)
        var target = TargetServer(
            name: ObjectName(provider.key), model: provider.model,
            endpoints: [Endpoint(engine: engine, host: place.host)])
        target.scheme = .https
        target.external = service
        return target
    }
}
