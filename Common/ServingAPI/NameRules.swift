/// The forms names must have in Kubernetes.
package enum NameRules {
    /// Longest label of a DNS name.
    package static let labelBytesMax = 63

    /// Lower-case letters, digits and inner dashes, starting with a letter (RFC 1035), at most 63 bytes.
    package static func isDNS1035Label(_ text: String) -> Bool {
        guard let first = text.utf8.first, isLower(first) else { return false }
        return isDNS1123Label(text)
    }

    /// Lower-case letters, digits and inner dashes, starting with a letter or digit (RFC 1123), at most 63 bytes.
    package static func isDNS1123Label(_ text: String) -> Bool {
        guard let first = text.utf8.first, let last = text.utf8.last, text.utf8.count <= labelBytesMax else {
            return false
        }
        return isLowerOrDigit(first) && isLowerOrDigit(last)
            && text.utf8.allSatisfy { isLowerOrDigit($0) || $0 == UInt8(ascii: "-") }
    }

    /// Labels of RFC 1123 joined by dots, at most 253 bytes: the name of most objects.
    package static func isDNS1123Subdomain(_ text: String) -> Bool {
        text.utf8.count <= 253
            && text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
                guard let first = label.utf8.first, let last = label.utf8.last else { return false }
                return isLowerOrDigit(first) && isLowerOrDigit(last)
                    && label.utf8.allSatisfy { isLowerOrDigit($0) || $0 == UInt8(ascii: "-") }
            }
    }

    /// Letters, digits and inner `-_.`, at most 63 bytes; empty is a value too.
    package static func isLabelValue(_ text: String) -> Bool { text.isEmpty || isQualifiedPart(text[...]) }

    /// An optional domain and a slash, then letters, digits and inner `-_.`, at most 63 bytes.
    package static func isLabelKey(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let name = parts.last, parts.count <= 2, isQualifiedPart(name) else { return false }
        return parts.count == 1 || isDNS1123Subdomain(String(parts[0]))
    }

    private static func isQualifiedPart(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, let last = text.utf8.last, text.utf8.count <= labelBytesMax else {
            return false
        }
        return isAlphanumeric(first) && isAlphanumeric(last)
            && text.utf8.allSatisfy { isAlphanumeric($0) || "-_.".utf8.contains($0) }
    }

    private static func isLower(_ byte: UInt8) -> Bool { (97...122).contains(byte) }
    private static func isLowerOrDigit(_ byte: UInt8) -> Bool { isLower(byte) || (48...57).contains(byte) }
    private static func isAlphanumeric(_ byte: UInt8) -> Bool { isLowerOrDigit(byte) || (65...90).contains(byte) }
}
