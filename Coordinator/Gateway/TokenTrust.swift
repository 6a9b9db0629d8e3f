import Routing
import Synchronization

/// Whose prompts are made into tokens here: said by the task that checks models against engines, read by every request.
///
/// 1. A model is used for a kind of prompt only while no engine of the target gave other tokens, and one gave the same.
/// 2. At most `keysMax` names are looked for; one beyond takes the place of one without files, or is not looked for.
final class TokenTrust: Sendable {
    /// A model under the name that a target's engines know it by.
    struct Key: Sendable, Hashable {
        var server: TargetServer.ID
        var model: String
    }

    /// What may be used.
    struct Use: Sendable {
        var model: LocalModel
        var kinds: Set<LocalPrompt.Kind>
    }

    static let keysMax = 256

    private struct State {
        /// The name of the folder with the files, by who wants them.
        var wanted: [Key: String] = [:]
        var uses: [Key: Use] = [:]
    }

    private let state = Mutex(State())

    /// The model that makes tokens for a request; nil where an engine is asked. A name heard for the first time is
    /// looked for from now on; `folder` is the name that its files go by.
    func model(for key: Key, _ kind: LocalPrompt.Kind, folder: String) -> LocalModel? {
        state.withLock { state in
            if let use = state.uses[key] { return use.kinds.contains(kind) ? use.model : nil }
            if state.wanted[key] == nil { Self.want(key, folder, &state) }
            return nil
        }
    }

    private static func want(_ key: Key, _ folder: String, _ state: inout State) {
        if state.wanted.count >= keysMax {
            guard let vain = state.wanted.keys.first(where: { state.uses[$0] == nil }) else { return }
            state.wanted[vain] = nil
        }
        state.wanted[key] = folder
    }

    /// The names that are looked for, with those of their files.
    var wanted: [Key: String] { state.withLock { $0.wanted } }

    /// Says what may be used from now on; nil for nothing.
    func use(_ use: Use?, for key: Key) {
        state.withLock { state in
            if state.wanted[key] != nil { state.uses[key] = use }
        }
    }

    func forget(_ key: Key) {
        state.withLock { state in
            state.wanted[key] = nil
            state.uses[key] = nil
        }
    }
}
