import Synchronization

/// What clients have not taken of their answers yet.
package struct HeldBytes: Sendable, Hashable {
    /// Of all clients, and of the one with most.
    package var total = 0
    package var most = 0
}

extension Gateway {
    /// Bytes held now for clients that read slowly; those of the kernel and of TLS are not among them.
    package func heldBytes() async throws -> HeldBytes {
        let held = try await running.withLock { $0 }?.each { context in
            context.timer.members.values.compactMap { ($0 as? FrontHandler)?.heldBytes }
        }
        let bytes = (held ?? []).flatMap(\.self)
        return HeldBytes(total: bytes.reduce(0, +), most: bytes.max() ?? 0)
    }
}
