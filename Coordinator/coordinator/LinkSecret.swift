import AgentLink
import Daemon
import JSONValues
import KubernetesAPI
import KubernetesClient
import Logging

/// The link keys of an installation, kept in two Secrets of the coordinator's namespace.
///
/// 1. `NAME` holds the coordinators' pair and the agents' pair; only coordinators may read it. The replica whose
///    creation succeeds made the keys, the others take them over.
/// 2. `NAME-agents` holds what agents mount: their pair and the coordinators' public key. It always follows from
///    `NAME`; a replica that finds it missing or different writes it again.
struct LinkSecret {
    /// Times that a Secret which others write at the same moment is read again.
    static let attemptsMax = 5

    /// Both pairs.
    struct Keys {
        var coordinator: CurveKeys
        var agents: CurveKeys
    }

    var client: KubernetesClient
    var name: String
    var logger: Logger

    private var agentsName: String { "\(name)-agents" }

    /// The keys, made first where there are none. Throws one sentence where the Secrets can be neither read nor made.
    func keys() async throws -> Keys {
        for _ in 0..<Self.attemptsMax {
            do {
                let keys = try await stored()
                try await publish(keys)
                return keys
            } catch let error as APIStatus
                where [.conflict, .alreadyExists, .notFound].contains(error.reason)
            {
                logger.debug("Another replica writes the link keys", metadata: ["err": "\(error)"])
            }
        }
        throw StartupError(
            "Secret \(client.namespace)/\(name) keeps changing while it is read; is it rewritten by another program?")
    }

    private func stored() async throws -> Keys {
        do {
            return try read(try await client.get(.secret, namespace: client.namespace, name: name))
        } catch let error as APIStatus where error.reason == .notFound {
            let keys = Keys(coordinator: try .generate(), agents: try .generate())
            _ = try await client.create(
                .secret, secret(name, ["coordinator": keys.coordinator.text, "agents": keys.agents.text]))
            logger.info("Created Secret with link keys", metadata: ["secret": "\(client.namespace)/\(name)"])
            return keys
        }
    }

    private func publish(_ keys: Keys) async throws {
        let wanted = secret(agentsName, ["keys": keys.agents.text, "coordinator-key": keys.coordinator.publicKey])
        do {
            var found = try await client.get(.secret, namespace: client.namespace, name: agentsName)
            guard found.json["data"] != wanted.json["data"] else { return }
            found.json["data"] = wanted.json["data"]
            _ = try await client.replace(.secret, found)
        } catch let error as APIStatus where error.reason == .notFound {
            _ = try await client.create(.secret, wanted)
        }
    }

    private func secret(_ name: String, _ texts: [String: String]) -> KubernetesObject {
        var secret = KubernetesObject(.secret, namespace: client.namespace, name: name)
        secret.labels = ["app.kubernetes.io/name": "martlet", "app.kubernetes.io/component": "link"]
        secret.json["type"] = "Opaque"
        secret.json["data"] = .strings(texts.mapValues { Base64.encode(Array($0.utf8)) })
        return secret
    }

    private func read(_ secret: KubernetesObject) throws -> Keys {
        func pair(_ entry: String) throws -> CurveKeys {
            let source = "Secret \(client.namespace)/\(name), entry \(entry)"
            guard let bytes = secret.json[path: "data", entry]?.string.flatMap({ Base64.decode($0) }) else {
                throw StartupError("\(source) is missing; delete the Secret and start again to have new keys made")
            }
            return try CurveKeys(text: String(decoding: bytes, as: UTF8.self), source: source)
        }
        return Keys(coordinator: try pair("coordinator"), agents: try pair("agents"))
    }
}
