import FoundationEssentials
import ModelFiles
import Testing

struct ModelFolderTests {
    /// A folder for the length of `body`.
    private func withFolder(_ body: (String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.path + "/model-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    private func write(_ text: String, _ name: String, in folder: String) throws {
        try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name)"), options: .atomic)
    }

    @Test func `only the tokenizer's file has to be there`() throws {
        try withFolder { path in
            let folder = ModelFolder(path)
            #expect(folder.stamp == nil)
            let message = #expect(throws: (any Error).self) { try folder.read() }.map { "\($0)" } ?? ""
            #expect(message.contains("\(path)/tokenizer.json could not be read"))
            try write("{}", "tokenizer.json", in: path)
            #expect(try folder.read() == ModelFiles(tokenizer: Array("{}".utf8)))
            try write("t", "chat_template.jinja", in: path)
            try write("c", "tokenizer_config.json", in: path)
            let files = try folder.read()
            #expect(files[.template] == Array("t".utf8))
            #expect(files[.configuration] == Array("c".utf8))
        }
    }

    @Test func `a file beyond its limit is refused`() throws {
        try withFolder { path in
            try write("{}", "tokenizer.json", in: path)
            let bytes = [UInt8](repeating: 0x20, count: ModelFiles.Name.template.bytesMax + 1)
            try Data(bytes).write(to: URL(filePath: "\(path)/chat_template.jinja"))
            let message = #expect(throws: (any Error).self) { try ModelFolder(path).read() }.map { "\($0)" } ?? ""
            #expect(message.contains("chat_template.jinja"))
        }
    }

    @Test func `the stamp changes with any file`() throws {
        try withFolder { path in
            let folder = ModelFolder(path)
            try write("{}", "tokenizer.json", in: path)
            let first = folder.stamp
            #expect(first != nil)
            #expect(folder.stamp == first)
            try write("t", "chat_template.jinja", in: path)
            let second = folder.stamp
            #expect(second != first)
            try write("[]", "tokenizer.json", in: path)
            #expect(folder.stamp != second)
        }
    }

    @Test func `equal files have equal digests, and no byte moves between files unseen`() {
        let files = [
            ModelFiles(tokenizer: [1, 2]), ModelFiles(tokenizer: [1], others: [.configuration: [2]]),
            ModelFiles(tokenizer: [1, 2], others: [.configuration: []]),
            ModelFiles(tokenizer: [1, 2], others: [.template: []]),
            ModelFiles(tokenizer: [1], others: [.configuration: [], .template: [2]]), ModelFiles(tokenizer: []),
        ]
        #expect(Set(files.map(\.digest)).count == files.count)
        #expect(ModelFiles(tokenizer: [1, 2]).digest == files[0].digest)
        #expect(files.allSatisfy { $0.digest.utf8.count == 64 })
    }

    @Test func `a bundle gives the same files, whole and in pieces of any size`() throws {
        for files in [
            ModelFiles(tokenizer: [1, 2, 3], others: [.configuration: [4, 5], .template: [6], .model: [7]]),
            ModelFiles(tokenizer: []),
            ModelFiles(tokenizer: Array(0...200), others: [.specialTokens: Array(7...90)]),
        ] {
            let bundle = files.bundle
            #expect(ModelFiles(bundle: bundle) == files)
            #expect(files.layout.byteCount == bundle.count)
            let contents = ModelFiles.Name.allCases.map { files[$0] }
            for size in [1, 2, 9, 10, 64, 1_000] {
                var joined: [UInt8] = []
                while joined.count < bundle.count {
                    let range = joined.count..<joined.count + size
                    joined += try #require(
                        files.layout.bytes(range) { file, part in contents[file].map { Array($0[part]) } })
                }
                #expect(joined == bundle)
            }
            for end in bundle.indices { #expect(ModelFiles(bundle: Array(bundle[..<end])) == nil) }
            #expect(ModelFiles(bundle: bundle + [0]) == nil)
            #expect(ModelFiles(bundle: [2] + bundle.dropFirst()) == nil)
        }
        #expect(ModelFiles(bundle: [1] + [UInt8](repeating: 0xFF, count: 8) + [1, 2, 3]) == nil)
        #expect(ModelFiles(tokenizer: [1]).layout.bytes(9..<10) { _, _ in nil } == nil)
    }

    @Test(arguments: [
        ("qwen", "models/qwen"), ("org/name-1.5_b", "models/org/name-1.5_b"), ("..", nil), ("a/../b", nil),
        ("/etc", nil),
        ("a//b", nil), ("", nil), ("a/.", nil), ("a\0b", nil), (String(repeating: "a", count: 513), nil),
    ]) func `a model's name stays below the folder`(name: String, path: String?) {
        #expect(ModelFolder(of: name, in: "models")?.path == path)
    }
}
