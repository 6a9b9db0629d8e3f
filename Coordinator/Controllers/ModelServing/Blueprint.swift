import JSONValues
import KubernetesAPI
import ServingAPI

/// What the groups of one revision are made of.
struct Blueprint: Sendable {
    let revision: String
    let roles: [Role]
    let hashes: [String: String]

    init(_ roles: [Role], revision: String? = nil) {
        self.roles = roles
        self.revision = revision ?? RevisionHash.revision(of: roles)
        hashes = Dictionary(roles.map { ($0.name, RevisionHash.hash(of: $0)) }, uniquingKeysWith: { first, _ in first })
    }

    /// Reads the roles a ControllerRevision keeps; nil where they cannot be read.
    init?(_ object: KubernetesObject) {
        guard let revision = object.labels[Keys.Label.revision], let roles = object.json[path: "data", "data"] else {
            return nil
        }
        let holder = KubernetesObject(["spec": ["template": ["roles": roles]]])
        guard let serving = try? ModelServing(holder) else { return nil }
        self.init(serving.spec.template.roles, revision: revision)
    }

    func role(named name: String) -> Role? { roles.first { $0.name == name } }

    /// The ControllerRevision that keeps the roles of a ModelServing as they are now.
    static func controllerRevision(of serving: ModelServing, revision: String, number: Int) -> KubernetesObject {
        var object = KubernetesObject(
            .controllerRevision, namespace: serving.key.namespace, name: "\(serving.key.name)-\(revision)")
        object.labels = [Keys.Label.name: serving.key.name, Keys.Label.revision: revision]
        object.ownerReferences = [OwnerReference(controller: serving.object)]
        object.json["data"] = ["data": serving.object.spec[path: "template", "roles"] ?? []]
        object.json["revision"] = JSONValue(number)
        return object
    }
}
