import AgentProtocol
import JSONValues

/// Where the files of an engine's tokenizer are in its own file system, as its command line says; pure.
struct ModelLocation: Sendable, Hashable {
    enum Place: Sendable, Hashable {
        case folder(String)
        /// In a cache as the Hugging Face hub's clients lay it out; `revision` is a branch, a tag or a commit.
        case cached(repository: String, revision: String)
    }

    /// Which chat template the engine goes by.
    enum Template: Sendable, Hashable {
        /// The one among the model's files.
        case own
        case file(String)
        /// One that is not in a file: its chats cannot be made elsewhere.
        case unknown
    }

    /// A volume in the engine's container.
    struct Mount: Sendable, Hashable {
        var path: String
        /// Where it is on the node; nil for volumes that are no folder of it.
        var source: String?
    }

    var place: Place
    var template: Template
    var mounts: [Mount]
    /// Caches that the engine was told to use, first things first.
    var caches: [String]
    /// What is in no volume is this machine's own.
    var sharesFiles: Bool

    /// Nil for an engine whose tokenizer does not come from files that can be read here.
    init?(_ command: EngineCommand, container: JSONValue, pod: EngineCandidate) {
        let flags = command.flags
        guard command.kind == .vLLM || command.kind == .sgLang,
            let name = flags.string("tokenizer", "tokenizer-path", "model", "model-path") ?? flags.positional,
            flags.values["skip-tokenizer-init"] == nil,
            ["auto", "hf"].contains(flags.string("tokenizer-mode") ?? "auto"),
            let place = Self.place(name, revision: flags.string("tokenizer-revision", "revision") ?? "main")
        else { return nil }
        self.place = place
        template = Self.template(flags)
        mounts = Self.mounts(container, pod.volumes)
        caches = Self.caches(EngineCommand.environment(container), flags)
        sharesFiles = pod.sharesFiles
    }

    private static func template(_ flags: EngineFlags) -> Template {
        // These change what the engine makes of chats besides its template, and reach nobody else.
        let isTold = flags.values.keys.contains { name in
            name == "exclude-tools-when-tool-choice-none" || name.hasPrefix("default-chat-template-kwargs")
        }
        if isTold || !["auto", nil].contains(flags.string("chat-template-content-format")) { return .unknown }
        switch flags.string("chat-template") {
        case nil: return flags.values["chat-template"] == nil ? .own : .unknown
        case let path? where path.hasPrefix("/"): return .file(path)
        case _?: return .unknown
        }
    }

    private static func place(_ name: String, revision: String) -> Place? {
        if name.hasPrefix("/") { return name.hasSuffix(".gguf") ? nil : .folder(name) }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        let letters = name.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || "-_./".utf8.contains(byte)
        }
        guard letters, parts.count <= 2, parts.allSatisfy({ !$0.isEmpty && !$0.hasPrefix(".") }),
            !revision.isEmpty, !revision.contains("..")
        else { return nil }
        return .cached(repository: name, revision: revision)
    }

    private static func mounts(_ container: JSONValue, _ volumes: [JSONValue]) -> [Mount] {
        (container["volumeMounts"]?.elements ?? []).compactMap { mount in
            guard let path = mount["mountPath"]?.string else { return nil }
            let volume = volumes.first { $0["name"] == mount["name"] }
            var source = volume?[path: "hostPath", "path"]?.string
            if mount["subPathExpr"] != nil { source = nil }
            if let part = mount["subPath"]?.string, !part.isEmpty {
                source = part.split(separator: "/").contains("..") ? nil : source.map { "\($0)/\(part)" }
            }
            return Mount(path: path, source: source)
        }
    }

    private static func caches(_ environment: [String: String], _ flags: EngineFlags) -> [String] {
        [
            flags.string("download-dir"), environment["HF_HUB_CACHE"], environment["HUGGINGFACE_HUB_CACHE"],
            environment["HF_HOME"].map { "\($0)/hub" }, environment["XDG_CACHE_HOME"].map { "\($0)/huggingface/hub" },
            environment["HOME"].map { "\($0)/.cache/huggingface/hub" },
        ].compactMap(\.self)
    }

    /// A path of the engine's file system as this agent reaches it; nil where it does not. `hostRoot` is where the
    /// node's file system is mounted; nil where it is not.
    func reachable(_ path: String, hostRoot: String?) -> String? {
        let mount = mounts.filter {
            path == $0.path || path.hasPrefix($0.path.hasSuffix("/") ? $0.path : "\($0.path)/")
        }
        .max { $0.path.utf8.count < $1.path.utf8.count }
        guard let mount else { return sharesFiles ? path : nil }
        guard let source = mount.source, let hostRoot else { return nil }
        return hostRoot + source + path.dropFirst(mount.path.hasSuffix("/") ? mount.path.count - 1 : mount.path.count)
    }
}
