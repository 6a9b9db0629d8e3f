import Certificates
import JSONValues
import KubernetesAPI
import KubernetesClient
import SystemFiles

/// Where the webhooks' certificate comes from: the Secret, else files, else a new one that is put into the Secret. Of
/// several replicas that make one at once the first write wins, and the others take that.
struct CertificateStore: Sendable {
    /// Tries at a Secret that others write too; then the error stands.
    private static let triesMax = 5

    /// A certificate in use.
    struct Material: Sendable, Hashable {
        enum Source: Sendable, Hashable { case secret, files }

        var server: Identity
        /// Empty where nobody says who signed it: webhook configurations are then left alone.
        var authorities: [UInt8]
        var source: Source
    }

    let client: KubernetesClient
    let configuration: WebhookConfiguration
    var plan: CertificatePlan

    init(_ client: KubernetesClient, _ configuration: WebhookConfiguration) {
        self.client = client
        self.configuration = configuration
        plan = CertificatePlan(
            serverName: "\(configuration.serviceName).\(configuration.namespace).svc",
            alternatives: configuration.alternatives, hostNames: configuration.hostNames)
    }

    /// The certificate to serve at `now` (seconds since 1970), renewed where that is due.
    func material(now: Int64) async throws -> Material {
        var tries = 1
        while true {
            do {
                return try await attempt(now: now)
            } catch let status as APIStatus where status.code == 409 && tries < Self.triesMax {
                // Another replica was first: what it wrote is taken.
                tries += 1
            }
        }
    }

    private func attempt(now: Int64) async throws -> Material {
        guard var object = try await secret() else {
            if let files = try files() { return files }
            let made = try plan.perform(.startOver, on: nil)
            _ = try await client.create(.secret, secretObject(made))
            return Material(secret: made)
        }
        let found = CertificateSecret(object)
        let step = found.map { plan.step(for: $0, now: now) } ?? .startOver
        if let found, step == .keep { return Material(secret: found) }
        if found == nil, object.json["data"]?.object?.isEmpty == false {
            throw CertificateError(
                "the Secret \(object.key) holds no tls.crt with its tls.key; correct it, or delete it to have one made")
        }
        let next = try plan.perform(step, on: found)
        object.json["data"] = next.data
        _ = try await client.replace(.secret, object)
        return Material(secret: next)
    }

    private func secret() async throws -> KubernetesObject? {
        do {
            return try await client.get(.secret, namespace: configuration.namespace, name: configuration.secretName)
        } catch let status as APIStatus where status.code == 404 {
            return nil
        }
    }

    private func secretObject(_ secret: CertificateSecret) -> KubernetesObject {
        var object = KubernetesObject(.secret, namespace: configuration.namespace, name: configuration.secretName)
        object.labels = ["app.kubernetes.io/managed-by": "martlet"]
        object.json["type"] = "kubernetes.io/tls"
        object.json["data"] = secret.data
        return object
    }

    /// Nil unless both files can be read; throws where they do not go together, as between two writes of an exchange.
    private func files() throws(CertificateError) -> Material? {
        guard let certificate = try? Files.read(configuration.certificateFile),
            let key = try? Files.read(configuration.keyFile), !certificate.isEmpty, !key.isEmpty
        else { return nil }
        guard try Certificate(pem: certificate).matches(keyPEM: key) else {
            throw CertificateError(
                "\(configuration.keyFile) is not the key of \(configuration.certificateFile); correct one of them")
        }
        let folder = configuration.certificateFile.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        let authorities = try? Files.read((folder + ["ca.crt"]).joined(separator: "/"))
        return Material(
            server: Identity(key: key, certificate: certificate), authorities: authorities ?? [], source: .files)
    }
}

extension CertificateStore.Material {
    fileprivate init(secret: CertificateSecret) {
        self.init(server: secret.server, authorities: secret.authorities, source: .secret)
    }
}
