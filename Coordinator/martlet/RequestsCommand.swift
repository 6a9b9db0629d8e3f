import ArgumentParser
import Daemon
import JSONValues

/// `martlet requests`: where the last requests went and why.
struct RequestsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "requests", abstract: "Show where the last requests went, and why.",
        discussion: """
            With an id: every candidate of that request with its costs in milliseconds, and why others were left out.
            """)

    @OptionGroup var place: DataDirectory.Options

    @Argument(help: "A request's id (its x-request-id).")
    var id: String?

    @Option(help: "How many of the last requests.")
    var last = 20

    @Flag(name: .customLong("json"), help: "Print the request's record as it is.")
    var isJSON = false

    func run() async throws {
        let martlet = try RunningMartlet(try place.directory())
        if let id {
            let page = try await martlet.page("coordinator", "/debug/decisions/\(id)")
            StandardOutput.write(isJSON ? page.text(.pretty) : RequestPage(record: page).text)
            return
        }
        let page = try await martlet.page("coordinator", "/debug/decisions?last=\(last)")
        StandardOutput.write(Self.table(page["decisions"]?.elements ?? []))
    }

    static func table(_ decisions: [JSONValue]) -> String {
        if decisions.isEmpty { return "No request yet." }
        var table = TextTable(header: ["REQUEST", "MODEL", "POD(S)", "REASON", "PROMPT", "CACHED", "TTFT", "STATUS"])
        for decision in decisions {
            let pods = [decision["prefillPod"]?.string, decision["pod"]?.string].compactMap { $0 }
            let first = decision["timeToFirstTokenMilliseconds"]?.double.map { "\(Int($0.rounded())) ms" } ?? "-"
            let reported = decision["reported"]
            func count(_ value: JSONValue?) -> String { value?.integer.map { "\($0)" } ?? "-" }
            let isCut = decision["error"] != nil && (decision["status"]?.integer ?? 0) < 400
            table.rows.append([
                decision["requestID"]?.string ?? "?", decision["model"]?.string ?? "-",
                pods.isEmpty ? "-" : pods.joined(separator: " > "), decision["reason"]?.string ?? "-",
                count(reported?["promptTokens"] ?? decision[path: "tokens", "prompt"]),
                count(reported?["cachedTokens"]), first, count(decision["status"]) + (isCut ? ", cut off" : ""),
            ])
        }
        return table.text
    }
}
