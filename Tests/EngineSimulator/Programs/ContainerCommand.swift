/// What a container of a vLLM image would do with its command and arguments.
package enum ContainerCommand: Sendable, Hashable {
    /// A server alone, with the arguments of `vllm serve`.
    case serve([String])
    /// A server that first waits for `workers` other nodes.
    case leader(workers: Int, serve: [String])
    /// A node that joins a leader.
    case worker(leader: String)

    /// Reads the command of a container followed by its arguments; `environment` tells the variables of scripts.
    package init(
        _ words: [String], environment: (String) -> String? = { _ in nil }
    ) throws(SimulatorError) {
        guard let first = words.first else {
            self = .serve([])
            return
        }
        switch Self.program(first) {
        case "sh", "bash", "dash":
            guard let flag = words.firstIndex(where: { $0.hasPrefix("-") && $0.hasSuffix("c") }),
                words.index(after: flag) < words.endIndex
            else {
                self = try Self.combine([words])
                return
            }
            self = try Self.combine(
                try ShellWords.commands(words[words.index(after: flag)], environment: environment))
        default: self = try Self.combine([words])
        }
    }

    /// What one simple command means.
    private enum Step {
        case serve([String])
        case leader(nodes: Int)
        case worker(String)
        case nothing
    }

    private static func combine(_ commands: [[String]]) throws(SimulatorError) -> ContainerCommand {
        var nodes: Int?
        for command in commands {
            switch try step(command) {
            case .worker(let leader): return .worker(leader: leader)
            case .leader(let count): nodes = count
            case .serve(let arguments):
                guard let nodes, nodes > 1 else { return .serve(arguments) }
                return .leader(workers: nodes - 1, serve: arguments)
            case .nothing: continue
            }
        }
        let script = commands.map { $0.joined(separator: " ") }.joined(separator: "; ")
        throw SimulatorError("the container's command starts no vLLM server: \(script)")
    }

    private static func step(_ command: [String]) throws(SimulatorError) -> Step {
        var words = command[...]
        while let word = words.first, isAssignment(word) || ["exec", "env", "nohup", "time"].contains(word) {
            words = words.dropFirst()
        }
        guard let first = words.first else { return .nothing }
        let rest = Array(words.dropFirst())
        switch program(first) {
        case "vllm": return .serve(rest.first == "serve" ? Array(rest.dropFirst()) : rest)
        case "serve": return .serve(rest)
        case "python", "python3": return python(rest)
        case "bash", "sh":
            guard let script = rest.first, script.hasSuffix("multi-node-serving.sh") else { return .nothing }
            return try multiNode(Array(rest.dropFirst()))
        case "ray": return try ray(rest)
        case let name where name.hasSuffix("multi-node-serving.sh"): return try multiNode(rest)
        case "cd", "echo", "export", "set", "sleep", "mkdir", "pip", "source", "ulimit", "true", "cp", "ln", "unset":
            return .nothing
        default: return .serve(Array(words))
        }
    }

    private static func python(_ arguments: [String]) -> Step {
        guard let flag = arguments.firstIndex(of: "-m"), flag + 1 < arguments.count else { return .nothing }
        let rest = Array(arguments[(flag + 2)...])
        switch arguments[flag + 1] {
        case "vllm.entrypoints.openai.api_server": return .serve(rest)
        case "vllm.entrypoints.cli.main": return .serve(rest.first == "serve" ? Array(rest.dropFirst()) : rest)
        default: return .nothing
        }
    }

    /// vLLM's `multi-node-serving.sh leader --ray_cluster_size=N` and `worker --ray_address=HOST`.
    private static func multiNode(_ arguments: [String]) throws(SimulatorError) -> Step {
        let options = values(arguments)
        switch arguments.first {
        case "leader":
            guard let nodes = options["ray-cluster-size"].flatMap({ Int($0) }), nodes > 0 else {
                throw SimulatorError("multi-node-serving.sh leader needs --ray_cluster_size=N")
            }
            return .leader(nodes: nodes)
        case "worker":
            guard let leader = options["ray-address"], !leader.isEmpty else {
                throw SimulatorError("multi-node-serving.sh worker needs --ray_address=HOST")
            }
            return .worker(leader)
        default: throw SimulatorError("multi-node-serving.sh takes leader or worker")
        }
    }

    private static func ray(_ arguments: [String]) throws(SimulatorError) -> Step {
        guard arguments.first == "start" else { return .nothing }
        guard let address = values(arguments)["address"] else { return .nothing }
        return .worker(String(address.prefix { $0 != ":" }))
    }

    private static func values(_ arguments: [String]) -> [String: String] {
        var reader = ArgumentReader(arguments)
        var values: [String: String] = [:]
        while let item = reader.next() {
            if case .flag(let name, let attached) = item { values[name] = attached ?? reader.value() ?? "" }
        }
        return values
    }

    private static func program(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

    /// `NAME=value` in front of a command.
    private static func isAssignment(_ word: String) -> Bool {
        guard let sign = word.firstIndex(of: "="), let first = word.first else { return false }
        return (first.isLetter || first == "_")
            && word[..<sign].allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
    }
}
