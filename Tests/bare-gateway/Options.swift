import AgentProtocol
import Routing

/// What the command line says.
struct Options {
    static let usage = """
        bare-gateway --port PORT --worker URL [--worker URL]... [--engines COUNT] [--exact-cache TOKENS]
                       [--routing model|path] [--model-files FOLDER]
          --port     where clients send requests, on 127.0.0.1; 0 picks a free port
          --worker   http://HOST:PORT of an engine
          --engines  how many engines routing chooses from; the workers are named in turns until there are as many
          --routing  model, the default, with an access log; or path: one HTTPRoute, no log
          --model-files  folder with a folder for each model's files, to make prompts' tokens here
          --exact-cache  tokens a block of the engines' caches, whose contents are known; 0, the default, for unknown
        """

    var port = 0
    var workers: [(host: String, port: Int)] = []
    var engines = 0
    var blockSize = 0
    var modelFolder: String?
    /// An HTTPRoute takes every request, and nothing is logged.
    var isPlain = false

    init(_ arguments: [String]) throws(UsageError) {
        var rest = arguments[...]
        while let flag = rest.popFirst() {
            guard let value = rest.popFirst() else { throw UsageError("\(flag) needs a value") }
            switch flag {
            case "--port": port = try Self.number(value, flag, 0...65_535)
            case "--engines": engines = try Self.number(value, flag, 1...100_000)
            case "--routing": isPlain = try Self.isPath(value)
            case "--exact-cache": blockSize = try Self.number(value, flag, 0...1_024)
            case "--model-files": modelFolder = value
            case "--worker": workers.append(try Self.worker(value))
            default: throw UsageError("there is no flag \(flag)")
            }
        }
        guard !workers.isEmpty else { throw UsageError("at least one --worker is needed") }
    }

    private static func number(_ text: String, _ flag: String, _ range: ClosedRange<Int>) throws(UsageError) -> Int {
        guard let number = Int(text), range.contains(number) else {
            throw UsageError("\(flag) takes a number from \(range.lowerBound) to \(range.upperBound), not \(text)")
        }
        return number
    }

    private static func isPath(_ text: String) throws(UsageError) -> Bool {
        guard ["model", "path"].contains(text) else { throw UsageError("--routing takes model or path, not \(text)") }
        return text == "path"
    }

    private static func worker(_ text: String) throws(UsageError) -> (host: String, port: Int) {
        let address = text.hasPrefix("http://") ? text.dropFirst(7) : text[...]
        let parts = address.split(separator: ":")
        guard parts.count == 2, let port = Int(parts[1]), (1...65_535).contains(port) else {
            throw UsageError("--worker takes http://HOST:PORT, not \(text)")
        }
        return (String(parts[0]), port)
    }

    /// One pod an engine, on the workers in turns.
    var endpoints: [Endpoint] {
        (0..<max(workers.count, engines)).map { number in
            let worker = workers[number % workers.count]
            let engine = EngineID(namespace: "default", pod: "engine-\(number)", port: worker.port)
            return Endpoint(engine: engine, host: worker.host)
        }
    }
}

/// A mistake on the command line, as the sentence that says so.
struct UsageError: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}
