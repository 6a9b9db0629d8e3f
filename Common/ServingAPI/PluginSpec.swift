package import JSONValues

/// One entry of `spec.plugins`: a step that changes pods before they are created.
package struct PluginSpec: Sendable, Hashable {
    /// Which pods of a role replica a plugin touches.
    package enum Target: String, Sendable, CaseIterable {
        case all = "All"
        case entry = "Entry"
        case worker = "Worker"
    }

    /// The plugins there are, each with its settings.
    package enum Step: Sendable, Hashable {
        case podTweaks(PodTweaks)
        /// The labels and variables that LeaderWorkerSet gives its pods.
        case leaderWorkerSetLabels
    }

    /// Names of the plugins there are.
    package enum Name: String, Sendable, CaseIterable {
        case podTweaks = "demo-pod-tweaks"
        case leaderWorkerSetLabels = "lws-standard-labels"
    }

    package var step: Step
    /// Names of the roles it touches; empty for every role.
    package var roles: Set<String>
    package var target: Target

    init(_ reader: FieldReader) throws(FieldProblem) {
        let name = try reader.required("name").oneOf(Name.self)
        if let type = try reader.member("type"), try type.string() != "BuiltIn" {
            throw .unsupported(type.path, type.json, supported: ["BuiltIn"])
        }
        let config = try reader.member("config")
        switch name {
        case .podTweaks: step = .podTweaks(try PodTweaks(config))
        case .leaderWorkerSetLabels:
            try config?.allow([])
            step = .leaderWorkerSetLabels
        }
        let scope = try reader.member("scope")
        roles = []
        for role in try scope?.member("roles")?.elements() ?? [] { roles.insert(try role.string()) }
        target = try scope?.member("target")?.oneOf(Target.self) ?? .all
    }

    /// Whether it touches a pod of a role.
    package func touches(role: String, isEntry: Bool) -> Bool {
        guard roles.isEmpty || roles.contains(role) else { return false }
        return switch target {
        case .all: true
        case .entry: isEntry
        case .worker: !isEntry
        }
    }
}

/// Settings of `demo-pod-tweaks`.
package struct PodTweaks: Sendable, Hashable {
    /// The pod's runtime class; nil leaves the template's.
    package var runtimeClassName: String?
    /// Added to the pod's, replacing those of the same name.
    package var annotations: [String: String]
    /// Variables for every container, init containers included: each has a name and replaces one of the same name.
    package var env: [JSONValue]

    /// Names of the settings.
    private enum Setting: String, CaseIterable {
        case runtimeClassName
        case annotations
        case env
    }

    init(_ reader: FieldReader?) throws(FieldProblem) {
        try reader?.allow(Setting.allCases.map(\.rawValue))
        let name = try reader?.member(Setting.runtimeClassName.rawValue)?.string()
        runtimeClassName = name?.isEmpty == false ? name : nil
        annotations = try reader?.member(Setting.annotations.rawValue)?.strings() ?? [:]
        env = []
        for variable in try reader?.member(Setting.env.rawValue)?.elements() ?? [] {
            let name = try variable.required("name")
            guard try !name.string().isEmpty else { throw .invalid(name.path, name.json, "must not be empty") }
            env.append(variable.json)
        }
    }
}

extension FieldReader {
    /// Throws where the object has a member of another name: a setting that nothing reads would be a mistake nobody
    /// notices.
    fileprivate func allow(_ names: [String]) throws(FieldProblem) {
        for (name, value) in try members() where !names.contains(name) {
            let known = names.isEmpty ? "there are no settings" : "settings are \(names.joined(separator: ", "))"
            throw .forbidden("\(path).\(name)", "\(value.json.text()) has no meaning here; \(known)")
        }
    }
}
