import AgentProtocol
@testable import Engines
import FoundationEssentials
import Logging
import ModelFiles
import Testing

/// Files of engines on this machine, found and read in pieces.
@Suite struct ModelCatalogueTests {
    private static func withFolder(_ body: (String) async throws -> Void) async throws {
        let path = FileManager.default.temporaryDirectory.path + "/catalogue-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await body(path)
    }

    private static func write(_ bytes: [UInt8], _ path: String) throws {
        let folder = path.split(separator: "/").dropLast().map { "/\($0)" }.joined()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(filePath: path), options: .atomic)
    }

    private static func catalogue(home: String = "/none") -> ModelCatalogue {
        ModelCatalogue(hostRoot: "", home: home, logger: Logger(label: "test"))
    }

    /// All pieces of a bundle, as a coordinator asks for them.
    private static func bundle(_ id: ModelFilesID, _ catalogue: ModelCatalogue) -> [UInt8]? {
        var bytes: [UInt8] = []
        while bytes.count < id.byteCount {
            let piece = catalogue.piece(ModelFilesPlace(digest: id.digest, offset: bytes.count))
            guard piece.total == id.byteCount, !piece.bytes.isEmpty,
                piece.bytes.count <= AgentProtocolLimits.pieceBytesMax
            else { return nil }
            bytes += piece.bytes
        }
        return bytes
    }

    @Test func `the pieces of a folder's files are the files`() async throws {
        try await Self.withFolder { path in
            let tokenizer = (0..<700_000).map { UInt8(truncatingIfNeeded: $0 / 3) }
            try Self.write(tokenizer, "\(path)/tokenizer.json")
            try Self.write([1, 2], "\(path)/tokenizer_config.json")
            let location = try #require(ModelLocationTests.location([path], sharesFiles: true))
            let catalogue = Self.catalogue()
            let id = try #require(await catalogue.id(of: location))
            let files = try #require(Self.bundle(id, catalogue).flatMap { ModelFiles(bundle: $0) })
            #expect(files == ModelFiles(tokenizer: tokenizer, others: [.configuration: [1, 2]]))
            #expect(files.digest == id.digest)
        }
    }

    @Test func `files that changed have another digest, and no pieces of the old one`() async throws {
        try await Self.withFolder { path in
            try Self.write([1, 2, 3], "\(path)/tokenizer.json")
            let location = try #require(ModelLocationTests.location([path], sharesFiles: true))
            let catalogue = Self.catalogue()
            let old = try #require(await catalogue.id(of: location))
            #expect(await catalogue.id(of: location) == old)
            try Self.write([1, 2, 4], "\(path)/tokenizer.json")
            #expect(Self.bundle(old, catalogue) == nil)
            let new = try #require(await catalogue.id(of: location))
            #expect(new.digest != old.digest)
            #expect(Self.bundle(new, catalogue) != nil)
            #expect(catalogue.piece(ModelFilesPlace(digest: new.digest, offset: new.byteCount)).total == 0)
            catalogue.keep(only: [])
            #expect(Self.bundle(new, catalogue) == nil)
        }
    }

    @Test func `a revision is found in the hub's cache, a template where the engine has it`() async throws {
        try await Self.withFolder { path in
            let folder = "\(path)/.cache/huggingface/hub/models--org--name"
            try Self.write(Array("0123abcd\n".utf8), "\(folder)/refs/main")
            try Self.write([7], "\(folder)/snapshots/0123abcd/tokenizer.json")
            try Self.write([8], "\(folder)/snapshots/0123abcd/tokenizer_config.json")
            try Self.write([9], "\(path)/chat.jinja")
            let catalogue = Self.catalogue(home: path)
            for (flags, files) in [
                ([], ModelFiles(tokenizer: [7], others: [.configuration: [8]])),
                (["--revision", "0123abcd"], ModelFiles(tokenizer: [7], others: [.configuration: [8]])),
                (
                    ["--chat-template", "\(path)/chat.jinja"],
                    ModelFiles(tokenizer: [7], others: [.configuration: [8], .template: [9]])
                ),
                (["--chat-template", "inline"], ModelFiles(tokenizer: [7])),
            ] {
                let location = try #require(ModelLocationTests.location(["org/name"] + flags, sharesFiles: true))
                #expect(await catalogue.id(of: location)?.digest == files.digest)
            }
            let other = try #require(ModelLocationTests.location(["org/name", "--revision", "v9"], sharesFiles: true))
            #expect(await catalogue.id(of: other) == nil)
        }
    }
}
