import Routing
import Synchronization

/// Where prompts were sent lately, for all event loops and for scrapes.
final class SharedPrefixes: Sendable {
    private let table = Mutex(PrefixTable())

    func withLock<Result: Sendable>(_ body: (inout PrefixTable) -> Result) -> Result { table.withLock { body(&$0) } }
}
