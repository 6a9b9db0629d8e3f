import JSONValues
import KubernetesAPI
import ServingAPI

/// What the groups of one revision are made of.
struct Blueprint: Sendable {
    let revision: String
    let roles: [Role]
    /// The hash of each role's content.
    let hashes: [String: String]
    /// The content of each role, in the order of the roles.
    let contents: [JSONValue]
    /// How its pods were placed; nil where that was not kept.
    let placement: JSONValue?

    init(_ roles: [Role], placement: JSONValue?, revision: String) {
        self.roles = roles
        self.revision = revision
        self.placement = placement
        contents = roles.map(RevisionHash.content)
        hashes = Dictionary(
            zip(roles.map(\.name), contents.map { RevisionHash.encode($0) }), uniquingKeysWith: { first, _ in first })
    }

    func role(named name: String) -> Role? { roles.first { $0.name == name } }

    /// The same blueprint under another name.
    func renamed(_ revision: String) -> Blueprint { Blueprint(copying: self, revision: revision) }

    private init(copying other: Blueprint, revision: String) {
        self.revision = revision
        (roles, hashes, contents, placement) = (other.roles, other.hashes, other.contents, other.placement)
    }
}

/// A revision that a ControllerRevision keeps.
struct StoredRevision: Sendable {
    let uid: String
    let name: String
    /// Counts the revisions of a ModelServing, from 1.
    let number: Int
    let isBeingDeleted: Bool
    /// The text that pods carry; the object's name says it, for labels may be changed.
    let revision: String
    /// Nil where what it keeps cannot be read.
    let blueprint: Blueprint?

    /// Nil for an object of another name than the ModelServing gives.
    init?(_ object: KubernetesObject, serving: String) {
        guard object.name.hasPrefix(serving + "-") else { return nil }
        uid = object.uid
        name = object.name
        number = object.json["revision"]?.integer ?? 0
        isBeingDeleted = object.isBeingDeleted
        revision = String(object.name.dropFirst(serving.count + 1))
        let data = object.json["data"] ?? .null
        let holder = KubernetesObject(["spec": ["template": ["roles": data["data"] ?? .null]]])
        blueprint = (try? ModelServing(holder)).map { [revision] in
            Blueprint($0.spec.template.roles, placement: data["placement"], revision: revision)
        }
    }

    /// The ControllerRevision that keeps what a ModelServing asks for now.
    static func object(_ serving: ModelServing, _ blueprint: Blueprint, number: Int) -> KubernetesObject {
        var object = KubernetesObject(
            .controllerRevision, namespace: serving.key.namespace, name: "\(serving.key.name)-\(blueprint.revision)")
        object.labels = [Keys.Label.name: serving.key.name, Keys.Label.revision: blueprint.revision]
        object.ownerReferences = [OwnerReference(controller: serving.object)]
        object.json["data"] = .members([
            "data": serving.object.spec[path: "template", "roles"] ?? [], "placement": blueprint.placement,
        ])
        object.json["revision"] = JSONValue(number)
        return object
    }
}
