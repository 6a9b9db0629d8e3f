import AgentProtocol
import HTTPWire
import Routing

/// The line of the access log as a text. It is bytes from the start, because as a `String` it cost a fifth of all that
/// a request does here.
extension RequestRecord {
    /// Letters of a model's name in a line.
    static let modelLettersMax = 256

    /// Appends the line, in the order and with the keys that Kthena's users grep for.
    func appendLine(_ names: LineNames, _ clock: inout LineClock, to line: inout ByteWriter) {
        line.append(UInt8(ascii: "["))
        clock.append(startedAt, to: &line)
        line.append(literal: "] \"")
        line.append(text: method)
        line.append(0x20)
        line.append(text: path)
        line.append(literal: isHTTP2 ? " HTTP/2.0\" " : isOld ? " HTTP/1.0\" " : " HTTP/1.1\" ")
        line.append(decimal: status)
        if let failure {
            line.append(literal: " error=")
            line.append(text: failure.kind)
            line.append(UInt8(ascii: ":"))
            line.append(visible: failure.message)
        }
        if !model.isEmpty {
            line.append(literal: " model_name=")
            line.append(visible: loggedModel)
        }
        line.append(contentsOf: names.route)
        appendUpstream(names, to: &line)
        appendTimings(to: &line)
        if let trace, trace.outgoing != nil {
            line.append(literal: " trace_id=")
            trace.context.appendTraceID(to: &line)
            line.append(literal: " span_id=")
            line.append(hex: trace.context.span, digits: 16)
        }
    }

    private func appendUpstream(_ names: LineNames, to line: inout ByteWriter) {
        if let selectedPod {
            line.append(literal: " selected_pod=")
            line.append(text: selectedPod)
        }
        line.append(literal: " request_id=")
        line.append(text: id)
        line.append(contentsOf: names.backend)
        if let upstreamStatus {
            line.append(literal: " upstream_status_code=")
            line.append(decimal: upstreamStatus)
        }
        if !attempts.isEmpty {
            line.append(literal: " upstream_attempts=")
            line.append(decimal: attempts.count)
        }
        if failure != nil { line.append(literal: attempts.isEmpty ? " error_origin=router" : " error_origin=upstream") }
        if let listener {
            line.append(literal: " gateway=")
            line.append(text: listener.gateway.namespace)
            line.append(UInt8(ascii: "/"))
            line.append(text: listener.gateway.name)
        }
        line.append(contentsOf: names.pool)
        let (tokensIn, tokensOut) = loggedTokens
        if tokensIn > 0 || tokensOut > 0 {
            line.append(literal: " tokens=")
            line.append(decimal: tokensIn)
            line.append(UInt8(ascii: "/"))
            line.append(decimal: tokensOut)
        }
    }

    private func appendTimings(to line: inout ByteWriter) {
        let spent = loggedTimes
        line.append(literal: " timings=")
        line.append(decimal: spent.total)
        line.append(literal: "ms(")
        line.append(decimal: spent.request)
        line.append(UInt8(ascii: "+"))
        line.append(decimal: spent.upstream)
        line.append(UInt8(ascii: "+"))
        line.append(decimal: spent.response)
        line.append(UInt8(ascii: ")"))
    }

    // What both forms of the log say.

    /// The request's model, cut where it is no name of a model.
    var loggedModel: String { isKnownModel ? model : String(model.prefix(Self.modelLettersMax)) }

    /// The pod that served the request, else the one that failed last.
    var selectedPod: String? {
        guard match?.backend != .externalProvider, !attempts.isEmpty else { return nil }
        return attempts[servingIndex ?? attempts.count - 1].endpoint.engine.pod
    }

    /// Tokens in and out: as the engine reports them, else what was estimated of the prompt.
    var loggedTokens: (input: Int, output: Int) {
        guard match != nil else { return (0, 0) }
        return (usage?.promptTokens ?? promptTokens, usage?.completionTokens ?? 0)
    }

    /// Whole milliseconds.
    var loggedTimes: (total: Int, request: Int, upstream: Int, response: Int) {
        let sent = sentAt ?? endedAt
        let head = headAt ?? endedAt
        return (Int(endedAt), Int(sent), Int(max(0, head - sent)), Int(max(0, endedAt - head)))
    }
}
