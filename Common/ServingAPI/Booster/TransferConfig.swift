import JSONValues

/// The `kv-transfer-config` of a disaggregated backend's workers: how the cache gets from prefill to decode.
package enum TransferConfig {
    /// vLLM's connectors and the ModelServer's word for each.
    static let connectors: [String: KVConnector] = [
        "MooncakeConnector": .mooncake, "MooncakeConnectorV1": .mooncake, "NixlConnector": .nixl,
        "LMCacheConnectorV1": .lmcache,
    ]
    private static let flag = "kv-transfer-config"

    /// The connector the workers of a backend use; nil where none is set.
    package static func connector(of backend: ModelBackend) -> KVConnector? {
        backend.workers.lazy.compactMap { worker in
            guard case .some(.success(let config)) = read(worker) else { return nil }
            return config["kv_connector"]?.string.flatMap { connectors[$0] }
        }.first
    }

    static func problems(of backend: ModelBackend, at path: String) -> [FieldProblem] {
        guard backend.kind == .disaggregated else { return [] }
        var problems: [FieldProblem] = []
        var names: [String?] = []
        for (index, worker) in backend.workers.enumerated() {
            let field = "\(path)[\(index)].config.\(flag)"
            switch read(worker) {
            case nil: names.append(nil)
            case .failure(let problem)?: problems.append(.invalid(field, worker.flag(flag) ?? .null, problem.text))
            case .success(let config)?:
                names.append(config["kv_connector"]?.string ?? "")
                problems += Self.problems(of: config, worker.kind, at: field)
            }
        }
        if problems.isEmpty, Set(names).count > 1 {
            problems.append(
                .invalid(
                    path, .array(names.map { .string($0 ?? "") }),
                    "prefill and decode need the same kv_connector in their \(flag)"))
        }
        return problems
    }

    private static func problems(of config: JSONValue, _ kind: ModelWorker.Kind, at path: String) -> [FieldProblem] {
        var problems: [FieldProblem] = []
        let name = config["kv_connector"]?.string ?? ""
        if connectors[name] == nil {
            problems.append(
                .unsupported(
                    "\(path).kv_connector", .string(name), supported: connectors.keys.sorted().map { .string($0) }))
        }
        let roles = kind == .prefill ? ["kv_producer", "kv_both"] : ["kv_consumer", "kv_both"]
        let role = config["kv_role"]?.string ?? ""
        if [.prefill, .decode].contains(kind), !roles.contains(role) {
            problems.append(.unsupported("\(path).kv_role", .string(role), supported: roles.map { .string($0) }))
        }
        return problems
    }

    private struct Unreadable: Error { var text: String }

    /// The configuration of a worker, written as an object or as its JSON text; nil where there is none.
    private static func read(_ worker: ModelWorker) -> Result<JSONValue, Unreadable>? {
        guard let value = worker.flag(flag), !value.isNull else { return nil }
        if value.object != nil { return .success(value) }
        if let text = value.string, let json = try? JSONValue.parse(text), json.object != nil { return .success(json) }
        return .failure(Unreadable(text: "must be a JSON object, or the text of one"))
    }
}
