import SystemFiles
import TestKit
import Testing

/// Manifests as users find them in other projects' guides, applied without a change.
///
/// The guides lie beside the checkout, in `../shared/seeds`; a manifest is what stands between `<<EOF` and `EOF`.
@Suite(.serialized, .timeLimit(.minutes(5))) struct SeedTests {
    static let folder = "\(Repository.root)/../shared/seeds"

    @Test(
        .enabled("needs kubectl, and ../shared/seeds beside this checkout") {
            if !Files.isFolder(folder) { return false }
            return await Repository.hasKubectl
        })
    func `the manifests of guides are accepted as they stand`() async throws {
        let manifests = try Repository.names(in: Self.folder, ending: ".txt").flatMap { name in
            try Self.manifests(in: try Repository.text("\(Self.folder)/\(name)"))
        }
        #expect(manifests.count >= 4)
        try await SampleServer.with { server in
            try await server.makeNamespace("dev")
            for manifest in manifests {
                let path = "\(server.folder)/seed.yaml"
                try Files.write(manifest, to: path)
                let applied = try await server.kubectl("apply", "-f", path)
                #expect(applied.succeeded, "\(applied.errors)")
                _ = try await server.kubectl("delete", "--wait=false", "-f", path)
            }
        }
    }

    /// The texts between `EOF` words, without the indentation that their first line has.
    private static func manifests(in text: String) throws -> [String] {
        var found: [String] = []
        var lines: [Substring]?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.contains("<<"), line.contains("EOF"), line.contains("kubectl apply") {
                lines = []
            } else if line.split(separator: " ") == ["EOF"] {
                let indentation = (lines?.first ?? "").prefix { $0 == " " }.count
                if let lines { found.append(lines.map { String($0.dropFirst(indentation)) }.joined(separator: "\n")) }
                lines = nil
            } else {
                lines?.append(line)
            }
        }
        return found
    }
}
