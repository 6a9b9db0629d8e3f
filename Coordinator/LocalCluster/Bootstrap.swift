import JSONValues
import KubernetesAPI
import Logging
import Manifests
import SystemFiles

/// Puts in place what a cluster has before its first client: the standard namespaces and the definitions of a
/// directory.
struct Bootstrap {
    let store: ObjectStore
    let crdDirectory: String
    let logger: Logger

    static let namespaces = ["default", "kube-system"]

    /// Throws `LocalClusterError` where a definition cannot be read or served.
    func run() throws(LocalClusterError) {
        let definitions = try readDefinitions()
        do {
            try store.transact { transaction throws(APIStatus) in
                for name in Bootstrap.namespaces { try Bootstrap.ensureNamespace(name, &transaction) }
                for (_, definition) in definitions { try Bootstrap.ensure(definition, &transaction) }
            }
        } catch {
            throw LocalClusterError("the definitions of \(crdDirectory) cannot be put in place: \(error)")
        }
        logger.debug("Read CustomResourceDefinitions", metadata: ["count": "\(definitions.count)"])
    }

    private static func ensureNamespace(_ name: String, _ transaction: inout Transaction) throws(APIStatus) {
        let kind = ServedKind(.namespace)
        guard transaction[StorageKey(kind.storage, ObjectKey(namespace: "", name: name))] == nil else { return }
        _ = try transaction.create(kind, namespace: "", ["metadata": ["name": .string(name)]])
    }

    private static func ensure(_ definition: JSONValue, _ transaction: inout Transaction) throws(APIStatus) {
        guard let kind = transaction.registry.kind(stored: StorageName(.customResourceDefinition)) else { return }
        let key = ObjectKey(namespace: "", name: definition[path: "metadata", "name"]?.string ?? "")
        if let stored = transaction[StorageKey(kind.storage, key)] {
            var updated = stored.json
            updated["spec"] = definition["spec"]
            _ = try transaction.replace(kind, key, updated)
        } else {
            _ = try transaction.create(kind, namespace: "", definition)
        }
    }

    private func readDefinitions() throws(LocalClusterError) -> [(path: String, definition: JSONValue)] {
        guard !crdDirectory.isEmpty else { return [] }
        guard Files.isFolder(crdDirectory) else {
            throw LocalClusterError(
                "the directory of definitions \(crdDirectory) cannot be read; give one that holds *.yaml files")
        }
        var definitions: [(path: String, definition: JSONValue)] = []
        for name in Files.names(in: crdDirectory) where name.hasSuffix(".yaml") || name.hasSuffix(".yml") {
            let path = "\(crdDirectory)/\(name)"
            let text = String(decoding: try PrivateFile.read(path) ?? [], as: UTF8.self)
            do {
                let documents = try Manifest.documents(text, source: path)
                for document in documents where document["kind"] == "CustomResourceDefinition" {
                    definitions.append((path, document))
                }
            } catch {
                throw LocalClusterError(error.description)
            }
        }
        return definitions
    }
}
