import JSONValues

extension ModelBooster {
    static let most = 1_000_000
    private static let nameBytesMax = 64
    private static let workersMax = 1_000

    /// Every rule this object breaks, in the order of its fields.
    package var problems: [FieldProblem] {
        var problems: [FieldProblem] = []
        if !name.isEmpty, !Self.isName(name) || name.utf8.count > Self.nameBytesMax {
            problems.append(
                .invalid(
                    "spec.name", .string(name),
                    "must be at most \(Self.nameBytesMax) lower-case letters, digits and inner dashes"))
        }
        if let modelMatch, let match = try? ModelMatch(FieldReader(json: modelMatch, path: "spec.modelMatch")) {
            problems += ModelRoute.problems(of: match, at: "spec.modelMatch")
        }
        let path = "spec.backend"
        if !Self.isName(backend.name) {
            problems.append(
                .invalid("\(path).name", .string(backend.name), "must be lower-case letters, digits and inner dashes"))
        }
        problems += sourceProblems(at: path)
        problems += Self.countProblems(backend.replicas, at: "\(path).replicas", "replicas")
        if backend.workers.isEmpty { problems.append(.required("\(path).workers", "at least one worker")) }
        if backend.workers.count > Self.workersMax {
            problems.append(.tooMany("\(path).workers", backend.workers.count, max: Self.workersMax))
        }
        for (index, worker) in backend.workers.enumerated() {
            problems += Self.problems(of: worker, at: "\(path).workers[\(index)]")
        }
        problems += kindProblems(at: "\(path).workers")
        problems += portProblems(at: "\(path).workers")
        problems += TransferConfig.problems(of: backend, at: "\(path).workers")
        return problems
    }

    private static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, let last = text.utf8.last else { return false }
        func isInner(_ byte: UInt8) -> Bool { (97...122).contains(byte) || (48...57).contains(byte) }
        return isInner(first) && isInner(last) && text.utf8.allSatisfy { isInner($0) || $0 == UInt8(ascii: "-") }
    }

    private static func countProblems(_ count: Int, at path: String, _ what: String) -> [FieldProblem] {
        if (0...most).contains(count) { return [] }
        return [.invalid(path, JSONValue(count), "\(what) must be between 0 and \(most)")]
    }

    private static func problems(of worker: ModelWorker, at path: String) -> [FieldProblem] {
        var problems: [FieldProblem] = []
        if worker.image.contains(where: \.isWhitespace) {
            problems.append(.invalid("\(path).image", .string(worker.image), "must not contain white space"))
        }
        problems += countProblems(worker.replicas, at: "\(path).replicas", "replicas")
        problems += countProblems(worker.pods, at: "\(path).pods", "pods")
        return problems
    }

    private func kindProblems(at path: String) -> [FieldProblem] {
        let workers = backend.workers
        switch backend.kind {
        // Read from the first schema generation, never run.
        case .sglang, .mindIE, .mindIEDisaggregated: return []
        case .vLLM:
            if workers.isEmpty || (workers.count == 1 && workers[0].kind == .server) { return [] }
            return [
                .invalid(
                    path, .array(workers.map { .string($0.kind.rawValue) }),
                    "a backend of type \(backend.kind.rawValue) needs exactly one worker, of type server")
            ]
        case .disaggregated:
            var problems: [FieldProblem] = []
            var seen: Set<ModelWorker.Kind> = []
            for (index, worker) in workers.enumerated() {
                if ![.prefill, .decode].contains(worker.kind) {
                    problems.append(
                        .unsupported(
                            "\(path)[\(index)].type", .string(worker.kind.rawValue), supported: ["prefill", "decode"]))
                } else if !seen.insert(worker.kind).inserted {
                    problems.append(
                        FieldProblem(
                            .duplicate, at: "\(path)[\(index)].type",
                            "Duplicate value: \"\(worker.kind.rawValue)\": there may be one worker of this type; raise "
                                + "its replicas instead"))
                }
            }
            return problems
        }
    }

    private func portProblems(at path: String) -> [FieldProblem] {
        var problems: [FieldProblem] = []
        var first: Int?
        for (index, worker) in backend.workers.enumerated() {
            let field = "\(path)[\(index)].config.port"
            let value = worker.flag("port") ?? JSONValue(ServingDefaults.enginePort)
            guard let port = value.integer ?? value.string.flatMap({ Int($0) }), (1...65_535).contains(port) else {
                problems.append(.invalid(field, value, "must be between 1 and 65535"))
                continue
            }
            if let first, first != port {
                problems.append(
                    .invalid(field, JSONValue(port), "must be the same in every worker; the first has \(first)"))
            }
            first = first ?? port
        }
        return problems
    }
}
