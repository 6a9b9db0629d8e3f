import NIOCore
import Synchronization

/// What clients have not taken of their answers yet.
package struct HeldBytes: Sendable, Hashable {
    /// Of all clients, and of the one with most.
    package var total = 0
    package var most = 0
}

extension Gateway {
    /// Bytes held now for clients that read slowly; kernel buffers are not among them.
    package func heldBytes() async throws -> HeldBytes {
        var held = HeldBytes()
        for loop in loops.withLock({ $0 }) {
            let bytes = try await loop.eventLoop.submit {
                loop.value.timer.members.values.compactMap { ($0 as? FrontHandler)?.heldBytes }
            }.get()
            held.total += bytes.reduce(0, +)
            held.most = max(held.most, bytes.max() ?? 0)
        }
        return held
    }
}
