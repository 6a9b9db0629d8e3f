/// Which controllers run: a comma-separated list of names, where `*` stands for all and `-name` for all but one, as
/// Kubernetes' own controller manager reads its flag.
package struct ControllerSelection: Sendable, Hashable {
    private var all = false
    private var named: Set<String> = []
    private var excluded: Set<String> = []

    /// Why a list says nothing that can be followed: one sentence.
    package struct Problem: Error, Hashable, CustomStringConvertible {
        package var description: String
    }

    /// Every controller.
    package static let everything = ControllerSelection(all: true)

    private init(all: Bool) { self.all = all }

    /// Reads a list; each name must be one of `known`.
    package init(_ text: String, known: [String]) throws(Problem) {
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let word = part.filter { $0 != " " }
            if word == "*" {
                all = true
                continue
            }
            let name = word.hasPrefix("-") ? String(word.dropFirst()) : word
            guard known.contains(name) else {
                throw Problem(
                    description:
                        "no controller is named '\(name)'; there are \(known.joined(separator: ", ")), and * for "
                        + "all of them")
            }
            if word.hasPrefix("-") { excluded.insert(name) } else { named.insert(name) }
        }
    }

    /// A controller runs where it is named or, not being excluded itself, is part of one that is.
    package func includes(_ name: String, partOf whole: String? = nil) -> Bool {
        if excluded.contains(name) { return false }
        if all || named.contains(name) { return true }
        return whole.map { includes($0) } ?? false
    }
}
