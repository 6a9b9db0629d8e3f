import HTTPWire

/// What becomes of the traces that requests belong to.
package enum TracePolicy: String, Sendable, CaseIterable {
    /// Trace fields pass as they came: engines continue the client's trace as if there were no router.
    case forward
    /// The router is a span of the client's trace. A malformed trace is replaced by a new one.
    case join
    /// The same, and a request without a trace begins one.
    case start
}

/// The trace of one request.
struct RequestTrace: Sendable {
    /// How upstreams are told of it.
    enum Telling: Sendable {
        /// By the client's own words.
        case passes
        case joined
        /// It is another trace than the client's.
        case begun
    }

    /// Its span is the router's own, or the client's where trace fields only pass.
    var context: TraceContext
    /// The client's span; nil where there was none or it only passes.
    var parent: UInt64?
    var telling: Telling

    /// What upstreams are told instead of the client's own words; vendors' state goes with the trace that is replaced.
    var outgoing: OutgoingTrace? {
        switch telling {
        case .passes: nil
        case .joined: OutgoingTrace(context)
        case .begun: OutgoingTrace(context, dropsState: true)
        }
    }
}

extension Exchange {
    /// Makes the request a part of its client's trace, or of a new one, as far as the configuration asks for that.
    /// Attempts and legs are all sent from the one span.
    func joinTrace() {
        let policy = configuration.traces
        switch head.fields.trace {
        case .absent: if policy == .start { beginTrace() }
        case .malformed: if policy != .forward { beginTrace() }
        case .valid(let client):
            record.trace =
                policy == .forward
                ? RequestTrace(context: client, telling: .passes)
                : RequestTrace(
                    context: client.from(span: context.random.next()), parent: client.span, telling: .joined)
        }
    }

    private func beginTrace() {
        let begun = TraceContext(
            high: context.random.next(), low: context.random.next(), span: context.random.next())
        record.trace = RequestTrace(context: begun, telling: .begun)
    }
}
