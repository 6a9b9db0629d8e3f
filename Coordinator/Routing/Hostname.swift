/// A name that requests are for: exact, or `*.suffix`, which stands for any name below the suffix and not for the
/// suffix itself. Letter case does not count.
package struct Hostname: Sendable, Hashable, CustomStringConvertible {
    /// In lower case; of a wildcard the part from its dot on.
    private let text: String
    package let isWildcard: Bool

    /// Nil for the empty text, which stands for every name.
    package init?(_ text: String) {
        guard !text.isEmpty, text != "*" else { return nil }
        let lower = text.lowercased()
        isWildcard = lower.hasPrefix("*.")
        self.text = isWildcard ? String(lower.dropFirst()) : lower
    }

    package var description: String { isWildcard ? "*\(text)" : text }

    /// Letters that count when two wildcards both hold: the longer is meant.
    package var length: Int { text.utf8.count }

    /// Whether a request for `host`, in lower case and without a port, is for this name.
    package func holds(for host: String) -> Bool {
        guard isWildcard else { return host == text }
        return host.utf8.count > text.utf8.count && host.hasSuffix(text)
    }

    /// Whether some name is meant by both.
    package func meets(_ other: Hostname) -> Bool {
        switch (isWildcard, other.isWildcard) {
        case (false, false): text == other.text
        case (true, false): holds(for: other.text)
        case (false, true): other.holds(for: text)
        case (true, true): text.hasSuffix(other.text) || other.text.hasSuffix(text)
        }
    }

    /// The name in a Host field: lower case, without the port.
    package static func name(inHostField field: String) -> String {
        let field = field.lowercased()
        if field.hasPrefix("[") { return field.firstIndex(of: "]").map { String(field[...$0]) } ?? field }
        return field.firstIndex(of: ":").map { String(field[..<$0]) } ?? field
    }
}
