import JSONValues
import KubernetesAPI

/// The rules for names of objects.
enum Naming {
    /// Why a name cannot be given to an object of a kind; nil where it can.
    static func fault(_ name: String, of kind: ServedKind) -> String? {
        switch kind.storage.description {
        case "namespaces", "services": labelFault(name)
        default: subdomainFault(name)
        }
    }

    /// Labels (RFC 1123): up to 63 of a-z, 0-9 and '-', a letter or digit at both ends.
    static func labelFault(_ name: String) -> String? {
        if name.utf8.count <= 63, isLabel(name[...]) { return nil }
        return "\"\(name)\": a lowercase RFC 1123 label must consist of at most 63 lower case alphanumeric characters "
            + "or '-', and must start and end with an alphanumeric character"
    }

    /// Subdomains (RFC 1123): labels with dots between, up to 253 characters.
    static func subdomainFault(_ name: String) -> String? {
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        if name.utf8.count <= 253, labels.allSatisfy(isLabel) { return nil }
        return "\"\(name)\": a lowercase RFC 1123 subdomain must consist of at most 253 lower case alphanumeric "
            + "characters, '-' or '.', and must start and end with an alphanumeric character"
    }

    private static func isLabel(_ text: Substring) -> Bool {
        func isAlphanumeric(_ byte: UInt8) -> Bool {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        guard let first = text.utf8.first, let last = text.utf8.last else { return false }
        return isAlphanumeric(first) && isAlphanumeric(last)
            && text.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
    }
}
