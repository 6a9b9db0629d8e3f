/// What route matching reads of a request.
package struct RouteQuery {
    package var model: String
    package var path: String
    /// In capitals, as it was sent.
    package var method: String
    /// What follows `?` in the request's target, without it.
    package var queryText: String
    /// The listener the request came in on; nil without the Gateway API.
    package var listener: ListenerID?
    /// The value of a header by its name, in any case; empty when absent.
    package var header: (String) -> String

    package init(
        model: String, path: String, method: String = "POST", queryText: String = "", listener: ListenerID? = nil,
        header: @escaping (String) -> String = { _ in "" }
    ) {
        self.model = model
        self.path = path
        self.method = method
        self.queryText = queryText
        self.listener = listener
        self.header = header
    }

    /// The first query parameter of a name, with its `%` escapes and `+` undone; nil when absent.
    func parameter(_ name: String) -> String? {
        for pair in queryText.split(separator: "&", omittingEmptySubsequences: true) {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let first = parts.first, Self.decoded(first) == name else { continue }
            return parts.count > 1 ? Self.decoded(parts[1]) : ""
        }
        return nil
    }

    private static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "+") {
                bytes.append(0x20)
            } else if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
