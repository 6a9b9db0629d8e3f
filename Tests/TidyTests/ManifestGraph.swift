/// The targets of Package.swift and what each declares, read from its text.
struct ManifestGraph {
    struct Target: Sendable {
        var name: String
        var folder: String
        /// Names of targets and products, as imports spell them.
        var dependencies: Set<String>
    }

    static let shared = ManifestGraph(text: Repository.read("Package.swift"))

    var targets: [String: Target] = [:]

    init(text: String) {
        var products: [String: String] = [:]
        for line in text.split(separator: "\n") where line.hasPrefix("let ") && line.contains(".product(name: \"") {
            let name = line.dropFirst(4).prefix { $0 != ":" }
            products[String(name)] = Self.quoted(line).first
        }
        for keyword in ["module(", "program(", "tests(", "system("] {
            for call in Self.calls(of: keyword, in: text) {
                let strings = Self.quoted(call)
                let isTest = keyword == "tests("
                guard let name = isTest ? strings.first : strings.dropFirst().first else { continue }
                let words = Set(call.split { !$0.isLetter && !$0.isNumber }.map(String.init))
                var dependencies = Set(strings.dropFirst(isTest ? 1 : 2))
                for (identifier, product) in products where words.contains(identifier) { dependencies.insert(product) }
                if isTest { dependencies.insert("TestKit") }
                if keyword == "program(" { dependencies.insert("ArgumentParser") }
                let folder = isTest ? "Tests" : strings.first ?? ""
                targets[name] = Target(name: name, folder: folder, dependencies: dependencies)
            }
        }
        for name in ["CNUMA", "COpenSSL"] { targets[name] = Target(name: name, folder: "", dependencies: []) }
    }

    /// The text between the parentheses of each call that starts a line.
    private static func calls(of keyword: String, in text: String) -> [Substring] {
        var found: [Substring] = []
        var rest = text[...]
        while let range = rest.firstRange(of: "    " + keyword) {
            var depth = 1
            var end = range.upperBound
            while depth > 0, end < rest.endIndex {
                if rest[end] == "(" { depth += 1 }
                if rest[end] == ")" { depth -= 1 }
                end = rest.index(after: end)
            }
            found.append(rest[range.upperBound..<end])
            rest = rest[end...]
        }
        return found
    }

    private static func quoted(_ text: some StringProtocol) -> [String] {
        text.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset % 2 == 1 }.map { String($0.element) }
    }
}
