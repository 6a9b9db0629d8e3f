import JSONValues
import KubernetesAPI
import ServingAPI

/// A ModelServing as the cache has it, with its views: read once for each spec and each status.
struct KnownServing: Sendable {
    /// What 32 bits hold, as the schema says; a count beyond came past it.
    private static let countMax = Int(Int32.max)

    let object: KubernetesObject
    let version: String
    let status: ModelServingStatus
    /// The view and the rules its spec breaks; nil where it cannot be read, and why.
    let view: ModelServing?
    let problems: [FieldProblem]

    /// `before` is the version known so far; `status` what the object says there, where that is known already.
    init(_ object: KubernetesObject, version: String, status: ModelServingStatus?, after before: KnownServing?) {
        self.object = object
        self.version = version
        self.status = status ?? ModelServingStatus(object.status)
        if let before, before.object.uid == object.uid, object.generation > 0,
            before.object.generation == object.generation, let view = before.view
        {
            self.view = view.with(object)
            problems = before.problems
            return
        }
        do throws(FieldProblem) {
            let view = try ModelServing(object)
            self.view = view
            problems = view.problems.filter { !KnownServing.isOutgrown($0, view) } + KnownServing.excesses(view)
        } catch {
            view = nil
            problems = [error]
        }
    }

    /// A limit that no longer fits because replicas shrank (a scaler never asks admission): it counts as one, or as all
    /// there are, rather than holding up everything else.
    private static func isOutgrown(_ problem: FieldProblem, _ view: ModelServing) -> Bool {
        guard problem.field.hasSuffix(".maxUnavailable") else { return false }
        let strategy = view.spec.rolloutStrategy
        let limits =
            strategy.kind == .servingGroup ? [strategy.maxUnavailable] : view.spec.template.roles.map(\.maxUnavailable)
        return !limits.contains(.count(0)) && !limits.contains(.percent(0))
    }

    private static func excesses(_ view: ModelServing) -> [FieldProblem] {
        var counts = [("spec.replicas", view.spec.replicas)]
        for (index, role) in view.spec.template.roles.enumerated() {
            counts.append(("spec.template.roles[\(index)].replicas", role.replicas))
            counts.append(("spec.template.roles[\(index)].workerReplicas", role.workerReplicas))
        }
        return counts.filter { $0.1 > countMax }.map { field, count in
            .invalid(field, JSONValue(count), "must be at most \(countMax)")
        }
    }
}
