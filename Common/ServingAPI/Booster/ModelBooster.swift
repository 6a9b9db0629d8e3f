package import JSONValues
package import KubernetesAPI

/// A view of a ModelBooster: one model in a short description, from which a ModelServing, a ModelServer and a
/// ModelRoute are made. Fields of earlier schema generations are read as what they mean today.
package struct ModelBooster: Sendable, Hashable {
    package let object: KubernetesObject
    /// The model name clients ask for; empty for the object's own name.
    package var name: String
    package var owner: String
    /// Conditions of the route's rule, as they were written.
    package var modelMatch: JSONValue?
    package var backend: ModelBackend

    /// Reads an object; throws the first fault that keeps it from being read, naming its field.
    package init(_ object: KubernetesObject) throws(FieldProblem) {
        self.object = object
        let spec = try FieldReader(json: ModelBooster.completed(object.json), path: "").required("spec")
        name = try spec.member("name")?.string() ?? ""
        owner = try spec.member("owner")?.string() ?? ""
        if let match = try spec.member("modelMatch") {
            _ = try ModelMatch(match)
            modelMatch = match.json
        }
        backend = try ModelBackend(spec.required("backend"))
    }

    package var key: ObjectKey { object.key }
}

/// The model and how it is run.
package struct ModelBackend: Sendable, Hashable {
    /// The template it is made from.
    package enum Kind: String, Sendable, CaseIterable {
        case vLLM
        /// Prefill and decode apart.
        case disaggregated = "vLLMDisaggregated"
        /// Of the first schema generation, without a template.
        case sglang = "SGLang"
        case mindIE = "MindIE"
        case mindIEDisaggregated = "MindIEDisaggregated"

        /// Whether something can be run; else the object says in its conditions that nothing is.
        package var hasTemplate: Bool { self == .vLLM || self == .disaggregated }
    }

    package var name: String
    package var kind: Kind
    /// Where the model comes from: hf, s3, obs, ms or pvc.
    package var modelURI: String
    /// Where it is kept between pods: hostpath or pvc; empty for nowhere.
    package var cacheURI: String
    package var env: [JSONValue]
    package var envFrom: [JSONValue]
    /// ServingGroups, 0 to 1,000,000.
    package var replicas: Int
    /// Empty for a ModelServing's default.
    package var schedulerName: String
    package var runtimeClassName: String?
    package var workers: [ModelWorker]

    init(_ reader: FieldReader) throws(FieldProblem) {
        name = try reader.required("name").string()
        kind = try reader.required("type").oneOf(Kind.self)
        modelURI = try reader.required("modelURI").string()
        cacheURI = try reader.member("cacheURI")?.string() ?? ""
        env = try reader.member("env")?.elements().map(\.json) ?? []
        envFrom = try reader.member("envFrom")?.elements().map(\.json) ?? []
        replicas = try reader.required("replicas").count()
        schedulerName = try reader.member("schedulerName")?.string() ?? ""
        runtimeClassName = try reader.member("runtimeClassName")?.string()
        workers = []
        for worker in try reader.required("workers").elements() { workers.append(try ModelWorker(worker)) }
    }
}

/// One kind of pods of a backend.
package struct ModelWorker: Sendable, Hashable {
    /// What the pods do.
    package enum Kind: String, Sendable, CaseIterable {
        case server, prefill, decode, controller, coordinator
    }

    package var kind: Kind
    package var image: String
    /// Role replicas in each group, 0 to 1,000,000.
    package var replicas: Int
    /// Pods of each role replica, the entry included, 0 to 1,000,000; 0 counts as 1.
    package var pods: Int
    /// `resources` of a container.
    package var resources: JSONValue?
    package var affinity: JSONValue?
    package var tolerations: [JSONValue]
    /// Flags of the engine by name, without their dashes.
    package var config: JSONObject

    init(_ reader: FieldReader) throws(FieldProblem) {
        kind = try reader.member("type")?.oneOf(Kind.self) ?? .server
        image = try reader.member("image")?.string() ?? ""
        replicas = try reader.member("replicas")?.count() ?? ServingDefaults.boosterWorkers
        pods = try reader.member("pods")?.count() ?? ServingDefaults.boosterPods
        resources = try reader.member("resources")?.object()
        affinity = try reader.member("affinity")?.object()
        tolerations = try reader.member("tolerations")?.elements().map(\.json) ?? []
        config = try reader.member("config")?.object().object ?? JSONObject()
    }

    /// A flag of the engine, written with dashes or with underscores.
    package func flag(_ name: String) -> JSONValue? {
        config[name] ?? config[String(name.map { $0 == "-" ? "_" : $0 })]
    }
}
