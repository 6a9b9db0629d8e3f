import JSONValues
import KubernetesAPI
import KubernetesClient
import ServingAPI

/// A namespace of one case on the real control plane, and what cases look at in it.
struct Space: Sendable {
    /// Seconds until a ModelServing has to be as asked.
    static let readyWithin = 240

    let client: KubernetesClient
    let namespace: String

    /// Runs a case in a namespace of its own, which goes with all it holds when the case ends.
    static func with(_ name: String, _ body: (Space) async throws -> Void) async throws {
        let client = try ControlPlane.client()
        let space = Space(client: client, namespace: "\(name)-\(UInt32.random(in: 0 ... .max))")
        do {
            _ = try await client.create(.namespace, KubernetesObject(.namespace, name: space.namespace))
            try await space.waitForAccount()
            try await body(space)
        } catch {
            await space.end()
            throw error
        }
        await space.end()
    }

    private func end() async {
        try? await client.delete(.namespace, name: namespace)
        try? await client.shutdown()
    }

    /// Pods are refused before the namespace's own account exists.
    private func waitForAccount() async throws {
        try await eventually(within: 60, "the default ServiceAccount") {
            let account = try? await client.get(.serviceAccount, namespace: namespace, name: "default")
            return account?.json["secrets"]?[0] != nil
        }
    }

    // MARK: ModelServings

    /// Creates a ModelServing and waits until it is ready.
    func deploy(_ fixture: ServingFixture) async throws {
        try await create(fixture)
        try await ready(fixture.name)
    }

    func create(_ fixture: ServingFixture) async throws {
        try await write { _ = try await client.create(.modelServing, fixture.object(in: namespace)) }
    }

    /// Changes the specification to that of the fixture.
    func update(_ fixture: ServingFixture) async throws {
        try await write {
            _ = try await client.patch(
                .modelServing, namespace: namespace, name: fixture.name, .merge(["spec": fixture.spec]))
        }
    }

    /// Writes again while webhooks are away, for another case may kill the coordinators.
    private func write(_ body: () async throws -> Void) async throws {
        try await eventually(within: Kubectl.webhookWithin, "the webhooks to answer") {
            do {
                try await body()
                return true
            } catch let error as APIStatus where Webhooks.areAway(error.message) {
                return false
            }
        }
    }

    func serving(_ name: String) async throws -> KubernetesObject {
        try await client.get(.modelServing, namespace: namespace, name: name)
    }

    func number(_ field: String, of name: String) async throws -> Int {
        try await serving(name).status[field]?.integer ?? 0
    }

    func text(_ field: String, of name: String) async throws -> String {
        try await serving(name).status[field]?.string ?? ""
    }

    /// Waits until the status speaks of the latest specification and counts every group as available.
    func ready(_ name: String) async throws {
        try await eventually(
            within: Self.readyWithin, "ModelServing \(name) ready", seen: { await summary(of: name) }
        ) {
            let serving = try await serving(name)
            let wanted = serving.spec["replicas"]?.integer
            return serving.status["observedGeneration"]?.integer == serving.generation
                && serving.status["replicas"]?.integer == wanted
                && serving.status["availableReplicas"]?.integer == wanted
        }
    }

    private func summary(of name: String) async -> String {
        let status = (try? await serving(name).status.text()) ?? "no ModelServing"
        let pods = (try? await pods(of: name)) ?? []
        return "Status \(status); pods \(pods.map { "\($0.key.name)=\($0.phase.rawValue)/\($0.isReady)" })"
    }

    // MARK: Pods

    /// Pods of a ModelServing by name, those on their way out left out.
    func pods(of name: String, role: String? = nil) async throws -> [Pod] {
        try await allPods(of: name, role: role).filter { !$0.object.isBeingDeleted }
    }

    func allPods(of name: String, role: String? = nil) async throws -> [Pod] {
        var selector = "\(Keys.Label.name)=\(name)"
        if let role { selector += ",\(Keys.Label.role)=\(role)" }
        return try await client.list(.pod, namespace: namespace, labelSelector: selector).items.map { Pod($0) }
            .sorted { $0.key < $1.key }
    }

    /// Neither the ModelServing nor a pod of it is left.
    func isEmpty(of name: String) async throws -> Bool {
        let servings = try await client.list(.modelServing, namespace: namespace).items
        guard !servings.contains(where: { $0.name == name }) else { return false }
        return try await allPods(of: name).isEmpty
    }

    /// Waits until the pods are as wanted, none of them on its way out.
    func settled(
        _ name: String, within seconds: Int = 120, _ what: String, role: String? = nil,
        _ isDone: ([Pod]) -> Bool
    ) async throws {
        try await eventually(within: seconds, what, seen: { await summary(of: name) }) {
            let all = try await allPods(of: name, role: role)
            return all.allSatisfy { !$0.object.isBeingDeleted } && isDone(all)
        }
    }

    func remove(_ pod: Pod) async throws {
        try await client.delete(.pod, namespace: namespace, name: pod.key.name, uid: pod.uid)
    }

    /// Sets what removing a pod costs.
    func setDeletionCost(_ cost: Int, of pod: Pod) async throws {
        let patch: JSONValue = ["metadata": ["annotations": .strings([Keys.Annotation.podDeletionCost: "\(cost)"])]]
        _ = try await client.patch(.pod, namespace: namespace, name: pod.key.name, .merge(patch))
    }

    /// Says, as a node would, whether a pod's gate is open and so the pod ready.
    func setGate(_ gate: String, _ isOpen: Bool, of pod: Pod) async throws {
        let status = isOpen ? "True" : "False"
        var conditions = pod.object.status["conditions"]?.elements ?? []
        conditions.removeAll { [gate, "Ready"].contains($0["type"]?.string) }
        conditions += [["type": .string(gate), "status": .string(status)]]
        conditions += [["type": "Ready", "status": .string(status)]]
        _ = try await client.patch(
            .pod, namespace: namespace, name: pod.key.name, subresource: "status",
            .merge(["status": ["conditions": .array(conditions)]]))
    }
}

extension Pod {
    func label(_ key: String) -> String { object.labels[key] ?? "" }

    /// The ordinal at the end of the group's name.
    var groupOrdinal: Int { Int(label(Keys.Label.groupName).split(separator: "-").last ?? "") ?? -1 }

    /// The ordinal at the end of the role replica's name.
    var roleOrdinal: Int { Int(label(Keys.Label.roleID).split(separator: "-").last ?? "") ?? -1 }

    var image: String { containers.first?["image"]?.string ?? "" }
}

extension [Pod] {
    /// Ordinals of the groups there are, each once.
    var groups: [Int] { Set(map(\.groupOrdinal)).sorted() }

    /// Ordinals of the role replicas there are, each once.
    var roles: [Int] { Set(map(\.roleOrdinal)).sorted() }

    var uids: Set<String> { Set(map(\.uid)) }
}
