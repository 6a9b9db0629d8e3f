import HTTPWire
import Routing

/// The line of the access log as a JSON object, written as bytes like the text.
extension RequestRecord {
    /// Appends the object, with Kthena's keys in Kthena's order.
    func appendObject(_ names: LineNames, _ clock: inout LineClock, to line: inout ByteWriter) {
        line.append(literal: "{\"timestamp\":\"")
        clock.append(startedAt, to: &line)
        line.append(literal: "\",\"method\":")
        line.append(quoted: method)
        line.append(literal: ",\"path\":")
        line.append(quoted: path)
        line.append(literal: ",\"protocol\":\"HTTP/")
        line.append(literal: isHTTP2 ? "2.0\"" : isOld ? "1.0\"" : "1.1\"")
        Self.append(",\"status_code\":", status, to: &line)
        if let failure {
            line.append(literal: ",\"error\":{\"type\":")
            line.append(quoted: failure.kind)
            line.append(literal: ",\"message\":")
            line.append(quoted: failure.message)
            line.append(literal: "}")
        }
        line.append(literal: ",\"model_name\":")
        line.append(quoted: loggedModel)
        line.append(contentsOf: names.route)
        appendUpstreamMembers(names, to: &line)
        let spent = loggedTimes
        Self.append(",\"duration_total\":", spent.total, to: &line)
        Self.append(",\"duration_request_processing\":", spent.request, to: &line)
        Self.append(",\"duration_upstream_processing\":", spent.upstream, to: &line)
        Self.append(",\"duration_response_processing\":", spent.response, to: &line)
        if let trace, trace.outgoing != nil {
            line.append(literal: ",\"trace_id\":\"")
            trace.context.appendTraceID(to: &line)
            line.append(literal: "\",\"span_id\":\"")
            line.append(hex: trace.context.span, digits: 16)
            line.append(literal: "\"")
        }
        line.append(literal: "}")
    }

    private func appendUpstreamMembers(_ names: LineNames, to line: inout ByteWriter) {
        if let selectedPod {
            line.append(literal: ",\"selected_pod\":")
            line.append(quoted: selectedPod)
        }
        line.append(literal: ",\"request_id\":")
        line.append(quoted: id)
        line.append(contentsOf: names.backend)
        if let upstreamStatus { Self.append(",\"upstream_status_code\":", upstreamStatus, to: &line) }
        if !attempts.isEmpty { Self.append(",\"upstream_attempts\":", attempts.count, to: &line) }
        if failure != nil {
            line.append(literal: ",\"error_origin\":")
            line.append(literal: attempts.isEmpty ? "\"router\"" : "\"upstream\"")
        }
        if let listener {
            line.append(literal: ",\"gateway\":")
            line.append(quoted: listener.gateway.description)
        }
        line.append(contentsOf: names.pool)
        let (tokensIn, tokensOut) = loggedTokens
        if tokensIn > 0 { Self.append(",\"input_tokens\":", tokensIn, to: &line) }
        if tokensOut > 0 { Self.append(",\"output_tokens\":", tokensOut, to: &line) }
    }

    private static func append(_ key: StaticString, _ number: Int, to line: inout ByteWriter) {
        line.append(literal: key)
        line.append(decimal: number)
    }
}
