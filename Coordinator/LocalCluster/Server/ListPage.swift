import JSONValues
import KubernetesAPI

/// One page of a list.
///
/// 1. Every page of one list carries the version of its first page, so a watch from it repeats whatever changed between.
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
            guard let bytes = Base64.decode(token), let json = try? JSONValue.parse(bytes),
                let first = json["version"]?.integer, let name = json["name"]?.string
            else { throw .badRequest("the continue token is not one of this server; list again without it") }
            let last = ObjectKey(namespace: json["namespace"]?.string ?? "", name: name)
            rest = rest.drop { $0.key <= last }
            version = Int64(first)
        }
        let limit = request.query.integer("limit") ?? 0
        let page = limit > 0 ? rest.prefix(limit) : rest
        objects = page.map(\.stored)
        remaining = rest.count - page.count
        guard remaining > 0, let last = page.last?.key else { return }
        let token: JSONValue = [
            "version": .integer(version), "namespace": .string(last.namespace), "name": .string(last.name),
        ]
        continuation = Base64.encode(token.bytes())
    }
}
