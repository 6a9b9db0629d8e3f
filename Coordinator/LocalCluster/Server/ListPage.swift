import JSONValues
import KubernetesAPI

/// One page of a list.
///
/// 1. Every page of one list is of the state its first page was of; where that is no longer known the client is told to
///    begin again (410), with a token that goes on in the state of now.
struct ListPage {
    var objects: [StoredObject]
    var version: Int64
    /// The token that asks for the next page; nil on the last.
    var continuation: String?
    var remaining: Int

    /// Where a list goes on. Its text is `VERSION:NAMESPACE/NAME`; the version is -1 where any state will do.
    struct Token {
        var version: Int64
        var last: ObjectKey

        /// Throws BadRequest for a text this server did not make.
        init(_ text: String) throws(APIStatus) {
            let parts = text.split(separator: ":", maxSplits: 1)
            let names = parts.last?.split(separator: "/", omittingEmptySubsequences: false) ?? []
            guard parts.count == 2, let version = Int64(parts[0]), names.count == 2 else {
                throw .badRequest("the continue token is not one of this server; list again without it")
            }
            self.version = version
            last = ObjectKey(namespace: String(names[0]), name: String(names[1]))
        }

        static func text(_ version: Int64, _ last: ObjectKey) -> String { "\(version):\(last.namespace)/\(last.name)" }
    }

    /// Cuts a page out of what a request selects. Throws Gone (410) for a token or a version that is too old.
    init(_ store: ObjectStore, _ selection: Selection, _ request: APIRequest) throws(APIStatus) {
        let token = try request.query["continue"].map { text throws(APIStatus) in try Token(text) }
        let wanted: Int64? = if let token { token.version } else { try ListPage.version(of: request, store) }
        var rest: ArraySlice<(key: ObjectKey, stored: StoredObject)>
        do {
            let (all, version) = try store.list(selection, at: wanted.flatMap { $0 < 0 ? nil : $0 })
            self.version = version
            rest = all[...]
        } catch {
            throw token.map(ListPage.expired) ?? error
        }
        if let token { rest = rest.drop { $0.key <= token.last } }
        let limit = request.query.integer("limit") ?? 0
        let page = limit > 0 ? rest.prefix(limit) : rest
        objects = page.map(\.stored)
        remaining = rest.count - page.count
        guard remaining > 0, let last = page.last?.key else { return }
        continuation = Token.text(version, last)
    }

    /// The state a request asks for by name; nil for the current one.
    private static func version(of request: APIRequest, _ store: ObjectStore) throws(APIStatus) -> Int64? {
        guard let text = request.query["resourceVersion"], text != "0" else { return nil }
        guard let version = Int64(text) else { throw .badRequest("resourceVersion \"\(text)\" is not a number") }
        let current = store.version
        if version > current {
            throw APIStatus(
                code: 504, reason: .timeout, message: "Too large resource version: \(version), current: \(current)")
        }
        return request.query["resourceVersionMatch"] == "Exact" ? version : nil
    }

    private static func expired(_ token: Token) -> APIStatus {
        APIStatus(
            code: 410, reason: .expired,
            message: "The provided continue parameter is too old to display a consistent list result. List again "
                + "without it, or go on with the token of this answer to get the rest as it is now.",
            continuation: Token.text(-1, token.last))
    }
}
