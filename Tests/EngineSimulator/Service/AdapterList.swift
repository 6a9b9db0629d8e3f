import Synchronization

/// The LoRA adapters an engine has loaded.
final class AdapterList: Sendable {
    private struct State {
        var adapters: [Adapter] = []
        var lastNumber = 0
    }

    private let state = Mutex(State())

    init(_ modules: [(name: String, path: String)]) {
        for module in modules { _ = add(module.name, path: module.path) }
    }

    var all: [Adapter] { state.withLock { $0.adapters } }

    subscript(name: String) -> Adapter? { all.first { $0.name == name } }

    /// False when the name is taken.
    func add(_ name: String, path: String) -> Bool {
        state.withLock { state in
            guard !state.adapters.contains(where: { $0.name == name }) else { return false }
            state.lastNumber += 1
            state.adapters.append(Adapter(number: state.lastNumber, name: name, path: path))
            return true
        }
    }

    /// False when there is no such adapter.
    func remove(_ name: String) -> Bool {
        state.withLock { state in
            guard let position = state.adapters.firstIndex(where: { $0.name == name }) else { return false }
            state.adapters.remove(at: position)
            return true
        }
    }
}
