/// Where the legs of one request meet as SGLang's engines do: at the prefill engine's bootstrap server, in a room for
/// each prompt and sample, which no other request ever uses.
package struct BootstrapRooms: Sendable, Hashable {
    /// Prompts times samples of one request; a larger one is refused.
    package static let roomsMax = 1_024

    private static let members: [JSONMembers.Key] = [.bootstrapHost, .bootstrapPort, .bootstrapRoom]

    private let host: String
    private let port: Int
    /// Each from 0 to 2⁶³ − 1.
    private let rooms: [UInt64]
    /// The engine takes a list for each of the members where the request is several.
    private let isList: Bool

    /// Rooms for a request that `count` says needs that many, or one; `draw` gives a random number at each call.
    package init(host: String, port: Int, count: Int?, draw: () -> UInt64) {
        precondition(count ?? 1 <= Self.roomsMax, "BootstrapRooms has no room for \(count ?? 1) prompts")
        self.host = host
        self.port = port
        isList = count != nil
        rooms = (0..<(count ?? 1)).map { _ in draw() >> 1 }
    }

    /// Sets the members of both legs' bodies; whatever the client sent under these names is replaced.
    package func set(in edits: inout JSONEdits) {
        let port = String(self.port)
        let host = String(decoding: JSONText.quoted(self.host), as: UTF8.self)
        for (key, values) in zip(
            Self.members, [rooms.map { _ in host }, rooms.map { _ in port }, rooms.map { String($0) }])
        {
            edits.set(key, Array((isList ? "[\(values.joined(separator: ","))]" : values[0]).utf8))
        }
    }

    /// How many rooms a request needs as a list, its prompts times the samples of each; nil for a plain one.
    package static func count(of body: Span<UInt8>, _ members: JSONMembers) -> Int? {
        let samples = max(1, members.integer(.n, in: body) ?? 1)
        var prompts = 1
        var isList = samples > 1
        if let prompt = members[.prompt], prompt.kind == .array {
            var elements = JSONCursor(prompt.value)
            // A list of numbers is one prompt, given as tokens.
            if let first = elements.element(in: body),
                body[first.lowerBound] == UInt8(ascii: "\"")
                    || body[first.lowerBound] == UInt8(ascii: "[")
            {
                isList = true
                while prompts <= roomsMax, elements.element(in: body) != nil { prompts += 1 }
            }
        }
        guard isList else { return nil }
        let (count, isTooMuch) = prompts.multipliedReportingOverflow(by: samples)
        return isTooMuch ? .max : count
    }
}
