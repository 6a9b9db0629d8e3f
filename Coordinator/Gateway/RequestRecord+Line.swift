import AgentProtocol
import HTTPWire
import Routing

extension RequestRecord {
    /// The line of the access log, in the order and with the keys that Kthena's users grep for.
    var line: String {
        let proto = isOld ? "HTTP/1.0" : "HTTP/1.1"
        var line = "[\(Self.time(startedAt))] \"\(method) \(path) \(proto)\" \(status)"
        func add(_ key: String, _ value: String?) {
            if let value, !value.isEmpty { line += " \(key)=\(value)" }
        }
        add("error", failure.map { "\($0.kind):\($0.message)" })
        add("model_name", isKnownModel ? model : model.isEmpty ? nil : "unknown")
        let isHTTPRoute = match?.backend == .inferencePool
        if !isHTTPRoute { add("model_route", match?.route.description) }
        if match?.backend == .modelServer { add("model_server", match?.server.description) }
        add("selected_pod", serving?.endpoint.engine.pod)
        add("request_id", id)
        if let match {
            add("backend_type", match.backend.rawValue)
            add("backend_name", match.server.description)
            add("upstream_model", upstreamModel)
        }
        add("upstream_status_code", upstreamStatus.map(String.init))
        add("upstream_attempts", attempts.isEmpty ? nil : String(attempts.count))
        add("error_origin", failure.map { _ in attempts.isEmpty ? "router" : "upstream" })
        add("gateway", listener?.gateway.description)
        if isHTTPRoute {
            add("http_route", match?.route.description)
            add("inference_pool", match?.server.description)
        }
        if match != nil { add("tokens", "\(usage?.promptTokens ?? promptTokens)/\(usage?.completionTokens ?? 0)") }
        let sent = sentAt ?? endedAt
        let head = headAt ?? endedAt
        line += " timings=\(Int(endedAt))ms(\(Int(sent))+\(Int(max(0, head - sent)))+\(Int(max(0, endedAt - head))))"
        return line
    }

    /// RFC 3339 with nanoseconds, of microseconds since 1970.
    static func time(_ microseconds: Int64) -> String {
        let seconds = microseconds / 1_000_000
        let days = seconds / 86_400
        // Days to a date by counting 400-year cycles that begin in March.
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthIndex = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthIndex + 2) / 5 + 1
        let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        func pad(_ value: Int64, _ width: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
        }
        let date = "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))"
        let clock = "\(pad(seconds % 86_400 / 3_600, 2)):\(pad(seconds % 3_600 / 60, 2)):\(pad(seconds % 60, 2))"
        return "\(date)T\(clock).\(pad(microseconds % 1_000_000 * 1_000, 9))Z"
    }
}
