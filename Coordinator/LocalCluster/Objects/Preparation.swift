import JSONValues
import KubernetesAPI
import ServingAPI

extension Transaction {
    /// Fills in defaults, drops unknown fields and checks the object by its schema and by the rules of its kind.
    func prepare(
        _ json: JSONValue, old: JSONValue?, _ kind: ServedKind, _ options: WriteOptions
    ) throws(APIStatus) -> Written {
        let name = json[path: "metadata", "name"]?.string ?? ""
        let json = MetadataRules.normalized(json)
        guard let schema = kind.schema else {
            let complete = BuiltInDefaults.apply(kind.kind, try completed(json, kind))
            try refuse(BuiltInDefaults.problems(kind.kind, complete), kind, name)
            if let old, kind.kind == .pod { try refuse(PodChanges.problems(complete, old: old), kind, name) }
            return Written(json: complete, warnings: try warnings(json, kind))
        }
        let (prepared, problems, warnings) = schema.prepare(json, old: old) {
            AdmissionRules.completed(kind.kind, $0)
        }
        if options.fieldValidation == .strict, !warnings.isEmpty {
            let (name, version) = (kind.kind.kind, kind.kind.version)
            throw .badRequest(
                "\(name) in version \"\(version)\" cannot be handled as a \(name): strict decoding error: "
                    + warnings.joined(separator: ", "))
        }
        try refuse(problems, kind, name)
        try refuse(BuiltInDefaults.problems(kind.kind, prepared), kind, name)
        let unknown = options.fieldValidation == .warn ? warnings : []
        // Nobody is told of the old fields of an object when only its status is written.
        let isOwn = AdmissionRules.kinds.contains(kind.kind) && options.subresource != "status"
        guard isOwn else { return Written(json: prepared, warnings: unknown) }
        let review = AdmissionRules.review(kind.kind, prepared, old: old)
        try refuse(review.problems, kind, name)
        return Written(json: review.object, warnings: unknown + review.warnings)
    }

    func refuse(_ problems: [FieldProblem], _ kind: ServedKind, _ name: String) throws(APIStatus) {
        if !problems.isEmpty { throw .invalid(kind, name: name, problems) }
    }

    /// What the writer of a definition should know.
    private func warnings(_ json: JSONValue, _ kind: ServedKind) throws(APIStatus) -> [String] {
        guard kind.kind == .customResourceDefinition else { return [] }
        return try CustomKinds.kinds(of: json).flatMap(\.schemaNotes)
    }

    /// The parts of a definition that only the server sets.
    private func completed(_ json: JSONValue, _ kind: ServedKind) throws(APIStatus) -> JSONValue {
        guard kind.kind == .customResourceDefinition else { return json }
        _ = try CustomKinds.kinds(of: json)
        var json = json
        json["status"] = CustomKinds.establishedStatus(of: json, now: now)
        return json
    }
}
