package import JSONValues

extension RouterConfiguration {
    /// Every problem of a file that cannot be used.
    package struct Invalid: Error, Sendable, Hashable, CustomStringConvertible {
        /// One sentence each.
        package var problems: [FieldProblem]
        package var description: String { problems.map(\.description).joined(separator: "; ") }
    }

    static let filterNames = ["least-request", "lora-affinity"]
    static let scoreNames = [
        "least-request", "gpu-usage", "least-latency", "prefix-cache", "kvcache-aware", "random",
    ]
    private static let affinitySourcesMax = 8

    /// Reads a file's document. Unknown plugins and arguments are passed over with a warning; a value that cannot be
    /// used makes the whole file unusable.
    package init(_ document: JSONValue) throws(Invalid) {
        self.init()
        var problems: [FieldProblem] = []
        guard document.object != nil else {
            throw Invalid(problems: [.wrongType("", document, expected: "object")])
        }
        let scheduler = document["scheduler"] ?? .null
        if !scheduler.isNull, scheduler.object == nil {
            problems.append(.wrongType("scheduler", scheduler, expected: "object"))
        }
        readPlugins(scheduler["plugins"], &problems)
        readArguments(scheduler["pluginConfig"], &problems)
        readAffinity(scheduler["sessionAffinity"], &problems)
        readLocalPrefill(scheduler["localPrefillTokens"], &problems)
        readAuth(document["auth"], &problems)
        if sessionAffinity != nil, plugins != nil {
            warnings.append(
                "scheduler.sessionAffinity has no effect beside scheduler.plugins, which know no sessions; "
                    + "remove one of them.")
        }
        if localPrefillTokens != nil, plugins != nil {
            warnings.append(
                "scheduler.localPrefillTokens has no effect beside scheduler.plugins, which always choose pairs; "
                    + "remove one of them.")
        }
        guard problems.isEmpty else { throw Invalid(problems: problems) }
    }

    private mutating func readPlugins(_ value: JSONValue?, _ problems: inout [FieldProblem]) {
        guard let value, !value.isNull else { return }
        guard value.object != nil else {
            return problems.append(.wrongType("scheduler.plugins", value, expected: "object"))
        }
        let disabled = Self.names(value[path: "Filter", "disabled"], at: "scheduler.plugins.Filter.disabled", &problems)
        let enabled = Self.names(value[path: "Filter", "enabled"], at: "scheduler.plugins.Filter.enabled", &problems)
        let filters = enabled.filter { name in
            if !Self.filterNames.contains(name) { warn(name, isFilter: true) }
            return Self.filterNames.contains(name) && !disabled.contains(name)
        }
        let path = "scheduler.plugins.Score.enabled"
        var scores: [Score] = []
        let list = value[path: "Score", "enabled"] ?? .null
        if !list.isNull, list.array == nil { problems.append(.wrongType(path, list, expected: "array")) }
        for (index, entry) in list.elements.enumerated() {
            guard let name = entry["name"]?.string else {
                problems.append(.required("\(path)[\(index)].name"))
                continue
            }
            let weight = entry["weight"] ?? 1
            guard let number = weight.integer else {
                problems.append(.wrongType("\(path)[\(index)].weight", weight, expected: "integer"))
                continue
            }
            if number < 0 { warnings.append("The score \(name) has the weight \(number), which counts as 0.") }
            guard Self.scoreNames.contains(name) else {
                warn(name, isFilter: false)
                continue
            }
            scores.append(Score(name: name, weight: max(0, number)))
        }
        if scores.count > 1, scores.contains(where: { $0.name == "random" }) {
            warnings.append("The score random counts only where it is the only one; it is left out.")
            if scores.contains(where: { $0.name != "random" }) { scores.removeAll { $0.name == "random" } }
        }
        plugins = Plugins(filters: filters, scores: scores)
    }

    private mutating func warn(_ name: String, isFilter: Bool) {
        let known = (isFilter ? Self.filterNames : Self.scoreNames).joined(separator: ", ")
        warnings.append(
            "\(isFilter ? "The filter" : "The score") \(name) is not known and left out; known are \(known).")
    }

    private static func names(_ value: JSONValue?, at path: String, _ problems: inout [FieldProblem]) -> [String] {
        guard let value, !value.isNull else { return [] }
        guard let list = value.array else {
            problems.append(.wrongType(path, value, expected: "array"))
            return []
        }
        return list.enumerated().compactMap { index, element in
            if element.string == nil {
                problems.append(.wrongType("\(path)[\(index)]", element, expected: "string"))
            }
            return element.string
        }
    }

    private mutating func readAffinity(_ value: JSONValue?, _ problems: inout [FieldProblem]) {
        guard let value, !value.isNull else { return }
        let path = "scheduler.sessionAffinity"
        var sources: [SessionAffinity.Source] = []
        for (index, entry) in (value["sources"]?.elements ?? []).prefix(Self.affinitySourcesMax).enumerated() {
            switch (entry["header"]?.string, entry["cookie"]?.string, entry["query"]?.string, entry["claim"]?.string) {
            case (let name?, nil, nil, nil) where !name.isEmpty: sources.append(.header(name))
            case (nil, let name?, nil, nil) where !name.isEmpty: sources.append(.cookie(name))
            case (nil, nil, let name?, nil) where !name.isEmpty: sources.append(.query(name))
            case (nil, nil, nil, let name?) where !name.isEmpty: sources.append(.claim(name))
            default:
                problems.append(
                    .invalid("\(path).sources[\(index)]", entry, "name one of header, cookie, query and claim"))
            }
        }
        if sources.isEmpty && problems.isEmpty {
            problems.append(.required("\(path).sources", "say where a session's name is read from"))
        }
        var affinity = SessionAffinity(sources: sources)
        if let limit = value["yieldMilliseconds"], !limit.isNull {
            if let number = limit.double, number >= 0 {
                affinity.yieldMilliseconds = number
            } else {
                problems.append(.invalid("\(path).yieldMilliseconds", limit, "must be a number from 0"))
            }
        }
        sessionAffinity = affinity
    }

    private mutating func readLocalPrefill(_ value: JSONValue?, _ problems: inout [FieldProblem]) {
        guard let value, !value.isNull else { return }
        if let number = value.integer, number >= 0 {
            localPrefillTokens = number
        } else {
            problems.append(.invalid("scheduler.localPrefillTokens", value, "must be a whole number from 0"))
        }
    }

    private mutating func readAuth(_ value: JSONValue?, _ problems: inout [FieldProblem]) {
        guard let value, !value.isNull else { return }
        guard value.object != nil else { return problems.append(.wrongType("auth", value, expected: "object")) }
        for name in ["issuer", "jwksUri"] {
            if let text = value[name], !text.isNull, text.string == nil {
                problems.append(.wrongType("auth.\(name)", text, expected: "string"))
            }
        }
        if let uri = value["jwksUri"]?.string, !uri.isEmpty, !uri.hasPrefix("https://"), !uri.hasPrefix("http://") {
            problems.append(.invalid("auth.jwksUri", .string(uri), "must begin with https:// or http://"))
        }
        if let takes = value["apiKeys"], !takes.isNull, takes.bool == nil {
            problems.append(.wrongType("auth.apiKeys", takes, expected: "boolean"))
        }
        let audiences = Self.names(value["audiences"], at: "auth.audiences", &problems)
        auth = Auth(
            issuer: value["issuer"]?.string ?? "", audiences: audiences, jwksURI: value["jwksUri"]?.string ?? "",
            takesAPIKeys: value["apiKeys"]?.bool ?? false)
    }
}
