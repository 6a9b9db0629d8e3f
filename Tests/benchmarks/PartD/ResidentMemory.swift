import ClusterKit
import Glibc

/// Resident memory of this process while something in it grows and then should not.
struct ResidentMemory {
    /// Before it began to grow.
    private let base: Int
    /// After the beginning of the churn, and from there on.
    private var first = 0
    private var later: [Int] = []

    init() throws {
        base = try Self.trimmed()
    }

    mutating func note(isBeginning: Bool) throws {
        let size = try ProcessUsage.residentBytes(getpid())
        if isBeginning || first == 0 { first = size } else { later.append(size) }
    }

    /// The largest move from `first`, as a percentage of what had grown by then.
    var change: Double {
        let grown = Double(max(1, first - base))
        return (later.map { abs(Double($0 - first)) }.max() ?? .infinity) / grown * 100
    }

    var sizes: String {
        "\(base >> 20) MiB before, \(first >> 20) after the beginning, then \((later.min() ?? 0) >> 20) to "
            + "\((later.max() ?? 0) >> 20)"
    }

    /// Resident bytes, once malloc has given back what it keeps for later.
    static func trimmed() throws -> Int {
        // The header that declares it is in no module.
        if let symbol = unsafe dlsym(nil, "malloc_trim") {
            let trim = unsafe unsafeBitCast(symbol, to: (@convention(c) (Int) -> Int32).self)
            _ = trim(0)
        }
        return try ProcessUsage.residentBytes(getpid())
    }
}
