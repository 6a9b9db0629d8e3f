import JSONValues
import KubernetesAPI

/// The files of volumes that show ConfigMaps, Secrets and the downward API.
struct ProjectedFiles {
    /// One file to write.
    struct File: Sendable, Hashable {
        var bytes: [UInt8]
        var mode: UInt32
    }

    let subject: ContainerEnvironment
    let volume: String

    /// The files by path; nil for a volume of another kind.
    func contents(of volume: JSONValue) throws(StartProblem) -> [String: File]? {
        if let projected = volume["projected"] {
            var files: [String: File] = [:]
            let mode = projected["defaultMode"]?.integer
            for source in projected["sources"]?.elements ?? [] {
                // Tokens and trust bundles come from an API server of their own; nothing here reads them.
                guard let more = try self.files(of: source, mode: mode) else { continue }
                files.merge(more) { $1 }
            }
            return files
        }
        return try files(of: volume, mode: nil)
    }

    private func files(of source: JSONValue, mode: Int?) throws(StartProblem) -> [String: File]? {
        if let map = source["configMap"] { return try entries(map, .configMap, map["name"]?.string ?? "", mode) }
        if let secret = source["secret"] {
            return try entries(secret, .secret, secret["secretName"]?.string ?? secret["name"]?.string ?? "", mode)
        }
        guard let fields = source["downwardAPI"] else { return nil }
        var files: [String: File] = [:]
        for item in fields["items"]?.elements ?? [] {
            let value: String?
            if let path = item[path: "fieldRef", "fieldPath"]?.string {
                value = PodFields.value(path, of: subject.pod, subject.facts)
            } else {
                value = PodFields.resource(
                    item["resourceFieldRef"] ?? .null, of: subject.pod, container: "", capacity: subject.capacity)
            }
            guard let value, let path = item["path"]?.string else {
                throw .volume(volume, "an item of downwardAPI names no known field")
            }
            files[path] = File(bytes: Array(value.utf8), mode: bits(item["mode"]?.integer ?? mode))
        }
        return files
    }

    private func entries(
        _ source: JSONValue, _ kind: ResourceKind, _ name: String, _ mode: Int?
    ) throws(StartProblem) -> [String: File] {
        let isOptional = source["optional"]?.bool == true
        let mode = source["defaultMode"]?.integer ?? mode
        guard let entries = subject.objects.entries(kind, subject.pod.key.namespace, name) else {
            if isOptional { return [:] }
            throw .volume(volume, "\(kind.kind.lowercased()) \"\(name)\" not found")
        }
        guard let items = source["items"]?.array else { return entries.mapValues { File(bytes: $0, mode: bits(mode)) } }
        var files: [String: File] = [:]
        for item in items {
            let key = item["key"]?.string ?? ""
            guard let bytes = entries[key] else {
                if isOptional { continue }
                throw .volume(volume, "\(kind.kind.lowercased()) \"\(name)\" has no key \"\(key)\"")
            }
            files[item["path"]?.string ?? key] = File(bytes: bytes, mode: bits(item["mode"]?.integer ?? mode))
        }
        return files
    }

    /// File mode bits; 0644 where nothing is said.
    private func bits(_ mode: Int?) -> UInt32 { UInt32(clamping: mode ?? 0o644) & 0o777 }
}
