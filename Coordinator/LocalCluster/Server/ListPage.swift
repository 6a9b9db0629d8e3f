import JSONValues
import KubernetesAPI

/// One page of a list.
///
/// 1. Every page of one list carries the version of its first page, so a watch from it repeats whatever changed
///    between.
struct ListPage {
    var objects: [StoredObject]
    var version: Int64
    /// The token that asks for the next page; nil on the last.
    var continuation: String?
    var remaining: Int

    /// Cuts a page out of everything a list selects. Throws BadRequest for a token this server did not make.
    init(
        _ all: [(key: ObjectKey, stored: StoredObject)], version current: Int64, _ request: APIRequest
    ) throws(APIStatus) {
        var rest = all[...]
        version = current
        if let token = request.query["continue"] {
            guard let (first, last) = ListPage.position(token) else {
                throw .badRequest("the continue token is not one of this server; list again without it")
            }
            rest = rest.drop { $0.key <= last }
            version = first
        }
        let limit = request.query.integer("limit") ?? 0
        let page = limit > 0 ? rest.prefix(limit) : rest
        objects = page.map(\.stored)
        remaining = rest.count - page.count
        guard remaining > 0, let last = page.last?.key else { return }
        continuation = "\(version):\(last.namespace)/\(last.name)"
    }

    /// The version of the first page and the last key of the page before, from a token `VERSION:NAMESPACE/NAME`.
    private static func position(_ token: String) -> (version: Int64, last: ObjectKey)? {
        let parts = token.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, let version = Int64(parts[0]) else { return nil }
        let names = parts[1].split(separator: "/", omittingEmptySubsequences: false)
        guard names.count == 2 else { return nil }
        return (version, ObjectKey(namespace: String(names[0]), name: String(names[1])))
    }
}
