import Testing

@Suite struct DocumentationTests {
    @Test(arguments: Repository.swiftFiles.filter { !$0.path.hasPrefix("Tests/") })
    func `a package type says what it is`(file: Repository.File) {
        let kinds = ["struct", "class", "enum", "protocol", "actor"]
        for (index, line) in file.lines.enumerated() {
            let words = line.split(separator: " ")
            guard words.first == "package" || words.first == "public", !line.contains("extension"),
                let kind = words.dropFirst().first(where: { kinds.contains(String($0)) }), !words.contains("func"),
                !words.contains("var"), !words.contains("let"), !words.contains("static"), kind != ""
            else { continue }
            let before = file.lines[..<index].reversed().first { !$0.drop { $0 == " " }.hasPrefix("@") } ?? ""
            #expect(before.drop { $0 == " " }.hasPrefix("///"), "\(file.path):\(index + 1) has no documentation")
        }
    }

    @Test func `every top-level folder says what is in it`() {
        for folder in Repository.folders + ["deploy"] {
            #expect(!Repository.read("\(folder)/README.md").isEmpty, "\(folder)/README.md is missing")
        }
    }
}
