import JSONValues
import KubernetesAPI

extension ModelServing {
    private static let rolesMax = 4
    private static let roleNameBytesMax = 12
    private static let tierNameBytesMax = 253

    /// Every rule this object breaks, in the order of its fields; none for an object that can be carried out.
    package var problems: [FieldProblem] {
        var problems: [FieldProblem] = []
        if spec.replicas < 0 {
            problems.append(.invalid("spec.replicas", JSONValue(spec.replicas), "should be a non-negative integer"))
        }
        problems += pluginProblems
        problems += rolloutProblems
        problems += gangProblems
        problems += topologyProblems
        problems += roleListProblems
        for (index, role) in spec.template.roles.enumerated() {
            problems += roleProblems(role, at: "spec.template.roles[\(index)]")
        }
        return problems
    }

    private var roleListProblems: [FieldProblem] {
        let path = "spec.template.roles"
        let roles = spec.template.roles
        if roles.isEmpty { return [.required(path, "a ServingGroup needs at least one role")] }
        var problems: [FieldProblem] = []
        if roles.count > Self.rolesMax { problems.append(.tooMany(path, roles.count, max: Self.rolesMax)) }
        var names: Set<String> = []
        for (index, role) in roles.enumerated() where !names.insert(role.name).inserted {
            problems.append(.duplicate("\(path)[\(index)].name", .string(role.name)))
        }
        return problems
    }

    private var topologyProblems: [FieldProblem] {
        let policies = [("groupPolicy", spec.template.groupPolicy), ("rolePolicy", spec.template.rolePolicy)]
        return policies.flatMap { name, policy in
            let path = "spec.template.networkTopology.\(name)"
            var problems: [FieldProblem] = []
            if let tier = policy?.highestTierAllowed, tier < 0 {
                problems.append(.invalid("\(path).highestTierAllowed", JSONValue(tier), "must be 0 or more"))
            }
            if let tier = policy?.highestTierName, tier.utf8.count > Self.tierNameBytesMax {
                problems.append(.tooLong("\(path).highestTierName", bytesMax: Self.tierNameBytesMax))
            }
            return problems
        }
    }

    private var rolloutProblems: [FieldProblem] {
        var problems: [FieldProblem] = []
        let path = "spec.rolloutStrategy.rollingUpdateConfiguration"
        if spec.rolloutStrategy.kind == .role {
            if object.spec[path: "rolloutStrategy", "rollingUpdateConfiguration"].map({ !$0.isNull }) ?? false {
                problems.append(
                    .forbidden(path, "may not be set when type is RoleRollingUpdate; set maxUnavailable in each role"))
            }
            if spec.recoveryPolicy == .servingGroupRecreate {
                problems.append(
                    .invalid(
                        "spec.recoveryPolicy", .string(spec.recoveryPolicy.rawValue),
                        "cannot be combined with RoleRollingUpdate; use RoleRecreate or None"))
            }
        } else if spec.rolloutStrategy.maxUnavailable.stallsRollout(of: spec.replicas), !hasSurge {
            problems.append(
                .invalid(
                    "\(path).maxUnavailable", spec.rolloutStrategy.maxUnavailable.json,
                    "must allow at least one of \(spec.replicas) groups to be down (percentages round down)"))
        }
        return problems
    }

    /// Groups beyond `replicas` make room for a rollout.
    private var hasSurge: Bool {
        (spec.rolloutStrategy.maxSurge?.resolved(of: max(0, spec.replicas), rounding: .up) ?? 0) > 0
    }

    private var gangProblems: [FieldProblem] {
        let path = "spec.template.gangPolicy.minRoleReplicas"
        let minimums = spec.template.gangPolicy?.minRoleReplicas ?? [:]
        return minimums.sorted { $0.key < $1.key }.compactMap { name, minimum in
            guard let role = spec.template.role(named: name) else {
                let roles = spec.template.roles.map(\.name).joined(separator: ", ")
                return .invalid("\(path)[\(name)]", .string(name), "must name a role of this object: \(roles)")
            }
            if (0...max(0, role.replicas)).contains(minimum) { return nil }
            return .invalid(
                "\(path)[\(name)]", JSONValue(minimum),
                "must be between 0 and the role's replicas (\(role.replicas))")
        }
    }

    private func roleProblems(_ role: Role, at path: String) -> [FieldProblem] {
        var problems = countProblems(role, at: path)
        let composed = "\(object.name)-\(spec.replicas)-\(role.name)-\(role.replicas)-\(role.workerReplicas)"
        if !NameRules.isDNS1035Label(composed) {
            problems.append(
                .invalid(
                    "\(path).name", .string(role.name),
                    "pods would be named like '\(composed)', which must be at most 63 lower-case letters, digits and "
                        + "'-', start with a letter and end with a letter or digit; shorten or change metadata.name or "
                        + "the role's name"))
        }
        if role.name.utf8.count > Self.roleNameBytesMax {
            problems.append(.tooLong("\(path).name", bytesMax: Self.roleNameBytesMax))
        }
        problems += imageProblems(role.entryTemplate, at: "\(path).entryTemplate")
        if let template = role.workerTemplate { problems += imageProblems(template, at: "\(path).workerTemplate") }
        if spec.rolloutStrategy.kind == .role {
            problems += roleBudgetProblems(role, at: path)
        } else if let partition = role.partition {
            problems.append(
                .forbidden(
                    "\(path).partition",
                    "\(partition) may only be set when spec.rolloutStrategy.type is RoleRollingUpdate"))
        }
        return problems
    }

    private func countProblems(_ role: Role, at path: String) -> [FieldProblem] {
        var problems: [FieldProblem] = []
        if role.replicas < 0 {
            problems.append(.invalid("\(path).replicas", JSONValue(role.replicas), "should be a non-negative integer"))
        }
        if role.workerReplicas < 0 {
            problems.append(
                .invalid("\(path).workerReplicas", JSONValue(role.workerReplicas), "should be a non-negative integer"))
        }
        if role.workerReplicas > 0, role.workerTemplate == nil {
            problems.append(.required("\(path).workerTemplate", "workerReplicas is \(role.workerReplicas)"))
        }
        return problems
    }

    private func roleBudgetProblems(_ role: Role, at path: String) -> [FieldProblem] {
        var problems: [FieldProblem] = []
        if role.maxUnavailable.stallsRollout(of: role.replicas) {
            problems.append(
                .invalid(
                    "\(path).maxUnavailable", role.maxUnavailable.json,
                    "must allow at least one of \(role.replicas) role replicas to be down (percentages round down)"))
        } else if role.replicas > 0, role.maxUnavailable.resolved(of: role.replicas, rounding: .down) > role.replicas {
            problems.append(
                .invalid(
                    "\(path).maxUnavailable", role.maxUnavailable.json,
                    "must be at most the role's replicas (\(role.replicas))"))
        }
        return problems
    }

    private func imageProblems(_ template: JSONValue, at path: String) -> [FieldProblem] {
        ["initContainers", "containers"].flatMap { list in
            (template[path: "spec", list]?.elements ?? []).enumerated().compactMap { index, container in
                guard let image = container["image"]?.string, image.contains(where: \.isWhitespace) else { return nil }
                return .invalid(
                    "\(path).spec.\(list)[\(index)].image", .string(image), "must not contain white space")
            }
        }
    }
}

extension IntOrPercent {
    /// Whether a rollout with this as `maxUnavailable` could never begin. With no replicas there is nothing to roll, so
    /// a share of them does not stall: an object may always be scaled to 0.
    fileprivate func stallsRollout(of replicas: Int) -> Bool {
        switch self {
        case .count(let count): count == 0
        case .percent(let share): share == 0 || (replicas > 0 && resolved(of: replicas, rounding: .down) == 0)
        }
    }
}
