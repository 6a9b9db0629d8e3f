import Testing

/// Calls and imports with a better replacement, each with the reason.
@Suite struct BannedTests {
    struct Rule: Sendable {
        var text: String
        var instead: String
        /// Files that may, by the start of their path.
        var exceptFor: [String] = []
    }

    static let rules = [
        Rule(text: "import Foundation\n", instead: "import FoundationEssentials: Foundation costs 40 MB a program"),
        Rule(text: "Task.detached", instead: "a child task of a service"),
        Rule(text: " Date()", instead: "pass the time as `now`; WallClock at the edge"),
        Rule(text: "try!", instead: "handle the error"),
        Rule(text: " print(", instead: "a Logger, or StandardOutput in a command", exceptFor: ["Coordinator/martlet"]),
        Rule(text: "fatal" + "Error(", instead: "precondition with a sentence, or throw"),
        Rule(text: "TO" + "DO", instead: "an issue"),
        Rule(text: "FIX" + "ME", instead: "an issue"),
        Rule(text: "XC" + "Test", instead: "Testing"),
        Rule(text: "Placeholder" + ".", instead: "code"),
    ]

    @Test(arguments: rules) func `is not used`(rule: Rule) {
        for file in Repository.swiftFiles where !rule.exceptFor.contains(where: file.path.hasPrefix) {
            for (index, line) in (file.text + "\n").split(separator: "\n", omittingEmptySubsequences: false)
                .enumerated()
            where "\(line)\n".contains(rule.text) && !file.path.hasSuffix("BannedTests.swift") {
                Issue.record("\(file.path):\(index + 1) uses \(rule.text): use \(rule.instead)")
            }
        }
    }

    @Test(arguments: Repository.swiftFiles) func `an unstructured task says who owns it`(file: Repository.File) {
        guard !file.path.hasPrefix("Tests/") else { return }
        for (index, line) in file.lines.enumerated() where line.contains(" Task {") || line.contains("Task<") {
            let before = file.lines[max(0, index - 3)..<index].joined()
            #expect(before.contains("//"), "\(file.path):\(index + 1) starts a task outside a service's children")
        }
    }

    @Test(arguments: Repository.swiftFiles) func `@unchecked Sendable names its lock or owner`(file: Repository.File) {
        for (index, line) in file.lines.enumerated() where line.contains("@unchecked " + "Sendable") {
            let before = file.lines[max(0, index - 4)..<index].joined()
            #expect(before.contains("//"), "\(file.path):\(index + 1)")
        }
    }

    @Test func `no path of a machine stands in a file`() {
        for ending in [".swift", ".yaml", ".md", "Makefile", "run"] {
            for file in Repository.files(ending: ending) {
                for path in ["/wo" + "rk/", "/ro" + "ot/"] { #expect(!file.text.contains(path), "\(file.path)") }
            }
        }
    }
}
