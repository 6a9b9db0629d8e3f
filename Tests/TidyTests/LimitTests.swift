import Testing

/// What can be counted: sizes of files, functions and lines.
@Suite struct LimitTests {
    static let fileLinesMax = 500
    static let functionLinesMax = 70
    static let columnsMax = 120
    static let medianFileLinesMax = 100

    @Test(arguments: Repository.swiftFiles) func `a file is short and its lines fit`(file: Repository.File) {
        #expect(file.lines.count <= Self.fileLinesMax + 1, "cut the file along its ideas")
        for (index, line) in file.lines.enumerated() where line.count > Self.columnsMax {
            Issue.record("\(file.path):\(index + 1) has \(line.count) columns, at most \(Self.columnsMax) are allowed")
        }
    }

    @Test(arguments: Repository.swiftFiles) func `a function fits a screen`(file: Repository.File) {
        for function in Self.functions(of: file) where function.lines > Self.functionLinesMax {
            Issue.record("\(file.path):\(function.line) is a function of \(function.lines) lines; let it call others")
        }
    }

    @Test func `files are short in the median`() {
        let sources = Repository.swiftFiles.filter { !$0.path.hasPrefix("Tests/") }.map(\.lines.count).sorted()
        #expect(sources[sources.count / 2] <= Self.medianFileLinesMax)
    }

    /// Where functions start and how long they are, by the indentation that the formatter keeps.
    private static func functions(of file: Repository.File) -> [(line: Int, lines: Int)] {
        var found: [(Int, Int)] = []
        let lines = file.lines
        for (index, line) in lines.enumerated() {
            let code = line.drop { $0 == " " }
            let words = code.split { !$0.isLetter && $0 != "_" }.prefix(6)
            guard words.contains("func") || words.contains("init"), !code.hasPrefix("//"), !code.hasPrefix("."),
                !code.hasPrefix("let "), !code.hasPrefix("return ")
            else { continue }
            let indentation = String(repeating: " ", count: line.count - code.count)
            guard let end = lines[index...].firstIndex(where: { $0.hasPrefix(indentation + "}") }) else { continue }
            found.append((index + 1, end - index + 1))
        }
        return found
    }
}
