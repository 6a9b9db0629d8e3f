import Daemon
import JSONValues
import KubernetesAPI
import KubernetesClient
import Logging
import Manifests
import SystemFiles

/// The manifests of `martlet up -f`.
enum ManifestFiles {
    /// The objects of every file in order. Throws one sentence for a file that cannot be read or holds something else.
    static func read(_ paths: [String]) throws -> [KubernetesObject] {
        var objects: [KubernetesObject] = []
        for path in paths {
            for document in try Manifest.documents(try Files.text(path), source: path) {
                let object = KubernetesObject(document)
                guard !object.kind.isEmpty, !object.apiVersion.isEmpty, !object.name.isEmpty else {
                    throw ManifestError(
                        "\(path): an object lacks apiVersion, kind or metadata.name; add what is missing")
                }
                objects.append(object)
            }
        }
        return objects
    }

    /// Creates each object, or merges it into the one that is there.
    static func apply(_ objects: [KubernetesObject], with client: KubernetesClient, logger: Logger) async throws {
        for var object in objects {
            let kind = try await resource(of: object, client)
            if kind.isNamespaced, object.namespace.isEmpty { object.namespace = "default" }
            do {
                _ = try await client.create(kind, object)
                logger.info("Created object", metadata: ["kind": .string(object.kind), "object": "\(object.key)"])
            } catch let error as APIStatus where error.reason == .alreadyExists {
                _ = try await client.patch(kind, namespace: object.namespace, name: object.name, .merge(object.json))
                logger.info("Updated object", metadata: ["kind": .string(object.kind), "object": "\(object.key)"])
            }
        }
    }

    private static func resource(of object: KubernetesObject, _ client: KubernetesClient) async throws -> ResourceKind {
        let parts = object.apiVersion.split(separator: "/").map(String.init)
        let path = parts.count == 1 ? "/api/\(parts[0])" : "/apis/\(object.apiVersion)"
        let resources = (try? await client.read(path: path))?["resources"]?.elements ?? []
        let match = resources.first { $0["kind"]?.string == object.kind && !($0["name"]?.string ?? "/").contains("/") }
        guard let match, let plural = match["name"]?.string else {
            throw ManifestError(
                "\(object.apiVersion) \(object.kind) '\(object.name)': the API server does not know this kind; "
                    + "kubectl api-resources lists those it knows")
        }
        return ResourceKind(
            group: parts.count == 1 ? "" : parts[0], version: parts[parts.count - 1], kind: object.kind, plural: plural,
            isNamespaced: match["namespaced"]?.bool ?? true)
    }
}
