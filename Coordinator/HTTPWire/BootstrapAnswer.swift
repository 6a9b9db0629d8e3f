/// What a prefill engine's bootstrap server says of it: `{"<rank>": {"engine_id": "…", …}, …}`.
package enum BootstrapAnswer {
    /// Ranks of one engine; an answer with more is none.
    package static let ranksMax = 1_024

    /// Engine ids by data-parallel rank; nil when the answer is something else or names no engine.
    package static func engineIDs(in response: Span<UInt8>) -> [Int: String]? {
        guard (try? JSONMembers.scan(response)) != nil,
            let open = ByteSearch.first(UInt8(ascii: "{"), in: response, from: 0)
        else { return nil }
        var ids: [Int: String] = [:]
        var ranks = JSONCursor(open..<response.count)
        while let (name, value) = ranks.member(in: response) {
            guard let rank = Int(String(decoding: response.extracting(name).copied, as: UTF8.self)),
                ids.count < ranksMax, let id = engineID(in: value, response)
            else { return nil }
            ids[rank] = id
        }
        return ids.isEmpty ? nil : ids
    }

    private static func engineID(in entry: Range<Int>, _ response: Span<UInt8>) -> String? {
        guard response[entry.lowerBound] == UInt8(ascii: "{") else { return nil }
        var members = JSONCursor(entry)
        while let (name, value) = members.member(in: response) {
            guard JSONText.isName("engine_id", name, in: response), value.count > 2,
                response[value.lowerBound] == UInt8(ascii: "\"")
            else { continue }
            let inside = value.lowerBound + 1..<value.upperBound - 1
            return JSONText.unescape(response, inside).map { String(decoding: $0, as: UTF8.self) }
        }
        return nil
    }
}
