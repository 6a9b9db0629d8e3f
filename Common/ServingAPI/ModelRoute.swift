package import JSONValues
package import KubernetesAPI

/// A view of a ModelRoute: which requests, by model name and content, go to which ModelServers.
package struct ModelRoute: Sendable, Hashable {
    package let object: KubernetesObject
    /// The model name clients ask for; empty where only adapters are routed.
    package var modelName: String
    /// Adapter names clients may ask for as a model.
    package var loraAdapters: [String]
    /// Gateways this route is attached to, as they were written; none for the default listener.
    package var parentRefs: [JSONValue]
    /// Tried in order; the first that matches decides.
    package var rules: [RouteRule]
    package var rateLimit: RateLimit?

    /// Reads an object; throws the first fault that keeps it from being read, naming its field.
    package init(_ object: KubernetesObject) throws(FieldProblem) {
        self.object = object
        let spec = try FieldReader(json: object.json, path: "").required("spec")
        modelName = try spec.member("modelName")?.string() ?? ""
        loraAdapters = []
        for name in try spec.member("loraAdapters")?.elements() ?? [] { loraAdapters.append(try name.string()) }
        parentRefs = try spec.member("parentRefs")?.elements().map(\.json) ?? []
        rules = []
        for rule in try spec.required("rules").elements() { rules.append(try RouteRule(rule)) }
        if let limit = try spec.member("rateLimit") { rateLimit = try RateLimit(limit) }
    }

    package var key: ObjectKey { object.key }
}

/// One rule of a route: what a request must look like, and who then answers it.
package struct RouteRule: Sendable, Hashable {
    package var name: String
    /// Nil matches every request.
    package var modelMatch: ModelMatch?
    package var targetModels: [TargetModel]

    init(_ reader: FieldReader) throws(FieldProblem) {
        name = try reader.member("name")?.string() ?? ""
        if let match = try reader.member("modelMatch") { modelMatch = try ModelMatch(match) }
        targetModels = []
        for target in try reader.required("targetModels").elements() {
            targetModels.append(try TargetModel(target))
        }
    }
}

/// Conditions on a request; all of those that are set must hold.
package struct ModelMatch: Sendable, Hashable {
    /// By header name, any letter case.
    package var headers: [String: StringMatch]
    package var uri: StringMatch?
    /// The `model` of the request's body.
    package var bodyModel: String?

    init(_ reader: FieldReader) throws(FieldProblem) {
        headers = [:]
        for (name, match) in try reader.member("headers")?.members() ?? [] {
            headers[name] = try StringMatch(match)
        }
        if let match = try reader.member("uri") { uri = try StringMatch(match) }
        bodyModel = try reader.member("body")?.member("model")?.string()
    }
}

/// A condition on one text.
package enum StringMatch: Sendable, Hashable {
    case exact(String)
    case prefix(String)
    /// RE2 syntax; matches anywhere in the text.
    case regex(String)

    init(_ reader: FieldReader) throws(FieldProblem) {
        let exact = try reader.member("exact")
        let prefix = try reader.member("prefix")
        let regex = try reader.member("regex")
        guard [exact, prefix, regex].compactMap({ $0 }).count == 1 else {
            throw .invalid(reader.path, reader.json, "must set exactly one of exact, prefix and regex")
        }
        if let exact {
            self = .exact(try exact.string())
        } else if let prefix {
            self = .prefix(try prefix.string())
        } else {
            self = .regex(try regex?.string() ?? "")
        }
    }
}

/// One destination of a rule.
package struct TargetModel: Sendable, Hashable {
    /// Who answers.
    package enum Backend: Sendable, Hashable {
        /// A ModelServer of the route's namespace, by name.
        case modelServer(String)
        /// An ExternalModelProvider of the route's namespace, by name.
        case externalProvider(String)
    }

    package var backend: Backend
    /// Share of the rule's requests: this over the sum of its targets. 0 to 100.
    package var weight: Int

    init(_ reader: FieldReader) throws(FieldProblem) {
        let server = try reader.member("modelServerName")?.string() ?? ""
        let provider = try reader.member("externalModelProviderName")?.string() ?? ""
        guard server.isEmpty != provider.isEmpty else {
            throw .invalid(
                reader.path, reader.json, "must set exactly one of modelServerName and externalModelProviderName")
        }
        backend = provider.isEmpty ? .modelServer(server) : .externalProvider(provider)
        weight = try reader.member("weight")?.integer() ?? ServingDefaults.targetWeight
    }
}

/// Tokens a route may spend in each unit of time.
package struct RateLimit: Sendable, Hashable {
    /// The unit of time that tokens are counted in.
    package enum Unit: String, Sendable, CaseIterable {
        case second
        case minute
        case hour
        case day
        case month
    }

    /// Nil for no limit on prompts.
    package var inputTokensPerUnit: Int?
    /// Nil for no limit on answers.
    package var outputTokensPerUnit: Int?
    package var unit: Unit
    /// Redis that several gateways count in; nil to count in each gateway by itself.
    package var redisAddress: String?

    init(_ reader: FieldReader) throws(FieldProblem) {
        inputTokensPerUnit = try reader.member("inputTokensPerUnit")?.integer()
        outputTokensPerUnit = try reader.member("outputTokensPerUnit")?.integer()
        unit = try reader.member("unit")?.oneOf(Unit.self) ?? ServingDefaults.rateLimitUnit
        redisAddress = try reader.member("global")?.member("redis")?.member("address")?.string()
    }
}
