import AgentProtocol
import JSONValues

/// The engine a container starts, read from its image, command and arguments.
struct EngineCommand: Sendable, Hashable {
    var kind: EngineKind
    var flags: EngineFlags
    /// Variables that the pod's spec sets to a text.
    var environment: [String: String]

    /// Nil for a container that starts no engine, workers of a multi-node engine included.
    init?(container: JSONValue) {
        let environment = EngineCommand.environment(container)
        let command = EngineCommand.words(container["command"], environment)
        let arguments = EngineCommand.words(container["args"], environment)
        for words in EngineCommand.commands(command + arguments) {
            if let (kind, rest) = EngineCommand.engine(words) {
                self = EngineCommand(kind: kind, flags: EngineFlags(rest), environment: environment)
                return
            }
        }
        // Images of vLLM and TGI start the engine themselves.
        guard command.isEmpty, !arguments.isEmpty,
            let kind = EngineCommand.kind(image: container["image"]?.string ?? "")
        else { return nil }
        self = EngineCommand(kind: kind, flags: EngineFlags(arguments), environment: environment)
    }

    /// The port the engine is told to serve HTTP on.
    var port: Int? { kind == .triton ? flags.integer("openai-port") : flags.integer("port", "p") }

    private init(kind: EngineKind, flags: EngineFlags, environment: [String: String]) {
        self.kind = kind
        self.flags = flags
        self.environment = environment
    }

    /// The words after the one that starts an engine.
    private static func engine(_ words: [String]) -> (EngineKind, [String])? {
        for (index, word) in words.enumerated() {
            let name = word.split(separator: "/").last.map(String.init) ?? word
            let rest = Array(words[(index + 1)...])
            switch name {
            case "vllm", "engine-simulator":
                if rest.first == "serve" { return (.vLLM, Array(rest.dropFirst())) }
            case "vllm.entrypoints.openai.api_server", "vllm.entrypoints.api_server": return (.vLLM, rest)
            case "text-generation-launcher": return (.tgi, rest)
            case "trtllm-serve": return (.tensorRTLLM, rest.first == "serve" ? Array(rest.dropFirst()) : rest)
            case "main.py":
                if word.hasSuffix("openai_frontend/main.py") { return (.triton, rest) }
            case "sglang.launch_server": return (.sgLang, rest)
            case "sglang":
                if rest.first == "serve" { return (.sgLang, Array(rest.dropFirst())) }
            default: break
            }
        }
        return nil
    }

    /// The commands a container runs: several where it runs a shell script.
    private static func commands(_ words: [String]) -> [[String]] {
        let shells = ["sh", "bash", "dash", "ash"]
        guard let shell = words.first?.split(separator: "/").last, shells.contains(String(shell)),
            let option = words.firstIndex(where: { $0.hasPrefix("-") && !$0.hasPrefix("--") && $0.hasSuffix("c") }),
            option + 1 < words.count
        else { return [words] }
        return ShellWords.commands(words[option + 1])
    }

    private static func kind(image: String) -> EngineKind? {
        let repository = image.split(separator: "@").first.map(String.init) ?? image
        let name = repository.split(separator: "/").suffix(2).joined(separator: "/").lowercased()
        if name.contains("vllm") || name.contains("kthena-engine") { return .vLLM }
        return name.contains("text-generation-inference") ? .tgi : nil
    }

    static func environment(_ container: JSONValue) -> [String: String] {
        var values: [String: String] = [:]
        for variable in container["env"]?.elements ?? [] {
            if let name = variable["name"]?.string, let value = variable["value"]?.string { values[name] = value }
        }
        return values
    }

    /// A list of words with `$(NAME)`, `${NAME}` and `$NAME` of known variables replaced.
    private static func words(_ list: JSONValue?, _ environment: [String: String]) -> [String] {
        (list?.elements ?? []).compactMap(\.string).map { word in
            guard word.contains("$") else { return word }
            // Longer names first, so that no name is taken for the beginning of another.
            return environment.sorted { $0.key.count > $1.key.count }.reduce(word) { word, variable in
                ["$(\(variable.key))", "${\(variable.key)}", "$\(variable.key)"].reduce(word) {
                    $0.split(separator: $1, omittingEmptySubsequences: false).joined(separator: variable.value)
                }
            }
        }
    }
}
