import HTTPWire
import Routing

/// What each leg's request body is made of the client's.
struct LegBodies {
    let body: [UInt8]
    let members: JSONMembers
    /// The engines' name of the model; nil when the client's stays.
    let model: String?
    /// Ask a streaming engine for its usage although the client did not.
    let asksForUsage: Bool

    private var base: JSONEdits {
        var edits = JSONEdits()
        if let model { edits.set(.model, JSONText.quoted(model)) }
        return edits
    }

    /// The body for an engine that answers the client.
    var answering: [UInt8] { edited(base) }

    /// The body for the decode engine of a pair. Whatever transfer parameters the client sent are replaced: a decode
    /// engine dies of incomplete ones.
    func decode(_ parameters: [UInt8]?) -> [UInt8] {
        var edits = base
        if let parameters { edits.set(.kvTransferParams, parameters) } else { edits.remove(.kvTransferParams) }
        return edited(edits)
    }

    /// The body for the prefill engine of a pair: one token, not streamed.
    func prefill(_ connector: TargetServer.Connector) -> [UInt8] {
        var edits = base
        edits.remove(.stream)
        edits.remove(.streamOptions)
        edits.remove(.minTokens)
        edits.remove(.minCompletionTokens)
        edits.set(.maxTokens, [UInt8(ascii: "1")])
        if members[.maxCompletionTokens] != nil { edits.set(.maxCompletionTokens, [UInt8(ascii: "1")]) }
        if connector.relaysParameters {
            edits.set(.kvTransferParams, TransferParameters.prefill)
        } else {
            edits.remove(.kvTransferParams)
        }
        return edits.apply(to: body.span, members)
    }

    private func edited(_ edits: JSONEdits) -> [UInt8] {
        var edits = edits
        if asksForUsage { edits.set(.streamOptions, Array("{\"include_usage\":true}".utf8)) }
        return edits.isEmpty ? body : edits.apply(to: body.span, members)
    }
}
