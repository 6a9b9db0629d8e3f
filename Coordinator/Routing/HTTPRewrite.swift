/// What a rule changes in the request it sends on.
package struct HTTPRewrite: Sendable, Hashable {
    /// A change of the path.
    package enum Path: Sendable, Hashable {
        case full(String)
        /// Instead of the prefix that the match names; nothing where the path was matched otherwise.
        case prefix(String)
    }

    /// The Host field that engines get.
    package var hostname: String?
    package var path: Path?

    package init(hostname: String? = nil, path: Path? = nil) {
        self.hostname = hostname
        self.path = path
    }

    /// The new path; nil where it stays.
    func path(for path: String, matched: HTTPMatch.Path) -> String? {
        switch self.path {
        case nil: return nil
        case .full(let new): return new
        case .prefix(let new):
            guard case .prefix(let old) = matched, let rest = Self.rest(of: path, after: old) else { return nil }
            let result = (new.hasSuffix("/") ? String(new.dropLast()) : new) + rest
            return result.isEmpty ? "/" : result
        }
    }

    /// What follows whole elements of a prefix, with its slash; nil where the path does not begin with them.
    static func rest(of path: String, after prefix: String) -> Substring? {
        let prefix = prefix.hasSuffix("/") ? prefix.dropLast() : prefix[...]
        guard path.utf8.starts(with: prefix.utf8) else { return nil }
        let rest = path[path.utf8.index(path.startIndex, offsetBy: prefix.utf8.count)...]
        return rest.isEmpty || rest.utf8.first == UInt8(ascii: "/") ? rest : nil
    }
}
