import JSONValues

/// One request's record for people: what was asked, how each candidate was weighed, what was tried, and how it ended.
struct RequestPage {
    var record: JSONValue

    var text: String {
        [summary, candidates, attempts].compactMap(\.self).joined(separator: "\n\n")
    }

    private var summary: String {
        let tokens = record["tokens"]
        let reported = record["reported"]
        let spent = number(record["totalMilliseconds"]).map { "\($0) ms" }
        let first = number(record["timeToFirstTokenMilliseconds"]).map { "first byte after \($0) ms" }
        let rows: [(String, String?)] = [
            ("Request", record["requestID"]?.string),
            ("Asked", [record["method"]?.string, record["path"]?.string].compactMap(\.self).joined(separator: " ")),
            ("Model", record["model"]?.string), ("Route", record["route"]?.string),
            ("Sent to", record["server"]?.string.map { "\(record["backend"]?.string ?? "server") \($0)" }),
            ("Trace", record[path: "trace", "traceID"]?.string),
            ("Prompt", number(tokens?["prompt"]).map { "\($0) tokens (\(tokens?["source"]?.string ?? "estimate"))" }),
            ("Note", tokens?["note"]?.string),
            ("Chosen by", record["reason"]?.string), ("Pod", pods),
            ("Reported", reported.map { used($0) }),
            ("Took", [spent, first].compactMap(\.self).joined(separator: ", ")),
            ("Status", number(record["status"])), ("Error", record["error"]?.string),
        ]
        var table = TextTable(header: [])
        table.rows = rows.compactMap { name, value in value.flatMap { $0.isEmpty ? nil : ["\(name):", $0] } }
        return table.lines
    }

    private var pods: String? {
        let pods = [record["prefillPod"]?.string, record["pod"]?.string].compactMap(\.self)
        return pods.isEmpty ? nil : pods.joined(separator: " > ")
    }

    private func used(_ reported: JSONValue) -> String {
        let parts = [("prompt", "promptTokens"), ("cached", "cachedTokens"), ("completion", "completionTokens")]
        return parts.compactMap { name, key in number(reported[key]).map { "\(name) \($0)" } }.joined(separator: ", ")
    }

    /// Costs in milliseconds, or what plugins gave; nil where nothing is kept of how they were weighed.
    private var candidates: String? {
        guard let all = record["candidates"]?.elements, !all.isEmpty else { return nil }
        let parts = ["total", "queue", "prefill", "interference", "decode", "adapter", "pressure"]
        let plugins = Set(all.flatMap { $0["scores"]?.object?.map { $0.key } ?? [] }).subtracting(["total"]).sorted()
        let columns = plugins.isEmpty ? parts : ["total"] + plugins
        let member = plugins.isEmpty ? "costMilliseconds" : "scores"
        var table = TextTable(
            header: ["CANDIDATE", "ROLE"] + columns.map { $0.uppercased() } + ["CACHED", "LEFT OUT BECAUSE"])
        for candidate in all {
            let name = "\(candidate["namespace"]?.string ?? "")/\(candidate["pod"]?.string ?? "?")"
            let values = columns.map { number(candidate[member]?[$0]) ?? "-" }
            table.rows.append(
                [name, candidate["role"]?.string ?? "-"] + values
                    + [number(candidate["cachedTokens"]) ?? "-", candidate["because"]?.string ?? ""])
        }
        return "\(plugins.isEmpty ? "Costs in milliseconds" : "Scores"):\n\(table.text)"
    }

    private var attempts: String? {
        guard let all = record["attempts"]?.elements, !all.isEmpty else { return nil }
        var table = TextTable(header: ["ATTEMPT", "POD(S)", "OUTCOME", "STATUS", "AFTER"])
        for (index, attempt) in all.enumerated() {
            let pods = [attempt["prefillPod"]?.string, attempt["pod"]?.string].compactMap(\.self)
            table.rows.append([
                "\(index + 1)", pods.joined(separator: " > "), attempt["outcome"]?.string ?? "?",
                number(attempt["status"]) ?? "-", number(attempt["milliseconds"]).map { "\($0) ms" } ?? "-",
            ])
        }
        return table.text
    }

    /// A number with at most one digit behind the point.
    private func number(_ value: JSONValue?) -> String? {
        if let whole = value?.integer { return "\(whole)" }
        guard let value = value?.double, value.isFinite else { return nil }
        let tenths = (value * 10).rounded() / 10
        return tenths == tenths.rounded() ? "\(Int(tenths))" : "\(tenths)"
    }
}
