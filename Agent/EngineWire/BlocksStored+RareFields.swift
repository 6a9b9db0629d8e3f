/// Fields of a stored run that most runs do not have.
struct RareFields: Sendable, Hashable {
    var adapterNumber: Int?
    var adapterName: String?
    var slidingWindow: Int?
    var locality: String?
    var ownership: String?
    var sessionID: String?
    var lookaheadTokenIDs: [[UInt32]]?
    var salt: String?
}

extension BlocksStored {
    /// The rare fields in one piece; empty ones take no room.
    private var rareFields: RareFields {
        get { rare.first ?? RareFields() }
        set { rare = newValue == RareFields() ? [] : [newValue] }
    }

    /// The number of the adapter; names no adapter outside this engine.
    package var adapterNumber: Int? {
        get { rare.first?.adapterNumber }
        set { rareFields.adapterNumber = newValue }
    }

    /// The name of the adapter.
    package var adapterName: String? {
        get { rare.first?.adapterName }
        set { rareFields.adapterName = newValue }
    }

    /// Tokens of a sliding window.
    package var slidingWindow: Int? {
        get { rare.first?.slidingWindow }
        set { rareFields.slidingWindow = newValue }
    }

    /// `LOCAL` or `REMOTE`, relative to the publisher.
    package var locality: String? {
        get { rare.first?.locality }
        set { rareFields.locality = newValue }
    }

    /// The second tier the run is in.
    package var ownership: String? {
        get { rare.first?.ownership }
        set { rareFields.ownership = newValue }
    }

    /// The `X-Session-ID` of the request.
    package var sessionID: String? {
        get { rare.first?.sessionID }
        set { rareFields.sessionID = newValue }
    }

    /// Tokens behind each block that entered its hash.
    package var lookaheadTokenIDs: [[UInt32]]? {
        get { rare.first?.lookaheadTokenIDs }
        set { rareFields.lookaheadTokenIDs = newValue }
    }

    /// The salt of the request where the engine tells it by itself (SGLang); vLLM has it among `extraKeys`.
    package var salt: String? {
        get { rare.first?.salt }
        set { rareFields.salt = newValue }
    }
}
