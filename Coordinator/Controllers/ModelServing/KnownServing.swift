import KubernetesAPI
import ServingAPI

/// A ModelServing as the cache has it, with its views: read once for each spec and each status.
struct KnownServing: Sendable {
    let object: KubernetesObject
    let status: ModelServingStatus
    /// The view and the rules its spec breaks; nil where it cannot be read, and why.
    let view: ModelServing?
    let problems: [FieldProblem]

    /// `before` is the version known so far.
    init(_ object: KubernetesObject, after before: KnownServing?) {
        self.object = object
        status = ModelServingStatus(object.status)
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
            problems = view.problems
        } catch {
            view = nil
            problems = [error]
        }
    }
}
