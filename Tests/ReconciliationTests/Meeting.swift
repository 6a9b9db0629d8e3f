import Synchronization

/// Holds tasks until a number of them has come.
final class Meeting: Sendable {
    private let state: Mutex<(missing: Int, waiting: [CheckedContinuation<Void, Never>])>

    init(of count: Int) { state = Mutex((count, [])) }

    func wait() async {
        await withCheckedContinuation { continuation in
            let ready = state.withLock { state in
                state.missing -= 1
                state.waiting.append(continuation)
                defer { if state.missing <= 0 { state.waiting = [] } }
                return state.missing <= 0 ? state.waiting : []
            }
            ready.forEach { $0.resume() }
        }
    }
}
