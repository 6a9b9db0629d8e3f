import Testing

/// The arrows between modules: what a file imports, its target declares, and what a target may not see it does not.
@Suite struct ArrowTests {
    /// Values in, values out: no event loop, no clock, no logger, no Foundation.
    static let pure: Set<String> = [
        "Topology", "KVBlocks", "Tokens", "AgentProtocol", "Placement", "KVIndex", "Routing", "CByteScan", "HTTPWire",
        "CMemory", "Governance", "JSONValues", "ChatTemplates",
    ]
    /// Comes with the toolchain.
    static let toolchain: Set<String> = [
        "Dispatch", "FoundationEssentials", "Glibc", "Swift", "Synchronization", "Testing",
    ]
    /// Products imported under their modules' names.
    static let modulesOfProducts = ["UnixSignals": "UnixSignals"]

    static func imports(of file: Repository.File) -> [String] {
        file.lines.compactMap { line in
            var words = line.split(separator: " ")
            while let first = words.first, first.hasPrefix("@") || first == "package" || first == "public" {
                words.removeFirst()
            }
            guard words.first == "import", let module = words.dropFirst().last else { return nil }
            return module.split(separator: ".").first.map(String.init)
        }
    }

    @Test func `the manifest is read`() {
        #expect(ManifestGraph.shared.targets.count > 30)
        #expect(ManifestGraph.shared.targets["AgentLink"]?.dependencies.contains("CZeroMQ") == true)
        #expect(ManifestGraph.shared.targets["Daemon"]?.dependencies.contains("Hummingbird") == true)
    }

    @Test(arguments: Repository.swiftFiles.filter { $0.path != "Package.swift" })
    func `a file imports what its target declares`(file: Repository.File) throws {
        let target = try #require(ManifestGraph.shared.targets[file.target], "\(file.target) is not in Package.swift")
        for module in Self.imports(of: file) where !Self.toolchain.contains(module) {
            #expect(target.dependencies.contains(module), "\(file.path) imports \(module), undeclared in Package.swift")
        }
    }

    @Test(
        arguments: Repository.swiftFiles.filter { ArrowTests.pure.contains($0.target) && !$0.path.hasPrefix("Tests/") })
    func `a pure module sees pure modules only`(file: Repository.File) {
        let allowed = Self.pure.union(["OrderedCollections", "Fleet", "Swift", "Synchronization"])
        for module in Self.imports(of: file) { #expect(allowed.contains(module), "\(file.path) imports \(module)") }
    }

    @Test func `agent and coordinator meet only in Common, gateway and controllers not at all`() {
        for target in ManifestGraph.shared.targets.values where target.folder != "Tests" {
            for name in target.dependencies {
                let other = ManifestGraph.shared.targets[name]?.folder ?? ""
                let isAllowed = other.isEmpty || other == "Common" || other == target.folder
                #expect(isAllowed, "\(target.name) in \(target.folder) depends on \(name) in \(other)")
            }
        }
        #expect(ManifestGraph.shared.targets["Gateway"]?.dependencies.contains("Controllers") == false)
        #expect(ManifestGraph.shared.targets["Controllers"]?.dependencies.contains("Gateway") == false)
    }
}
