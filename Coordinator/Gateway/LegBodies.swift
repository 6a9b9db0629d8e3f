import HTTPWire

/// What each leg's request body is made of the client's.
struct LegBodies {
    let body: [UInt8]
    let members: JSONMembers
    let surface: Surface
    /// The engines' name of the model; nil when the client's stays.
    let model: String?
    /// Ask a streaming engine for its usage although the client did not.
    let asksForUsage: Bool
    /// The engines take prompts over from each other, so that what the client says of transfers never reaches them: a
    /// decode engine dies of an incomplete object.
    let isDisaggregated: Bool

    private static let one = [UInt8(ascii: "1")]
    private static let transferMembers: [JSONMembers.Key] = [
        .kvTransferParams, .bootstrapHost, .bootstrapPort, .bootstrapRoom,
    ]

    private var base: JSONEdits {
        var edits = JSONEdits()
        if let model { edits.set(.model, JSONText.quoted(model)) }
        guard isDisaggregated else { return edits }
        for member in Self.transferMembers where members[member] != nil { edits.remove(member) }
        return edits
    }

    /// The body for an engine that answers the client alone.
    var answering: [UInt8] { streamed(base) }

    /// The body for the decode engine of a pair, with the object that says where the prompt's cache is.
    func decode(_ parameters: [UInt8]?) -> [UInt8] {
        var edits = base
        if let parameters { edits.set(.kvTransferParams, parameters) }
        return streamed(edits)
    }

    /// The same where the legs meet in rooms.
    func decode(in rooms: BootstrapRooms) -> [UInt8] {
        var edits = base
        rooms.set(in: &edits)
        return streamed(edits)
    }

    /// The body for the prefill engine of a pair: one token, not streamed.
    func prefill(_ parameters: [UInt8]?) -> [UInt8] {
        var edits = prefill
        if let parameters { edits.set(.kvTransferParams, parameters) }
        return edits.apply(to: body.span, members)
    }

    /// The same where the legs meet in rooms.
    func prefill(in rooms: BootstrapRooms) -> [UInt8] {
        var edits = prefill
        rooms.set(in: &edits)
        return edits.apply(to: body.span, members)
    }

    private var prefill: JSONEdits {
        var edits = base
        for member in [JSONMembers.Key.stream, .streamOptions, .minTokens, .minCompletionTokens] {
            edits.remove(member)
        }
        if surface == .responses {
            edits.set(.maxOutputTokens, Self.one)
        } else {
            edits.set(.maxTokens, Self.one)
        }
        if members[.maxCompletionTokens] != nil { edits.set(.maxCompletionTokens, Self.one) }
        return edits
    }

    private func streamed(_ edits: JSONEdits) -> [UInt8] {
        var edits = edits
        if asksForUsage { edits.set(.streamOptions, Array("{\"include_usage\":true}".utf8)) }
        return edits.isEmpty ? body : edits.apply(to: body.span, members)
    }
}
