import Controllers
import JSONValues
import KubernetesAPI
import KubernetesClient
import Synchronization

/// An API server in memory: what controllers write changes objects, every change waits as an event until it is taken.
final class FakeCluster: ClusterWriter {
    struct State {
        var objects: [String: [ObjectKey: KubernetesObject]] = [:]
        var events: [InformerEvent] = []
        var version = 0
        var uids = 0
        var writes = 0
        /// Writes that the state of an object refused.
        var refusals = 0
        var now = Timestamp(microseconds: 1_800_000_000_000_000)
        /// Writes that fail from now on, counted down; nil for none.
        var failAfter: Int?
        /// Events that wait and are not of the controller's own doing: the newest one's place among all ever sent.
        var sent = 0
        var newestForeign = 0
        /// Every pod that was bound: its key and node, in order.
        var bindings: [(pod: ObjectKey, node: String)] = []
    }

    /// What happens to a binding instead of its usual way.
    enum BindFault: Sendable {
        /// It is made, but the answer is lost.
        case lost
        /// It is not made, and the answer says so.
        case refused(APIStatus)
    }

    private let state = Mutex(State())
    private let quota = Mutex<(@Sendable (KubernetesObject) -> Bool)?>(nil)

    /// Forbids the creation of objects that `isRefused` names.
    func refuse(_ isRefused: @escaping @Sendable (KubernetesObject) -> Bool) { quota.withLock { $0 = isRefused } }

    private let bindHook = Mutex<(@Sendable (Pod, String) -> BindFault?)?>(nil)

    /// Calls `hook` before each binding; nil from it lets the binding go its way.
    func onBind(_ hook: (@Sendable (Pod, String) -> BindFault?)?) { bindHook.withLock { $0 = hook } }

    var now: Timestamp { state.withLock { $0.now } }
    var writes: Int { state.withLock { $0.writes } }
    var refusals: Int { state.withLock { $0.refusals } }
    var bindings: [(pod: ObjectKey, node: String)] { state.withLock { $0.bindings } }
    func pass(_ time: Duration) { state.withLock { $0.now = $0.now + time } }
    /// A write has failed since failures were asked for.
    var isDown: Bool { state.withLock { $0.failAfter.map { $0 < 0 } ?? false } }
    func failWrites(after count: Int?) { state.withLock { $0.failAfter = count } }

    func objects(_ kind: ResourceKind) -> [KubernetesObject] {
        state.withLock { $0.objects[kind.kind, default: [:]].values.sorted { $0.key < $1.key } }
    }

    /// By name.
    func sorted(_ kind: ResourceKind) -> [KubernetesObject] {
        state.withLock { state in
            let objects = state.objects[kind.kind] ?? [:]
            return objects.keys.sorted { $0.name < $1.name }.compactMap { objects[$0] }
        }
    }

    /// In no order.
    func unsorted(_ kind: ResourceKind) -> [KubernetesObject] {
        state.withLock { $0.objects[kind.kind].map { Array($0.values) } ?? [] }
    }

    func object(_ kind: ResourceKind, _ key: ObjectKey) -> KubernetesObject? {
        state.withLock { $0.objects[kind.kind]?[key] }
    }

    var pods: [Pod] { objects(.pod).map { Pod($0) } }

    /// Takes up to `count` waiting events, oldest first.
    func takeEvents(_ count: Int = .max) -> [InformerEvent] {
        state.withLock { state in
            let taken = Array(state.events.prefix(count))
            state.events.removeFirst(taken.count)
            return taken
        }
    }

    /// Takes all that others did: what the controller itself wrote last may still be on its way.
    func takeForeignEvents() -> [InformerEvent] {
        let count = state.withLock { $0.events.count - ($0.sent - $0.newestForeign) }
        return takeEvents(max(0, count))
    }

    /// What a fresh list tells: everything as it is; what waited is dropped.
    func relist() -> [InformerEvent] {
        state.withLock { state in
            state.events = []
            return state.objects.values.flatMap { $0.values }.map { .added($0) }
        }
    }

    /// Writes an object as a user or a node would.
    @discardableResult func put(_ object: KubernetesObject) -> KubernetesObject {
        state.withLock { state in
            defer { state.newestForeign = state.sent }
            return FakeCluster.put(object, &state)
        }
    }

    func remove(_ object: KubernetesObject) {
        state.withLock { state in
            FakeCluster.remove(object, &state)
            state.newestForeign = state.sent
        }
    }

    private static func put(_ object: KubernetesObject, _ state: inout State) -> KubernetesObject {
        var object = object
        state.version += 1
        object.json[path: "metadata", "resourceVersion"] = .string("\(state.version)")
        let old = state.objects[object.kind]?[object.key]
        if old == nil {
            if object.uid.isEmpty {
                state.uids += 1
                object.json[path: "metadata", "uid"] = .string("u\(state.uids)")
            }
            object.json[path: "metadata", "creationTimestamp"] = .string(state.now.description)
        }
        state.objects[object.kind, default: [:]][object.key] = object
        state.sent += 1
        state.events.append(old.map { .updated(old: $0, new: object) } ?? .added(object))
        return object
    }

    private static func remove(_ object: KubernetesObject, _ state: inout State) {
        guard let removed = state.objects[object.kind]?.removeValue(forKey: object.key) else { return }
        state.sent += 1
        state.events.append(.deleted(removed))
        // Garbage collection.
        let owned = state.objects.values.flatMap { $0.values }.filter { $0.controller?.uid == removed.uid }
        for object in owned { remove(object, &state) }
    }

    private static func write(_ state: inout State) throws {
        state.writes += 1
        guard let left = state.failAfter else { return }
        state.failAfter = left <= 0 ? -1 : left - 1
        if left <= 0 { throw APIStatus(code: 500, reason: .internalError, message: "the server is not well") }
    }

    func get(_ kind: ResourceKind, namespace: String, name: String) async throws -> KubernetesObject {
        let key = ObjectKey(namespace: namespace, name: name)
        guard let object = state.withLock({ $0.objects[kind.kind]?[key] }) else {
            throw APIStatus(code: 404, reason: .notFound, message: "\(key) not found")
        }
        return object
    }

    func create(_ kind: ResourceKind, _ object: KubernetesObject) async throws -> KubernetesObject {
        if quota.withLock({ $0 })?(object) ?? false {
            throw APIStatus(code: 403, reason: .forbidden, message: "\(object.key) is forbidden: exceeded quota")
        }
        return try state.withLock { state in
            try FakeCluster.write(&state)
            guard state.objects[kind.kind]?[object.key] == nil else {
                state.refusals += 1
                throw APIStatus(code: 409, reason: .alreadyExists, message: "\(object.key) already exists")
            }
            var object = object
            if kind == .pod { object.json["status"] = ["phase": "Pending"] }
            return FakeCluster.put(object, &state)
        }
    }

    func delete(_ kind: ResourceKind, _ key: ObjectKey, uid: String) async throws {
        try state.withLock { state in
            try FakeCluster.write(&state)
            guard var object = state.objects[kind.kind]?[key] else {
                state.refusals += 1
                throw APIStatus(code: 404, reason: .notFound, message: "\(key) not found")
            }
            guard object.uid == uid else {
                state.refusals += 1
                throw APIStatus(code: 409, reason: .conflict, message: "\(key) has another uid")
            }
            // A pod on a node takes its time to end; anything else goes at once.
            guard kind == .pod, Pod(object).nodeName != nil else { return FakeCluster.remove(object, &state) }
            if object.isBeingDeleted { return }
            object.json[path: "metadata", "deletionTimestamp"] = .string(state.now.description)
            _ = FakeCluster.put(object, &state)
        }
    }

    func patch(_ kind: ResourceKind, _ key: ObjectKey, _ patch: Patch) async throws -> KubernetesObject {
        try state.withLock { state in
            try FakeCluster.write(&state)
            guard let object = state.objects[kind.kind]?[key] else {
                throw APIStatus(code: 404, reason: .notFound, message: "\(key) not found")
            }
            guard case .json(let operations) = patch else {
                throw APIStatus(code: 415, reason: .unsupportedMediaType, message: "JSON patches only")
            }
            do {
                return FakeCluster.put(KubernetesObject(try object.json.applying(patch: operations)), &state)
            } catch {
                throw APIStatus(code: 422, reason: .invalid, message: "\(error)")
            }
        }
    }

    func mergeStatus(_ kind: ResourceKind, _ key: ObjectKey, _ status: JSONValue) async throws -> KubernetesObject {
        try state.withLock { state in
            try FakeCluster.write(&state)
            guard var object = state.objects[kind.kind]?[key] else {
                throw APIStatus(code: 404, reason: .notFound, message: "\(key) not found")
            }
            var merged = object.status
            for (name, value) in status.object ?? JSONObject() { merged[name] = value.isNull ? nil : value }
            object.status = merged
            return FakeCluster.put(object, &state)
        }
    }

    func bind(pod: Pod, to node: String) async throws {
        let fault = bindHook.withLock { $0 }?(pod, node)
        if case .refused(let status) = fault { throw status }
        try makeBinding(pod, node)
        if case .lost = fault { throw APIStatus(code: 504, reason: .timeout, message: "the answer took too long") }
    }

    private func makeBinding(_ pod: Pod, _ node: String) throws {
        try state.withLock { state in
            try FakeCluster.write(&state)
            guard let object = state.objects["Pod"]?[pod.key], object.uid == pod.uid else {
                throw APIStatus(code: 404, reason: .notFound, message: "\(pod.key) not found")
            }
            var bound = Pod(object)
            guard bound.nodeName == nil else {
                throw APIStatus(code: 409, reason: .conflict, message: "\(pod.key) is bound already")
            }
            bound.nodeName = node
            state.bindings.append((pod.key, node))
            _ = FakeCluster.put(bound.object, &state)
        }
    }
}
