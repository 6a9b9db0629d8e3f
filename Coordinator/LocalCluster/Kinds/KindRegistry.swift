package import JSONValues
import KubernetesAPI

/// Every kind that is served now: the built-in ones and those of the stored definitions.
///
/// 1. A (group, version, plural) names at most one kind.
/// 2. Built-in kinds win: a definition cannot take the place of one.
package struct KindRegistry: Sendable {
    private struct Path: Hashable {
        var group: String
        var version: String
        var plural: String
    }

    private var byPath: [Path: ServedKind] = [:]
    /// In the order of discovery: built-in ones first, then by group.
    package private(set) var kinds: [ServedKind] = []

    /// The built-in kinds alone.
    package init() {
        for kind in BuiltInKinds.all { add(kind) }
    }

    /// The built-in kinds and those of definitions; a definition that cannot be served is left out.
    package init(definitions: [JSONValue]) {
        self.init()
        let custom = definitions.flatMap { (try? CustomKinds.kinds(of: $0)) ?? [] }
        for kind in custom.sorted(by: { ($0.kind.group, $0.kind.plural) < ($1.kind.group, $1.kind.plural) }) {
            add(kind)
        }
    }

    package subscript(group: String, version: String, plural: String) -> ServedKind? {
        byPath[Path(group: group, version: version, plural: plural)]
    }

    /// The kind an object says it is.
    package func kind(apiVersion: String, kind: String) -> ServedKind? {
        kinds.first { $0.kind.apiVersion == apiVersion && $0.kind.kind == kind }
    }

    /// A kind by where it is stored; of several versions the one objects are stored in.
    package func kind(stored storage: StorageName) -> ServedKind? {
        kinds.first { $0.storage == storage && $0.storageAPIVersion == $0.kind.apiVersion }
    }

    /// Groups in the order of discovery; the core group is the empty name.
    package var groups: [String] {
        var seen: Set<String> = []
        return kinds.map(\.kind.group).filter { seen.insert($0).inserted }
    }

    /// Versions of a group, the preferred one first.
    package func versions(of group: String) -> [String] {
        var seen: Set<String> = []
        return kinds.filter { $0.kind.group == group }.map(\.kind.version).filter { seen.insert($0).inserted }
    }

    package func kinds(group: String, version: String) -> [ServedKind] {
        kinds.filter { $0.kind.group == group && $0.kind.version == version }
    }

    private mutating func add(_ kind: ServedKind) {
        let path = Path(group: kind.kind.group, version: kind.kind.version, plural: kind.kind.plural)
        guard byPath[path] == nil else { return }
        byPath[path] = kind
        kinds.append(kind)
    }
}
